"""Random journals: any events in any order, however senseless."""

from typing import Any

from hypothesis import strategies as st

from council.core import events as ev
from council.core.delta import Source
from council.core.failures import Failure, Kind
from council.core.plan import Seat
from council.journal import Tick
from tests.golden.tape import RUN_ID

_LINES = (
    "Plain words. ", "**bold** and `code`\n", "- one\n", "- two\n\n", "1. first\n", "\n\n",
    "```\ncode\n", "```\n", "| a | b |\n|---|---|\n| 1 | 2 |\n", "> quote\n", "# Head\n", "🧵 銅 ",
    "a\nb", "  ", "<b>no</b> ", "[A] ", "***\n",
)  # fmt: skip
_seats = st.sampled_from("ABC")
_anybody = st.sampled_from(["A", "B", "C", "judge", "writer"])
_texts = st.lists(st.sampled_from(_LINES), min_size=1, max_size=4).map("".join)
_failures = st.builds(
    Failure,
    kind=st.sampled_from([Kind.RATE_LIMITED, Kind.BAD_KEY, Kind.STALLED]),
    message=st.just("It did not work."),
    status=st.sampled_from([None, 429]),
)
_at = st.integers(0, 5000)
_FINAL = ["done", "truncated", "filtered", "refused", "empty", "failed", "stopped", "interrupted"]
_ENDS = [*_FINAL, "using_tool"]


def _card(seat: str) -> ev.Card:
    return ev.Card(seat=seat, role="", model=f"lab/{seat.lower()}")


OPENING = ev.RunStarted(
    prompt="Which?",
    council="Random",
    seats=tuple(_card(seat) for seat in "ABC"),
    judge=_card("judge"),
    writer=_card("writer"),
)


@st.composite
def _positions(draw: Any) -> ev.Position:
    start, length = draw(st.integers(0, 40)), draw(st.integers(1, 30))
    verified = draw(st.booleans())
    return ev.Position(
        seat=draw(_seats),
        stance=draw(st.sampled_from(["supports", "contradicts", "hedges", "silent"])),
        quote=draw(st.sampled_from(["", "words"])),
        verified=verified,
        start=start if verified else None,
        end=start + length if verified else None,
    )


_findings = st.builds(
    ev.Finding,
    id=st.sampled_from(["f1", "f2", "f3"]),
    claim=st.just("A claim"),
    positions=st.lists(_positions(), max_size=3).map(tuple),
    resolution=st.sampled_from([None, "settled"]),
)
_GROUPS = ["consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots"]
_started = st.builds(
    ev.CallStarted, seat=_anybody, call=st.just("c"), attempt=st.integers(1, 3),
    model=st.just("lab/x"), why=st.sampled_from(["first", "retry", "reader", "tools"]), at_ms=_at,
)  # fmt: skip
_ended = st.builds(
    ev.CallEnded, seat=_anybody, call=st.just("c"), attempt=st.integers(1, 3),
    state=st.sampled_from(_ENDS), failure=st.none() | _failures,
    first_token_ms=st.none() | _at, cost_usd=st.none() | st.just(0.5), at_ms=_at,
)  # fmt: skip
_spoken = st.builds(ev.TextAdded, seat=_anybody, text=_texts)
_others = st.one_of(
    st.just(OPENING),
    st.builds(
        ev.PhaseChanged,
        phase=st.sampled_from(["members", "judging", "writing"]),
        trimmed=st.sampled_from(["", "B"]),
        at_ms=_at,
    ),
    st.builds(
        ev.SeatChanged,
        card=st.sampled_from("ABCD").map(_card),
        spec=st.just(Seat(model="lab/z")),
        at_ms=_at,
    ),
    st.builds(ev.CallQueued, seat=_anybody, wait_s=st.sampled_from([None, 2.0]), at_ms=_at),
    st.builds(
        ev.ToolStarted,
        seat=_anybody,
        id=st.sampled_from(["t1", "t2"]),
        name=st.just("web_search"),
        arguments=st.just('{"query": "lugs"}'),
        step=st.integers(1, 3),
        at_ms=_at,
    ),
    st.builds(
        ev.ToolEnded,
        seat=_anybody,
        id=st.sampled_from(["t1", "t2"]),
        state=st.sampled_from(["done", "failed", "refused"]),
        note=st.sampled_from(["", "2 pages"]),
        sources=st.sampled_from([(), (Source(url="https://example.org/", title="E"),)]),
        at_ms=_at,
    ),
    st.builds(ev.CallConnected, seat=_anybody, at_ms=_at),
    st.builds(ev.ReasoningAdded, seat=_anybody, text=_texts),
    st.builds(ev.RetryWaiting, seat=_anybody, wait_s=st.just(1.5), failure=_failures, at_ms=_at),
    st.builds(
        ev.JudgingStarted,
        order=st.sampled_from(["ABC", "CA", ""]),
        partial=st.sampled_from(["", "A"]),
        trimmed=st.sampled_from(["", "C"]),
        at_ms=_at,
    ),
    st.builds(
        ev.BreakdownEnded,
        state=st.sampled_from(["done", "failed", "skipped", "stopped"]),
        failure=st.none() | _failures,
        raw=st.sampled_from(["", "{oh"]),
        at_ms=_at,
    ),
    st.builds(
        ev.RunEnded,
        state=st.sampled_from(["done", "partial", "failed", "stopped", "interrupted"]),
        at_ms=_at,
    ),
)
_found = st.builds(ev.Found, group=st.sampled_from(_GROUPS), finding=_findings)
_events = st.one_of(_spoken, _spoken, _started, _ended, _found, _others)


def _numbered(entries: list[list[ev.Event]]) -> list[Tick]:
    return [Tick(RUN_ID, number, tuple(events)) for number, events in enumerate(entries, 1)]


def journals() -> st.SearchStrategy[list[Tick]]:
    """A run that starts, and then anything."""
    entries = st.lists(st.lists(_events, min_size=1, max_size=4), min_size=1, max_size=12)
    return entries.map(lambda found: _numbered([[OPENING], *found]))
