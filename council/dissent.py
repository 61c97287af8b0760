"""The minority report: whoever contradicts, in its own words, whatever the synthesis says.

Made by code from the findings, so that no writer can forget it. The minority is the side
with fewer independent voices (`council.core.independence`); where both weigh the same,
both are heard. A settled contradiction stays in: who was overruled may still be right.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from council.core import independence, quotes
from council.core.events import Finding, Position, Stakes, Stance
from council.core.state import Found, RunState
from council.settling import Settled, is_contested, settled

_STAKES: dict[Stakes, int] = {"high": 0, "medium": 1, "low": 2}
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]", re.MULTILINE)


@dataclass(frozen=True)
class Voice:
    """A member's words. Without a ``target``, the id of its marked words, nobody found them."""

    seat: str
    stance: Stance
    quote: str
    target: str


@dataclass(frozen=True)
class Dissent:
    """One contested claim and who is outnumbered on it.

    ``voices`` is the minority; with ``is_tie`` everybody on either side. ``is_told``: the
    writer's own last section has the words of one of them already.
    """

    finding: Finding
    voices: tuple[Voice, ...]
    is_tie: bool
    settled: Settled
    is_told: bool

    @property
    def denies(self) -> bool:
        """True when the minority contradicts the claim rather than makes it."""
        return all(voice.stance != "supports" for voice in self.voices)


def minority(run: RunState) -> list[Dissent]:
    """Every dissent of the run: open ones first, then by what is at stake.

    There is one for every finding that anybody contradicts.
    """
    known = settled(run)
    last = _HEADING.split(run.writer.text)[1:][-1:]
    dissents = [
        _dissent(run, found, known.get(found.finding.id, Settled()), "".join(last))
        for found in run.findings
        if len(_sides(found)) > 1 or _denied(found)
    ]
    return sorted(dissents, key=lambda d: (d.settled.is_settled, _STAKES[d.finding.stakes]))


def untold(run: RunState) -> list[Dissent]:
    """The dissents the page has to tell, once the synthesis is no longer awaited."""
    if not (run.writer.is_final or run.is_final):
        return []
    return [dissent for dissent in minority(run) if not dissent.is_told]


def _denied(found: Found) -> list[Position]:
    return [p for p in found.finding.positions if p.stance == "contradicts"]


def _sides(found: Found) -> list[list[Position]]:
    """Who makes the claim and who denies it; who only hedges denies where nobody else does."""
    said = found.finding.positions
    against = _denied(found)
    if not against and is_contested(found):
        against = [p for p in said if p.stance == "hedges"]
    return [side for side in ([p for p in said if p.stance == "supports"], against) if side]


def _dissent(run: RunState, found: Found, state: Settled, last: str) -> Dissent:
    sides = sorted(_sides(found), key=lambda side: _weight(run, side))
    is_tie = len(sides) > 1 and _weight(run, sides[0]) == _weight(run, sides[1])
    heard = [place for side in (sides if is_tie else sides[:1]) for place in side]
    voices = tuple(_voice(found.finding.id, place) for place in sorted(heard, key=_letter))
    return Dissent(found.finding, voices, is_tie, state, bool(last) and _is_told(voices, last))


def _letter(place: Position) -> str:
    return place.seat


def _weight(run: RunState, side: Iterable[Position]) -> int:
    """How many independent voices a side has."""
    return len({independence.family(run.part(place.seat).model) for place in side})


def _voice(finding_id: str, place: Position) -> Voice:
    is_found = place.verified and place.start is not None
    target = f"q-{finding_id}-{place.seat}" if is_found else ""
    return Voice(place.seat, place.stance, place.quote, target)


def _is_told(voices: tuple[Voice, ...], section: str) -> bool:
    return any(voice.target and quotes.find(voice.quote, section) for voice in voices)
