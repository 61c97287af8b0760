"""The golden run: one journal in which everything happens, and the frames a live reader gets.

The file ``run.json`` holds the server (`council/frames.py`) and the browser
(``static/js/run/state.js``) to one another. Pieces of page are in it by name and number only,
so a changed template does not change it; a hash stands for the state after each frame.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from council.core import events as ev
from council.core.delta import Source, Usage
from council.core.failures import Failure, Kind
from council.core.plan import Seat
from council.core.state import RunState
from council.frames import Frame, Page
from council.journal import Folded, Tick
from tests.golden import answers

FILE = Path(__file__).with_name("run.json")
RUN_ID = UUID("00000000-0000-4000-8000-000000000001")
_SIZES = (7, 61, 23, 90, 1, 44, 130, 12)
_HOSTS = {"A": "one.example", "B": "two.example", "C": "one.example", "D": "three.example"}


def empty() -> Folded:
    """A run of which nothing is known."""
    return Folded(RunState(), 0)


class Tape:
    """Events as they happen, cut into ticks by hand."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self._at_ms = 0
        self._attempts: dict[str, int] = {}

    def tick(self, *events: ev.Event) -> None:
        """One entry of the journal."""
        self.ticks.append(Tick(RUN_ID, len(self.ticks) + 1, events))

    @property
    def at_ms(self) -> int:
        """A clock that goes on a little each time somebody looks."""
        self._at_ms += 37
        return self._at_ms

    def started(self, seat: str, why: Any = "first") -> ev.CallStarted:
        """The next attempt of a seat."""
        self._attempts[seat] = self._attempts.get(seat, 0) + 1
        return ev.CallStarted(
            seat=seat, call=self._call(seat), attempt=self._attempts[seat],
            model=_model(seat), why=why, at_ms=self.at_ms,
        )  # fmt: skip

    def ended(self, seat: str, state: Any = "done", **more: Any) -> ev.CallEnded:
        """The end of a seat's open attempt."""
        return ev.CallEnded(
            seat=seat, call=self._call(seat), attempt=self._attempts[seat], state=state,
            duration_ms=900, at_ms=self.at_ms, **more,
        )  # fmt: skip

    def _call(self, seat: str) -> str:
        return str(uuid5(RUN_ID, f"{seat}-{self._attempts[seat]}"))


def _model(seat: str) -> str:
    return f"lab/{seat.lower()}" if seat in _HOSTS else "lab/judge"


def _card(seat: str, role: str) -> ev.Card:
    return ev.Card(seat=seat, role=role, model=_model(seat), host=_HOSTS.get(seat, "one.example"))


def _texts(seat: str, text: str) -> Iterator[ev.TextAdded]:
    sizes = cycle(_SIZES)
    while text:
        size = next(sizes)
        yield ev.TextAdded(seat=seat, text=text[:size])
        text = text[size:]


def _turns(*streams: Iterable[ev.Event]) -> Iterator[ev.Event]:
    """One of each in turn, until all are through."""
    waiting = [iter(stream) for stream in streams]
    while waiting:
        for stream in list(waiting):
            event = next(stream, None)
            if event is None:
                waiting.remove(stream)
            else:
                yield event


def ticks() -> list[Tick]:
    """The whole journal."""
    tape = Tape()
    _opening(tape)
    _members(tape)
    _judging(tape)
    _writing(tape)
    _late_member(tape)
    _another_member(tape)
    return tape.ticks


def _opening(tape: Tape) -> None:
    roles = {"A": "Engineer", "B": "Sceptic", "C": "Estimator", "D": ""}
    tape.tick(
        ev.RunStarted(
            prompt="Copper or aluminium for a 60 m feeder?\nIt runs outdoors. <b>Be brief.</b>",
            council="Feeder",
            seats=tuple(_card(seat, role) for seat, role in roles.items()),
            judge=_card("judge", "Judge"),
            writer=_card("writer", "Writer"),
        )
    )
    tape.tick(ev.PhaseChanged(phase="members", at_ms=tape.at_ms))
    tape.tick(tape.started("A"), tape.started("B"))
    tape.tick(tape.started("C"), tape.started("D"), ev.CallQueued(seat="D", at_ms=tape.at_ms))
    tape.tick(*(ev.CallConnected(seat=seat, at_ms=tape.at_ms) for seat in "ABC"))
    tape.tick(ev.ReasoningAdded(seat="A", text="Both carry the load; "))
    tape.tick(ev.ReasoningAdded(seat="A", text="what about the *lugs*?"))


