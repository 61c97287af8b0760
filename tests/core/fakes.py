"""The outside of a run in no time: scripted models, a journal, and a clock that jumps.

Nothing in here stands in for our own code. Providers are scripts of deltas and pauses
(seconds), the journal is a list, and the event loop never sleeps: its clock moves to
the next timer, so that twenty minutes of patience cost nothing to test.
"""

import asyncio
import itertools
import json
import selectors
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from council.core import events as ev
from council.core.deliberate import Inbox, Order, deliberate
from council.core.delta import Connected, Delta, Ended, Request, Text, Usage
from council.core.facts import Know, WhoseKey, nobodys, nothing
from council.core.failures import Failure, Kind
from council.core.plan import Council, Judge, Limits, Patience, Plan, Seat, Writer
from council.core.state import RunState, fold
from council.core.toolbox import Toolbox

Step = Delta | float | Exception
Script = Sequence[Step]
COMMIT_S = 0.002
NOON = datetime(2026, 3, 9, 12, 0, 30, tzinfo=UTC)


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "everybody waits for something that will never happen"
        self.now += max(0.0, timeout)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer; waiting for nothing fails."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def in_no_time(main: Coroutine[Any, Any, None]) -> None:
    """Run ``main`` on a jumping loop; no task may be left behind."""

    async def tidy() -> None:
        await main
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left behind: {left}"

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(tidy())


DONE = Ended(outcome="done", finish_reason="stop", usage=Usage(total=9), cost_usd=0.01)
CUT = Failure(kind=Kind.CUT_OFF, message="The connection was cut.")
BUSY = Failure(kind=Kind.RATE_LIMITED, message="Too many requests.", status=429)
NO_KEY = Failure(kind=Kind.BAD_KEY, message="The key is not valid.", status=401)


def says(*words: str, pause: float = 0.1, end: Ended = DONE) -> list[Step]:
    """A model that says these words, a pause before each, and ends."""
    steps: list[Step] = [pause, Connected()]
    for word in words:
        steps += [pause, Text(text=word)]
    return [*steps, pause, end]


def fails(failure: Failure, *, pause: float = 0.1) -> list[Step]:
    """A model that says nothing and fails."""
    return [pause, Ended(outcome="failed", failure=failure)]


def cut_after(*words: str) -> list[Step]:
    """A model whose stream is cut after these words."""
    return says(*words, end=Ended(outcome="truncated", failure=CUT))


def finding(claim: str, **quotes: str) -> dict[str, Any]:
    """One finding as a judge writes it: who supports the claim, in which words."""
    positions = [{"seat": s, "stance": "supports", "quote": q} for s, q in quotes.items()]
    return {"claim": claim, "stakes": "high", "positions": positions}


def comparison(*findings: dict[str, Any]) -> str:
    """A judge's whole JSON, with these findings as its consensus."""
    return json.dumps({"contradictions": [], "consensus": list(findings)})


JUDGEMENT = comparison(finding("Tea is warm.", A="tea", B="tea"), finding("So is soup.", A="soup"))


def judges(text: str = JUDGEMENT, *, pause: float = 0.1, end: Ended = DONE) -> list[Step]:
    """A judge that streams this text in pieces of thirty characters."""
    return says(*(text[i : i + 30] for i in range(0, len(text), 30)), pause=pause, end=end)


def plan_for(
    letters: str = "ABC", *, patience: Patience | None = None, run_s: float = 1200
) -> Plan:
    """A council with these seats; the models are named after the letters."""
    return Plan(
        prompt="What is warm?",
        council=Council(
            name="Kitchen",
            seats=tuple(Seat(model=f"fake/{letter}") for letter in letters),
            judge=Judge(model="fake/judge"),
            writer=Writer(model="fake/writer"),
            limits=Limits(run_s=run_s),
        ),
        patience=patience or Patience(),
    )


def started(plan: Plan) -> ev.RunStarted:
    """The first event of a run of this plan."""
    seats = plan.seats
    return ev.RunStarted(
        prompt=plan.prompt,
        council=plan.council.name,
        kind=plan.kind,
        point=plan.point,
        seats=tuple(ev.Card(seat=key, role=seat.role, model=seat.model) for key, seat in seats),
        judge=ev.Card(seat="judge", role="", model=plan.council.judge.model),
        writer=ev.Card(seat="writer", role="", model=plan.council.writer_model),
    )


