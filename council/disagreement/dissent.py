"""The minority report: whoever contradicts, in its own words, whatever the synthesis says.

Made by code from the findings, so that no writer can forget it. The minority is the side
with fewer independent voices (`council.disagreement.voices`); where both weigh the same,
both are heard. A settled contradiction stays in: who was overruled may still be right.
"""

import re
from dataclasses import dataclass

from council.core import quotes
from council.core.events import Finding, Position, Stakes, Stance
from council.core.state import Found, RunState
from council.disagreement import voices
from council.disagreement.settling import Settled, is_contested, settled

_STAKES: dict[Stakes, int] = {"high": 0, "medium": 1, "low": 2}
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]", re.MULTILINE)
_REPORT = re.compile(r"^ {0,3}#{1,6}[ \t]+[ *]*minority report[ *:]*$", re.M | re.I)


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
    def claim(self) -> str:
        """The claim without its full stop, to stand within a sentence."""
        return self.finding.claim.removesuffix(".")

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
        if is_contested(found)
    ]
    return sorted(dissents, key=lambda d: (d.settled.is_settled, _STAKES[d.finding.stakes]))


def untold(run: RunState) -> list[Dissent]:
    """The dissents the page has to tell, once the synthesis is no longer awaited."""
    if not (run.writer.is_final or run.is_final):
        return []
    return [dissent for dissent in minority(run) if not dissent.is_told]


def has_report(run: RunState) -> bool:
    """True when the synthesis has a minority report or quotes a dissenter at its end."""
    has_heading = _REPORT.search(run.writer.text) is not None
    return has_heading or any(dissent.is_told for dissent in minority(run))


def _dissent(run: RunState, found: Found, state: Settled, last: str) -> Dissent:
    places = found.finding.positions
    against = [place for place in places if place.stance == "contradicts"]
    agreeing = [place for place in places if place.stance == "supports"]
    more = _weight(run, agreeing) - _weight(run, against) if agreeing else 1
    heard = [*agreeing, *against] if not more else against if more > 0 else agreeing
    said = tuple(_voice(found.finding.id, place) for place in heard)
    return Dissent(found.finding, said, not more, state, bool(last) and _is_told(said, last))


def _weight(run: RunState, side: list[Position]) -> int:
    """How many independent voices a side has."""
    letters = "".join(place.seat for place in side)
    return len(voices.voices(run, letters)) if letters else 0


def _voice(finding_id: str, place: Position) -> Voice:
    is_found = place.verified and place.start is not None
    target = f"q-{finding_id}-{place.seat}" if is_found else ""
    return Voice(place.seat, place.stance, place.quote, target)


def _is_told(heard: tuple[Voice, ...], section: str) -> bool:
    return any(voice.target and quotes.find(voice.quote, section) for voice in heard)