def _members(tape: Tape) -> None:
    cut = Failure(kind=Kind.PROVIDER_ERROR, message="The provider had an error.", status=502)
    for text in _texts("B", answers.BOOLE_FIRST):
        tape.tick(text)
    tape.tick(tape.ended("B", "failed", failure=cut, first_token_ms=80))
    tape.tick(ev.RetryWaiting(seat="B", wait_s=0.5, failure=cut, at_ms=tape.at_ms))
    key = Failure(kind=Kind.BAD_KEY, message="The key was not accepted.", status=401)
    tape.tick(ev.CallConnected(seat="D", at_ms=tape.at_ms), tape.ended("D", "failed", failure=key))
    tape.tick(tape.started("B", "retry"), *_texts("A", answers.ADA[:60]))
    spoken = _turns(
        _texts("A", answers.ADA[60:]), _texts("B", answers.BOOLE), _texts("C", answers.CURIE)
    )
    pending: list[ev.Event] = []
    for number, event in enumerate(spoken):
        pending.append(event)
        if number % 3 != 1:
            tape.tick(*pending)
            pending = []
    sources = (Source(url="https://example.org/lugs", title="Lugs"),)
    used = Usage(prompt=80, completion=210, total=290)
    tape.tick(
        *pending,
        tape.ended("A", usage=used, cost_usd=0.012, cost_source="provider", sources=sources),
    )
    tape.tick(tape.ended("C", "truncated", finish_reason="length", first_token_ms=120))
    tape.tick(tape.ended("B", finish_reason="stop", model_served="lab/b-2026", cost_usd=0.0))


def _judging(tape: Tape) -> None:
    tape.tick(
        ev.PhaseChanged(phase="judging", at_ms=tape.at_ms),
        ev.JudgingStarted(order="CAB", partial="C", trimmed="A", at_ms=tape.at_ms),
        tape.started("judge"),
    )
    tape.tick(ev.Found(group="consensus", finding=answers.INVENTED))
    bad = Failure(kind=Kind.BAD_STREAM, message="The judge's answer could not be read.")
    tape.tick(tape.ended("judge", "failed", failure=bad))
    tape.tick(tape.started("judge", "reask"))
    tape.tick(ev.Found(group="contradictions", finding=answers.COLD_FLOW))
    tape.tick(
        ev.Found(group="partial_coverage", finding=answers.LENGTH),
        ev.Found(group="unique_insights", finding=answers.INVENTED),
    )
    tape.tick(ev.Found(group="blind_spots", finding=answers.FIRE_CODE))
    # A reader asks D again while the judge reads: its answer counts, and is not judged.
    tape.tick(tape.started("D", "reader"), ev.CallConnected(seat="D", at_ms=tape.at_ms))
    tape.tick(ev.TextAdded(seat="D", text="Let me look that up.\n\n"))
    _look_up(tape)
    tape.tick(ev.TextAdded(seat="D", text="Copper, said "))
    tape.tick(tape.ended("D", "stopped"))
    tape.tick(
        tape.ended("judge", cost_usd=0.02, cost_source="provider"),
        ev.BreakdownEnded(state="done", note="One quote was not found.", at_ms=tape.at_ms),
    )


def _look_up(tape: Tape) -> None:
    """D uses two tools in one step: its words stay, and another call goes on from them."""
    query = '{"query": "copper or aluminium feeder"}'
    used = Usage(prompt=90, completion=20, total=110)
    tape.tick(
        tape.ended("D", "using_tool", usage=used, cost_usd=0.001, cost_source="provider"),
        _tool("t1", "web_search", query, tape),
        _tool("t2", "web_fetch", '{"url": "https://evil.example/"}', tape),
    )
    found = (Source(url="https://example.org/lugs", title="Lugs"),)
    tape.tick(
        ev.ToolEnded(
            seat="D", id="t1", state="done", note="1 page", sources=found, at_ms=tape.at_ms
        ),
        ev.ToolEnded(seat="D", id="t2", state="refused", note="Not found.", at_ms=tape.at_ms),
    )
    tape.tick(tape.started("D", "tools"), ev.CallQueued(seat="D", wait_s=2.0, at_ms=tape.at_ms))
    tape.tick(ev.CallConnected(seat="D", at_ms=tape.at_ms))


def _tool(name: str, tool: str, arguments: str, tape: Tape) -> ev.ToolStarted:
    return ev.ToolStarted(
        seat="D", id=name, name=tool, arguments=arguments, step=1, at_ms=tape.at_ms
    )


