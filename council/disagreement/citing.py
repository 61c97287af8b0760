"""What a synthesis rests on, sentence by sentence: whose words a citation leads to.

A citation names a member; which of its words are meant is looked up among the quotes that
code has found in its answer: the finding the sentence signs, else the one that says most
nearly the same. Where none does, a citation leads to the member's column and no further.
"""

import re
from collections.abc import Iterator

from council.core.events import Position
from council.core.provenance import CITATION, Sentence, sentences
from council.core.state import Found, RunState
from council.render import Cites

_WORD = re.compile(r"[^\W\d_]{4,}|\d+(?:[.,]\d+)*")
_STEM = 6
"""Endings are left out, so that "settles" and "settled" are one word."""
_LEAST_WORDS = 2
_LEAST_SHARE = 0.34
"""Of the shorter of both: two words in common may be chance where both are long."""


def cites(run: RunState, block: str) -> Cites:
    """What one block of the run's synthesis cites, by position in the block."""
    letters = "".join(run.seats)
    said = sentences(block)
    return Cites(
        letters=letters,
        own=[(one.start, one.end) for one in said if not one.cites(letters)],
        rests={at: name for one in said for at, name in _rests(one, run.findings)},
    )


def _rests(sentence: Sentence, findings: list[Found]) -> Iterator[tuple[int, str]]:
    """The place of each cited letter, with the finding whose quote it leads to."""
    for citation in CITATION.finditer(sentence.text):
        for letter in re.finditer("[A-H]", citation[0]):
            if name := rests_on(sentence, letter[0], findings):
                yield sentence.start + citation.start() + letter.start(), name


def rests_on(sentence: Sentence, letter: str, findings: list[Found]) -> str:
    """The id of the finding in which this member's quoted words carry the sentence, or empty."""
    quoted = [(f, p) for f in findings for p in f.finding.positions if _is_evidence(p, letter)]
    signed = {name for name, _ in sentence.signs}
    for found, _ in quoted:
        if found.finding.id in signed:
            return found.finding.id
    said = _stems(sentence.words)
    near = [(_nearness(said, found, place), found.finding.id) for found, place in quoted]
    best = max(near, key=lambda one: one[0], default=(0, ""))
    return best[1] if best[0] else ""


def _is_evidence(position: Position, letter: str) -> bool:
    return position.seat == letter and position.verified and position.start is not None


def _nearness(said: set[str], found: Found, position: Position) -> int:
    """How many words a sentence shares with a claim or its quote; 0 where that may be chance."""
    nearest = 0
    for text in (position.quote, found.finding.claim):
        words = _stems(text)
        shared = len(said & words)
        if shared >= max(_LEAST_WORDS, _LEAST_SHARE * min(len(said), len(words))):
            nearest = max(nearest, shared)
    return nearest


def _stems(text: str) -> set[str]:
    return {word[:_STEM].casefold() for word in _WORD.findall(text)}
