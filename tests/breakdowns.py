"""Runs with a breakdown, for the tests of how it is read."""

from typing import Any

from council.core.events import Finding, Group, Position, Stakes, Stance
from council.core.state import Found, Part, RunState


def position(seat: str, stance: Stance, quote: str = "words", *, verified: bool = True) -> Position:
    """Where a seat stands, by default in words that code has found."""
    at = {"start": 0, "end": 5} if verified else {}
    return Position(seat=seat, stance=stance, quote=quote, verified=verified, **at)


def found(
    group: Group, name: str, *positions: Position, stakes: Stakes = "medium", **more: Any
) -> Found:
    """A finding in one of the judge's lists."""
    values = {"claim": f"claim {name}"} | more
    return Found(
        group=group, finding=Finding(id=name, stakes=stakes, positions=positions, **values)
    )


def run_of(*findings: Found, seats: str = "ABC", **more: Any) -> RunState:
    """A finished run whose judge found these."""
    parts = {s: Part(seat=s, model=f"p/{s}", state="done", text="words") for s in seats}
    judge = Part(seat="judge", model="p/judge")
    values = {"state": "done", "breakdown": "done", "judged": seats, "order": seats} | more
    return RunState(seats=parts, judge=judge, findings=list(findings), **values)


AGREED = found(
    "consensus", "f1", position("A", "supports"), position("B", "supports"),
    position("C", "supports"),
)  # fmt: skip
OPEN = found(
    "contradictions", "f2", position("A", "supports"), position("B", "contradicts"),
    stakes="high", crux="the marking",
)  # fmt: skip