def _writing(tape: Tape) -> None:
    writing = ev.PhaseChanged(phase="writing", trimmed="AC", at_ms=tape.at_ms)
    tape.tick(writing, tape.started("writer"))
    tape.tick(ev.TextAdded(seat="writer", text=answers.WRITER_FIRST))
    tape.tick(tape.ended("writer", "interrupted"))
    tape.tick(tape.started("writer", "restart"))
    for text in _texts("writer", answers.WRITER):
        tape.tick(text)
    tape.tick(tape.ended("writer", cost_usd=0.004, cost_source="catalogue"))
    tape.tick(ev.RunEnded(state="partial", at_ms=tape.at_ms))


def _late_member(tape: Tape) -> None:
    """After the end a reader asks D again, and then for another comparison."""
    tape.tick(ev.PhaseChanged(phase="members", at_ms=tape.at_ms), tape.started("D", "reader"))
    for text in _texts("D", answers.DIRAC):
        tape.tick(text)
    tape.tick(tape.ended("D"), ev.RunEnded(state="partial", at_ms=tape.at_ms))
    tape.tick(ev.PhaseChanged(phase="members", at_ms=tape.at_ms), tape.started("C", "reader"))
    tape.tick(ev.TextAdded(seat="C", text="Shorter this "))
    tape.tick(tape.ended("C", "stopped"), ev.PhaseChanged(phase="judging", at_ms=tape.at_ms))
    tape.tick(ev.JudgingStarted(order="DBCA", partial="C", at_ms=tape.at_ms), tape.started("judge"))
    tape.tick(ev.Found(group="contradictions", finding=answers.LATE_VOICE))
    tape.tick(tape.ended("judge", "stopped"), ev.BreakdownEnded(state="stopped", at_ms=tape.at_ms))
    tape.tick(ev.PhaseChanged(phase="writing", at_ms=tape.at_ms), tape.started("writer", "reader"))
    tape.tick(*_texts("writer", answers.WRITER_AGAIN))
    tape.tick(tape.ended("writer", cost_usd=None), ev.RunEnded(state="done", at_ms=tape.at_ms))


def _another_member(tape: Tape) -> None:
    """A second sample of B, in a column of its own, and another model in D's seat."""
    card = _card("E", "Sceptic").model_copy(update={"model": "lab/b", "sample_of": "B"})
    spec = Seat(model="lab/b", role="Sceptic")
    tape.tick(
        ev.PhaseChanged(phase="members", at_ms=tape.at_ms),
        ev.SeatChanged(card=card, spec=spec, at_ms=tape.at_ms),
    )
    tape.tick(tape.started("E"), ev.CallConnected(seat="E", at_ms=tape.at_ms))
    tape.tick(*_texts("E", answers.BOOLE))
    tape.tick(tape.ended("E", cost_usd=0.001, cost_source="catalogue"))
    changed = _card("D", "").model_copy(update={"model": "lab/x"})
    spec = Seat(model="lab/x")
    tape.tick(ev.SeatChanged(card=changed, spec=spec, at_ms=tape.at_ms))
    tape.tick(tape.started("D", "reader").model_copy(update={"model": "lab/x"}))
    tape.tick(ev.TextAdded(seat="D", text="Aluminium."))
    tape.tick(tape.ended("D"), ev.RunEnded(state="done", at_ms=tape.at_ms))


def named_parts(frame: Frame) -> Frame:
    """The frame with the name and number of each piece in place of its HTML."""
    after = f"after {frame['seq']}"
    drawn = [key for key in ("parts", "columns") if key in frame]
    return frame | {key: {name: f"{name} {after}" for name in frame[key]} for key in drawn}


def digest(state: Any) -> str:
    """A state of the page as one short string; the browser's test computes the same."""
    text = json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def golden() -> dict[str, Any]:
    """What the file holds, as the code makes it now."""
    page = Page(RUN_ID, empty())
    start, frames, states = page.state(), [], []
    for tick in ticks():
        frames.append(named_parts(page.take(tick)))
        states.append(digest(page.state()))
    bodies = {seat: body.html for seat, body in page.bodies.items()}
    return {"start": start, "frames": frames, "states": states, "bodies": bodies}


def dump() -> str:
    """The text of the file: one frame a line, so that a change can be read."""
    made = golden()
    frames = ",\n".join(json.dumps(frame, ensure_ascii=False) for frame in made["frames"])
    rest = {name: made[name] for name in ("start", "states", "bodies")}
    text = json.dumps(rest, ensure_ascii=False, indent=1)
    return f'{text[:-2]},\n "frames": [\n{frames}\n ]\n}}\n'
