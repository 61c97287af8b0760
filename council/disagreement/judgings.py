"""Two breakdowns of the same answers: which points both judges made, and where they part.

Matched by code alone: two findings are one point where the words they rest on overlap, or
their claims say nearly the same. Pure functions over `council.core.state`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from council.core.events import Finding, Group, Position, Stance
from council.core.state import Found, RunState

ALIKE = 0.6
"""From which share of their words two claims, or two sets of quotes, count as the same."""


@dataclass(frozen=True)
class Cell:
    """Where a seat stands on a point, as each judge reads it."""

    seat: str
    first: Stance
    second: Stance

    @property
    def is_flipped(self) -> bool:
        """True when the two judges read it differently."""
        return self.first != self.second


@dataclass(frozen=True)
class Pair:
    """A point that both judges made."""

    first: Found
    second: Found
    cells: tuple[Cell, ...]

    @property
    def flips(self) -> int:
        """How many seats the two judges read differently."""
        return sum(cell.is_flipped for cell in self.cells)

    @property
    def is_same_stakes(self) -> bool:
        """True when both judges give it the same weight."""
        return self.first.finding.stakes == self.second.finding.stakes

    @property
    def is_same_group(self) -> bool:
        """True when both judges put it into the same list."""
        return self.first.group == self.second.group


@dataclass(frozen=True)
class Single:
    """A point that only one judge made."""

    found: Found
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Compared:
    """The points of two breakdowns: both made them, or only one did. Flipped ones come first.

    ``letters`` are the seats that are compared, ``changed`` those whose answer is another in the
    second.
    """

    both: tuple[Pair, ...]
    only_first: tuple[Single, ...]
    only_second: tuple[Single, ...]
    letters: str
    changed: str = ""

    @property
    def flips(self) -> int:
        """On how many stances they disagree."""
        return sum(pair.flips for pair in self.both)

    @property
    def summary(self) -> str:
        """``7 of 9 points in both; they disagree on 1 stance.``"""
        count = len(self.both) + len(self.only_first) + len(self.only_second)
        if not count:
            return "Neither judge made a point."
        noun = "point is" if count == 1 else "points are"
        said = f"{len(self.both)} of {count} {noun} in both"
        if not self.both:
            return f"{said}."
        if not self.flips:
            return f"{said}, with the same stance everywhere."
        stances = "stance" if self.flips == 1 else "stances"
        return f"{said}; they disagree on {self.flips} {stances}."


def compare(first: RunState, second: RunState) -> Compared:
    """Both breakdowns, point by point, in the order of the first; the most alike are paired."""
    changed = "".join(
        letter
        for letter, part in second.seats.items()
        if letter not in first.seats or first.seats[letter].text != part.text
    )
    taken: dict[int, int] = {}
    for likeness, one, other in sorted(_likenesses(first, second, changed), reverse=True):
        if likeness >= ALIKE and one not in taken and other not in taken.values():
            taken[one] = other
    letters = "".join(letter for letter in second.seats if letter not in changed)
    pairs = [
        _pair(first.findings[one], second.findings[other], letters)
        for one, other in sorted(taken.items())
    ]
    return Compared(
        both=tuple(sorted(pairs, key=lambda pair: not pair.flips)),
        only_first=_others(first.findings, taken, letters),
        only_second=_others(second.findings, taken.values(), letters),
        letters=letters,
        changed=changed,
    )


def _likenesses(
    first: RunState, second: RunState, changed: str
) -> Iterable[tuple[float, int, int]]:
    for (i, one), (j, other) in product(enumerate(first.findings), enumerate(second.findings)):
        if _is_gap(one.group) == _is_gap(other.group):
            yield _likeness(one.finding, other.finding, changed), i, j


def _is_gap(group: Group) -> bool:
    """What nobody addressed is never the same point as something that was said."""
    return group == "blind_spots"


def _likeness(one: Finding, other: Finding, changed: str) -> float:
    """From 0 to 1 by the better of claims and quotes; the other of the two breaks a tie."""
    claims = _overlap(_terms(one.claim), _terms(other.claim))
    quotes = _shared_quotes(one, other, changed)
    return max(claims, quotes) + 0.01 * min(claims, quotes)


def _shared_quotes(one: Finding, other: Finding, changed: str) -> float:
    """The share of seats quoted by either that both quote in words that overlap."""
    mine, theirs = _places(one.positions, changed), _places(other.positions, changed)
    if not mine or not theirs:
        return 0.0
    shared = sum(_meet(mine[seat], theirs[seat]) for seat in mine.keys() & theirs.keys())
    return shared / len(mine.keys() | theirs.keys())


def _places(positions: Iterable[Position], changed: str) -> dict[str, tuple[int, int]]:
    return {
        p.seat: (p.start, p.end)
        for p in positions
        if p.verified and p.start is not None and p.end is not None and p.seat not in changed
    }


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """True when they have half of the shorter one in common."""
    common = min(one[1], other[1]) - max(one[0], other[0])
    return 2 * common >= min(one[1] - one[0], other[1] - other[0]) > 0


_WORD = re.compile(r"[^\W_]+")
_SMALL = re.compile("an?|and|are|as|at|be|but|by|for|in|is|its?|of|on|or|than|that|the|to|with")


def _terms(claim: str) -> frozenset[str]:
    """The words of a claim that carry it; all of them where only small ones are there."""
    plain = unicodedata.normalize("NFKC", claim).casefold()
    found = frozenset(_WORD.findall(plain))
    return frozenset(word for word in found if not _SMALL.fullmatch(word)) or found


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _pair(first: Found, second: Found, letters: str) -> Pair:
    one, other = _stances(first.finding), _stances(second.finding)
    cells = (Cell(s, one.get(s, "silent"), other.get(s, "silent")) for s in letters)
    return Pair(first, second, tuple(cells))


def _stances(finding: Finding) -> dict[str, Stance]:
    return {position.seat: position.stance for position in finding.positions}


def _others(findings: Sequence[Found], paired: Iterable[int], letters: str) -> tuple[Single, ...]:
    taken = set(paired)
    alone = [found for index, found in enumerate(findings) if index not in taken]
    return tuple(Single(found, _pair(found, found, letters).cells) for found in alone)
