"""What a question will take, before anybody is asked: tokens of a text, money of a run.

No provider's tokenizer is at hand, so tokens are estimated by kinds of characters. Nothing
here is a bound: what a run can cost at most is `council.core.budget`.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from council.core import prompts
from council.core.delta import Message, Usage
from council.core.excerpts import Excerpts
from council.core.facts import Facts, Know
from council.core.plan import Plan, Seat

_LETTER, _DIGIT, _SPACE, _MARK = 0.22, 0.6, 0.06, 0.5
_WIDE, _OTHER = 1.0, 0.5
"""Tokens per character: Latin letters, digits, spaces, punctuation (code has much of it) and line
ends; Chinese, Japanese, Korean and emoji; all other scripts.

Fitted to 34 recorded answers of 20 to 779 tokens by models of OpenAI, Mistral, DeepSeek, Qwen,
Llama, xAI and others, as their providers counted them: on average 10 % off, at most 37 %; the ten
of 150 tokens or more 8 % on average, at most 22 %. One of them is half Chinese (8 % too low);
for other scripts the weight is a guess on the high side."""


def tokens_in(text: str) -> int:
    """About how many tokens a text has, for any model; see the measured error above."""
    return round(sum(count * _weight(mark) for mark, count in Counter(text).items()))


def _weight(mark: str) -> float:
    if not mark.isascii():
        return _WIDE if unicodedata.east_asian_width(mark) in "WF" else _OTHER
    if mark.isalpha():
        return _LETTER
    if mark.isdigit():
        return _DIGIT
    return _MARK if not mark.isspace() or mark == "\n" else _SPACE


Range = tuple[int, int]
"""From – to, in tokens."""

ANSWER: Range = (300, 1_500)
"""What an answer or a synthesis usually has: some 200 to 1,000 words."""

COMPARISON: Range = (500, 3_000)
"""What a judge usually writes: 4 to 25 findings of about 120 tokens, their quotes included."""

THOUGHTS: Range = (300, 6_000)
"""What a model that reasons usually thinks besides; it is billed as output."""

_IMAGE: Range = (250, 1_600)
"""What providers count for a picture: Gemini 258 per tile, Anthropic up to 1,600."""

_TOOL_STEPS, _FOUND = 2, 4_000
"""A member with tools uses none, or two steps that each bring this many tokens."""


@dataclass(frozen=True)
class Expected:
    """What one part of a run will take. ``cost_usd`` is from – to; None: its price is unknown."""

    seat: str
    model: str
    reads: Range
    writes: Range
    cost_usd: tuple[float, float] | None


@dataclass(frozen=True)
class Estimate:
    """What a run will take, part by part: members, then judge and writer."""

    parts: tuple[Expected, ...]

    @property
    def low_usd(self) -> float:
        """The least of all parts whose price is known."""
        return sum(part.cost_usd[0] for part in self.parts if part.cost_usd is not None)

    @property
    def high_usd(self) -> float:
        """The most of all parts whose price is known."""
        return sum(part.cost_usd[1] for part in self.parts if part.cost_usd is not None)

    @property
    def unknown(self) -> tuple[Expected, ...]:
        """The parts whose price nobody knows."""
        return tuple(part for part in self.parts if part.cost_usd is None)


def estimate(plan: Plan, know: Know) -> Estimate:
    """What a run of this plan will take. Who is asked alone has no judge and no writer."""
    council = plan.council
    members = [_member(plan, letter, seat, know(seat.model)) for letter, seat in plan.seats]
    if not plan.has_comparison:
        return Estimate(tuple(members))
    told = Excerpts(tuple((letter, "") for letter in plan.letters), plan.history)
    answers = [_said(seat, know(seat.model)) for _, seat in plan.seats]
    texts = (sum(low for low, _ in answers), sum(high for _, high in answers))
    judge = _chair(
        "judge", council.judge.model, know, prompts.judge(plan, told, ""), texts, COMPARISON
    )
    texts = (texts[0] + COMPARISON[0], texts[1] + COMPARISON[1])
    writer = _chair(
        "writer", council.writer_model, know, prompts.writer(plan, told, [], ""), texts, ANSWER
    )
    return Estimate((*members, judge, writer))


def _member(plan: Plan, letter: str, seat: Seat, facts: Facts) -> Expected:
    messages = prompts.member(plan, letter, sees=facts.sees is not False)
    reads, steps = _read(messages), 0
    if plan.council.tools and seat.tools and facts.can_tools is not False:
        steps = min(_TOOL_STEPS, plan.council.max_tool_steps)
        reads = (reads[0], sum(reads[1] + step * _FOUND for step in range(steps + 1)))
    is_slow = seat.reasoning_effort is not None or facts.reasons is True
    writes = _within(ANSWER, is_slow, facts, seat.max_tokens)
    images = sum(len(message.images) for message in messages)
    cost_usd = _cost(facts, reads, writes, images, 1 + steps)
    return Expected(letter, seat.model, reads, writes, cost_usd)


def _chair(
    key: str, model: str, know: Know, messages: Sequence[Message], texts: Range, usual: Range
) -> Expected:
    """Judge or writer, who read these texts on top of what they are told."""
    facts, told = know(model), _read(messages)
    reads = (told[0] + texts[0], told[1] + texts[1])
    writes = _within(usual, facts.reasons is True, facts, None)
    return Expected(key, model, reads, writes, _cost(facts, reads, writes, 0, 1))


def _said(seat: Seat, facts: Facts) -> Range:
    """The length of a seat's answer as others read it: without its thoughts."""
    return _within(ANSWER, False, facts, seat.max_tokens)


def _read(messages: Sequence[Message]) -> Range:
    text = sum(tokens_in(message.content) for message in messages)
    images = sum(len(message.images) for message in messages)
    return text + images * _IMAGE[0], text + images * _IMAGE[1]


def _within(usual: Range, thinks: bool, facts: Facts, asked: int | None) -> Range:
    """The usual length, thoughts included, within what the seat and its model allow."""
    low, high = usual
    if thinks:
        low, high = low + THOUGHTS[0], high + THOUGHTS[1]
    limits = [limit for limit in (asked, facts.max_output) if limit]
    most = min([high, *limits])
    return min(low, most), most


def _cost(
    facts: Facts, reads: Range, writes: Range, images: int, calls: int
) -> tuple[float, float] | None:
    """What that costs, from – to. ``calls``: how many there may be, each with its own fee."""
    price = facts.price
    if price is None:
        return None
    low = price.of(Usage(prompt=reads[0], completion=writes[0]), images)
    high = price.of(Usage(prompt=reads[1], completion=writes[1]), images)
    if low is None or high is None:
        return None
    return low, high + (calls - 1) * price.request


def dollars(cost_usd: float | None) -> str:
    """US dollars as a person reads them; None is unknown, which is not nothing."""
    if cost_usd is None:
        return "cost unknown"
    if cost_usd == 0:
        return "$0"
    if cost_usd < 0.001:
        return "<$0.001"
    return f"${cost_usd:.2f}" if cost_usd >= 0.9995 else f"${cost_usd:.3f}"


def amount(usd: float) -> str:
    """A sum somebody chose, such as a cap: ``$0.10``, and ``$0.025`` where cents do not do."""
    is_in_cents = abs(usd * 100 - round(usd * 100)) < 1e-6
    return f"${usd:,.2f}" if is_in_cents else dollars(usd)