@dataclass
class Asked:
    """One request as a provider saw it, by the loop's clock."""

    request: Request
    at_s: float
    journal: int
    """How many events the journal held, committed, when the request came."""
    closed_s: float | None = None


@dataclass
class World:
    """Everything outside one run. ``scripts`` are per part, one for each call in turn.

    The last script of a part is repeated. ``on_event`` sees each event as it is emitted.
    """

    scripts: Mapping[str, Sequence[Script]]
    plan: Plan = field(default_factory=plan_for)
    events: list[ev.Event] = field(default_factory=list)
    at: Sequence[tuple[float, Order]] = ()
    orders: Sequence[Order] = ()
    on_event: Callable[["World", ev.Event], None] = lambda _world, _event: None
    asked: list[Asked] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    inbox: Inbox = field(default_factory=Inbox)
    state: RunState = field(default_factory=RunState)
    committed: int = 0
    closing_s: float = 0.0
    know: Know = nothing
    cap_usd: float | None = None
    server_usd: float | None = None
    whose_key: WhoseKey = nobodys
    tools: Toolbox | None = None

    def ask(self, request: Request) -> AsyncIterator[Delta]:
        part = request.model.removeprefix("fake/")
        scripts = self.scripts[part]
        script = scripts[min(len(self.calls(part)), len(scripts) - 1)]
        self.asked.append(Asked(request, _now(), self.committed))
        return self._stream(self.asked[-1], script)

    async def _stream(self, asked: Asked, script: Script) -> AsyncIterator[Delta]:
        try:
            for step in script:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        finally:
            if self.closing_s:
                await asyncio.sleep(self.closing_s)
            asked.closed_s = _now()

    async def emit(self, event: ev.Event) -> None:
        self.events.append(event)
        self.times.append(_now())
        self.on_event(self, event)
        if event.type not in ("text", "reasoning"):
            count = len(self.events)
            await asyncio.sleep(COMMIT_S)
            self.committed = max(self.committed, count)

    async def play(self) -> None:
        """Play the run from the events there are to its end, and check the fold."""
        if not self.events:
            self.events.append(started(self.plan))
        self.times = [_now()] * len(self.events)
        self.committed = len(self.events)
        self.state = fold(list(self.events))
        for order in self.orders:
            self.inbox.put(order)
        for after_s, order in self.at:
            asyncio.get_running_loop().call_later(after_s, self.inbox.put, order)
        numbers = itertools.count(len(self.events))
        await deliberate(
            self.plan,
            self.state,
            ask=self.ask,
            emit=self.emit,
            inbox=self.inbox,
            clock=asyncio.get_running_loop().time,
            jitter=lambda: 0.0,
            new_id=lambda: f"call-{next(numbers)}",
            know=self.know,
            cap_usd=self.cap_usd,
            server_usd=self.server_usd,
            whose_key=self.whose_key,
            tools=self.tools,
            utc_now=lambda: NOON,
        )
        assert fold(list(self.events)) == self.state

    def run(self) -> "World":
        """`play` on a jumping loop."""
        in_no_time(self.play())
        return self

    def calls(self, part: str) -> list[Asked]:
        """The requests this part's provider saw."""
        return [one for one in self.asked if one.request.model == f"fake/{part}"]

    def of(self, type_: str, seat: str = "") -> list[Any]:
        """The events of one type, of one part if named."""
        return [
            event
            for event in self.events
            if event.type == type_ and (not seat or getattr(event, "seat", "") == seat)
        ]

    def time_of(self, event: ev.Event) -> float:
        """When this very event was emitted, in seconds since the run was taken up."""
        index = next(i for i, other in enumerate(self.events) if other is event)
        return self.times[index] - self.times[0]


def kitchen(**changed: Sequence[Script]) -> dict[str, Sequence[Script]]:
    """Three members, judge and writer who all do well, except as changed."""
    scripts: dict[str, Sequence[Script]] = {
        "A": [says("tea ", "and soup")],
        "B": [says("tea")],
        "C": [says("coffee")],
        "judge": [judges()],
        "writer": [says("Tea [A], ", "coffee [C].")],
    }
    return {**scripts, **changed}


def _now() -> float:
    return asyncio.get_running_loop().time()
