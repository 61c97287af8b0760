"""What fits into a model's context: who cannot be asked, and what of long answers is read.

Tokens are estimated (`council.core.estimate`), so a model is passed over only when even the low
estimate is too much for it, and what is cut is cut to fit by the high one. Everything between
goes to the provider, which knows best.
"""

import json
from collections.abc import Callable, Sequence

from council.core.delta import Message, Request
from council.core.estimate import tokens_in
from council.core.excerpts import Excerpts
from council.core.facts import Facts
from council.core.failures import Failure, Kind
from council.core.plan import Turn

LOW, HIGH = 0.6, 1.25
"""How far the real count of a long text may lie from the estimate (measured there: 22 %; more
for scripts the estimate guesses on the high side)."""
OUTPUT_ROOM = 8_192
"""Tokens kept free for what a judge or writer says; a quarter of a context that is small."""
LEAST_SHARE = 200
"""With fewer tokens than this of every long answer, a comparison would be of nothing."""
HEAD = 0.7
"""The part of a shortened answer's room that goes to its beginning; the rest to its end."""

_A_MESSAGE, _A_PICTURE = 4, 1_000
_HISTORY_SHARE = 0.25
_WORD = 200
"""How many characters a cut is moved at most to fall between two words."""


Build = Callable[[Excerpts], Sequence[Message]]
"""Makes the messages in which these excerpts are sent."""


def tokens_of(messages: Sequence[Message]) -> int:
    """About how many tokens a conversation has; a picture counts a thousand."""
    return sum(
        _A_MESSAGE + tokens_in(message.content) + _A_PICTURE * len(message.images)
        for message in messages
    )


def shortfall(request: Request, facts: Facts) -> Failure | None:
    """Why this request surely does not fit into the model; None when it may."""
    if facts.context is None:
        return None
    about, output = tokens_of(request.messages), request.max_tokens or 0
    if about * LOW + output <= facts.context:
        return None
    several = len(request.messages) > 2
    what = "question and its history are" if several else "question is"
    room = f", with {output:,} more set aside for its answer" if output else ""
    return _too_long(f"The {what} about {about:,} tokens{room}; this model", facts.context)


def fitted(
    build: Build, answers: Sequence[tuple[str, str]], turns: Sequence[Turn], facts: Facts, cap: int
) -> tuple[Excerpts, Failure | None]:
    """The most of answers and turns that fits, and why even the least does not.

    The oldest turns go first, until they take a quarter of the room; then the longest answers
    are cut to an equal share, and short ones stay whole. Where nobody says how much the model
    reads, ``cap`` characters of all answers together are shown.
    """
    whole = Excerpts(tuple(answers), tuple(turns))
    if facts.context is None:
        sizes = [len(text) for _, text in answers]
        return _cut(whole, sizes, _level(sizes, cap)), None
    room = facts.context - min(OUTPUT_ROOM, facts.context // 4)
    if _high(build(whole)) <= room:
        return whole, None
    turns = _latest(turns, (room - _high(build(Excerpts(_emptied(answers))))) * _HISTORY_SHARE)
    left = room - _high(build(Excerpts(_emptied(answers), turns)))
    sizes = [tokens_in(json.dumps(text, ensure_ascii=False)) for _, text in answers]
    level = _level(sizes, int(left / HIGH))
    if level < min(LEAST_SHARE, max(sizes)):
        about = tokens_of(build(whole))
        text = f"The question and the answers are about {about:,} tokens; this model"
        return whole, _too_long(text, facts.context)
    return _cut(Excerpts(whole.answers, turns), sizes, level), None


def _too_long(beginning: str, context: int) -> Failure:
    message = f"{beginning} reads {context:,}. It was not asked."
    return Failure(kind=Kind.CONTEXT_TOO_LONG, message=message, final=True)


def _high(messages: Sequence[Message]) -> float:
    return tokens_of(messages) * HIGH


def _emptied(answers: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((letter, "") for letter, _ in answers)


def _latest(turns: Sequence[Turn], tokens: float) -> tuple[Turn, ...]:
    """The latest turns that take no more than this many tokens."""
    kept: list[Turn] = []
    for turn in reversed(turns):
        tokens -= _turn_tokens(turn) * HIGH
        if tokens < 0:
            break
        kept.insert(0, turn)
    return tuple(kept)


def _turn_tokens(turn: Turn) -> int:
    texts = [turn.prompt, turn.synthesis, *(file.text for file in turn.attachments)]
    pictures = sum(file.kind == "image" for file in turn.attachments)
    return sum(map(tokens_in, texts)) + pictures * _A_PICTURE


def _level(sizes: Sequence[int], budget: int) -> int:
    """The size to which all larger ones are cut so that the sum stays within the budget."""
    left = max(budget, 0)
    for place, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - place)
        if size > share:
            return share
        left -= size
    return max(sizes, default=0)


def _cut(whole: Excerpts, sizes: Sequence[int], level: int) -> Excerpts:
    answers, endings = [], {}
    for (letter, text), size in zip(whole.answers, sizes, strict=True):
        shown = text
        if size > level:
            shown, endings[letter] = _ends(text, len(text) * level // size)
        answers.append((letter, shown))
    return Excerpts(tuple(answers), whole.turns, endings)


def _ends(text: str, chars: int) -> tuple[str, str]:
    """The beginning and the end of a text, about this many characters, cut between words."""
    head = text[: int(chars * HEAD)]
    tail = text[len(text) - (chars - len(head)) :]
    gap = max(head.rfind(mark, len(head) - _WORD) for mark in " \n")
    head = head[:gap] if gap > 0 else head
    first = min((at for mark in " \n" if (at := tail.find(mark, 0, _WORD)) >= 0), default=-1)
    return head, tail[first + 1 :]
