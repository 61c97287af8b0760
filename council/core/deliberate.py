"""Plays one run: the members side by side, then the judge, then the writer.

What happens next is read from the run's state, which is nothing but the fold of what
was said. So a run can be taken up again at any cut of its journal, and a finished one
whenever a reader asks for more.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from council.core import enclosed, prompts
from council.core import events as ev
from council.core.budget import budget
from council.core.calls import STOPPED, Asking, Ending, Floor, Why
from council.core.comparison import Comparison
from council.core.delta import Request, Tool
from council.core.facts import Know, WhoseKey, nobodys, nothing
from council.core.failures import Failure, Kind
from council.core.orders import AddSeat, Inbox, JudgeNow, Order, RetrySeat, Stop, StopSeat
from council.core.patience import in_words
from council.core.plan import LETTERS, Plan, Seat
from council.core.reach import may_fetch
from council.core.resume import Due, due_in, interrupted, is_open, played_s
from council.core.retries import Retries
from council.core.state import RunState
from council.core.tool_use import Offer, Steps, offer
from council.core.toolbox import Toolbox, no_tools
from council.core.world import Ask, Emit, World

__all__ = [
    "AddSeat", "Ask", "Emit", "Inbox", "JudgeNow", "Order", "RetrySeat", "Stop", "StopSeat",
    "deliberate",
]  # fmt: skip

_COMPARISON = "comparison"


async def deliberate(
    plan: Plan,
    state: RunState,
    *,
    ask: Ask,
    emit: Emit,
    inbox: Inbox,
    clock: Callable[[], float],
    new_id: Callable[[], str],
    jitter: Callable[[], float] = random.random,
    base_ms: int = 0,
    know: Know = nothing,
    whose_key: WhoseKey = nobodys,
    cap_usd: float | None = None,
    server_usd: float | None = None,
    tools: Toolbox | None = None,
    retries: Retries | None = None,
    utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> None:
    """Play a run until it is final, from wherever ``state`` stands.

    ``state`` is the fold of the journal, `RunStarted` included; it is kept up to date.
    ``clock`` gives monotonic seconds, ``base_ms`` is the run's age in milliseconds,
    ``jitter`` draws from [0, 1), ``know`` tells what is known of a model, ``tools`` are
    what members and judge may use where the council lists them. ``cap_usd`` is what the
    whole run may cost, with what it has cost already, ``server_usd`` what its calls may
    that are not made with the person's own key (``whose_key``).
    ``retries`` is shared by all runs of a process; without it this run has its own.
    A final state is taken up only for orders that can be obeyed; else nothing is said.
    Raises what ``emit`` raises. When cancelled, says nothing more. Either way, no call
    and no task stays behind.
    """
    world = World(
        state=state,
        patience=plan.patience,
        ask=ask,
        emit=emit,
        clock=clock,
        jitter=jitter,
        new_id=new_id,
        know=know,
        whose_key=whose_key,
        tools=tools if tools is not None else no_tools(),
        may_fetch=partial(may_fetch, plan, state),
        retries=retries or Retries(clock),
        utc_now=utc_now,
        base_ms=max(base_ms, state.last_ms),
        started_s=clock(),
        budget=budget(plan, know, whose_key, cap_usd, server_usd),
    )
    await _Deliberation(plan, world, inbox).play()


class _Deliberation:
    """One take-up of a run: who is at work, what is due, and until when."""

    def __init__(self, plan: Plan, world: World, inbox: Inbox) -> None:
        self._planned = plan
        self._world = world
        self._state = world.state
        self._is_judged = plan.kind in ("council", "judging")
        self._inbox = inbox
        self._floor = Floor(world)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._arrival: asyncio.Task[None] | None = None
        self._due: Due = "nothing"
        self._was_judging = False
        self._judge_now = False
        self._two_since_s: float | None = None
        self._run_s = min(plan.council.limits.run_s, plan.patience.run_s)
        self._deadline_s = world.started_s + self._run_s - played_s(world.state)

    @property
    def _plan(self) -> Plan:
        """The plan with the seats as they are by now."""
        return self._planned.seated(self._state.specs)

    async def play(self) -> None:
        try:
            if not await self._take_up():
                return
            while await self._move_on():
                await self._turn()
            at_ms = self._world.now_ms()
            await self._world.say(ev.RunEnded(state=self._outcome(), at_ms=at_ms))
        finally:
            await self._leave()

    async def _take_up(self) -> bool:
        """Start from where the state stands; False when there is nothing to do."""
        if self._state.is_final:
            orders = self._inbox.take()
            if not any(self._can_obey(order) for order in orders):
                return False
            await self._enter_members()
            for order in orders:
                self._obey(order)
            return True
        await self._interrupt_calls_in_flight()
        self._due = due_in(self._state) if self._is_judged else "nothing"
        if self._due == "writing" and self._planned.kind == "judging":
            self._due = "nothing"
        self._was_judging = self._state.breakdown == "running"
        if self._state.state == "queued" and self._planned.kind != "judging":
            await self._enter_members()
        for part in self._state.seats.values():
            if not part.is_final:
                self._start_seat(part.seat, "first")
        for order in self._inbox.take():
            self._obey(order)
        return True

    async def _enter_members(self) -> None:
        await self._world.say(ev.PhaseChanged(phase="members", at_ms=self._world.now_ms()))

    async def _interrupt_calls_in_flight(self) -> None:
        """Close the calls that were open when whoever played this run before went away."""
        state, at_ms = self._state, self._world.now_ms()
        ended = [interrupted(part, state.last_ms, at_ms) for part in state.parts if is_open(part)]
        if ended:
            await self._world.say(*ended)

    def _can_obey(self, order: Order) -> bool:
        """True when a finished run has something to do for this order."""
        if isinstance(order, RetrySeat):
            return order.letter in self._state.seats
        if isinstance(order, AddSeat):
            return self._is_judged and bool(self._free_letters)
        is_judging = isinstance(order, JudgeNow) and self._is_judged
        return is_judging and len(self._state.usable) >= 2

    def _obey(self, order: Order) -> None:
        """Do what a reader wants; what makes no sense any more is passed over."""
        if isinstance(order, Stop):
            self._floor.end_all(STOPPED)
        elif isinstance(order, StopSeat) and order.letter in self._state.seats:
            self._floor.end(order.letter, STOPPED)
        elif isinstance(order, RetrySeat) and order.letter in self._state.seats:
            self._retry_seat(order)
        elif isinstance(order, AddSeat) and self._free_letters:
            self._add_seat(order, self._free_letters[0])
        elif isinstance(order, JudgeNow) and _COMPARISON not in self._tasks:
            self._judge_now = True
            self._owe_judging()

    def _owe_judging(self) -> None:
        """A comparison is due, where this run has one. A single seat says why there is none."""
        if self._is_judged:
            self._due = "judging"

    def _retry_seat(self, order: RetrySeat) -> None:
        letter = order.letter
        if letter in self._tasks or self._floor.over is not None:
            return
        part, seat = self._state.seats[letter], self._plan.council.seat(letter)
        if order.model in ("", seat.model):
            self._start_seat(letter, "reader")
        else:
            spec = seat.model_copy(update={"model": order.model})
            card = ev.Card(
                seat=letter,
                role=part.role,
                model=order.model,
                host=order.host,
                sample_of=part.sample_of,
            )
            self._start(letter, self._ask_changed(card, spec, "reader"))
        self._compare_unless_done()

    @property
    def _free_letters(self) -> str:
        """Those nobody has, nor is about to get."""
        return LETTERS[len({*self._state.seats, *self._tasks} & set(LETTERS)) :]

    def _add_seat(self, order: AddSeat, letter: str) -> None:
        if self._floor.over is not None:
            return
        card = ev.Card(
            seat=letter,
            role=order.seat.role,
            model=order.seat.model,
            host=order.host,
            sample_of=order.sample_of,
        )
        self._start(letter, self._ask_changed(card, order.seat, "first"))
        self._compare_unless_done()

    async def _ask_changed(self, card: ev.Card, spec: Seat, why: Why) -> None:
        """Say that the seat is another or new, then ask it: a resumed run asks it alike."""
        at_ms = self._world.now_ms()
        await self._world.say(ev.SeatChanged(card=card, spec=spec, at_ms=at_ms))
        await self._asking(card.seat).play(why)

    def _compare_unless_done(self) -> None:
        is_compared = self._state.breakdown in ("done", "stopped")
        if not is_compared and _COMPARISON not in self._tasks:
            self._owe_judging()

    def _start_seat(self, letter: str, why: Why) -> None:
        self._start(letter, self._asking(letter).play(why))

    def _asking(self, letter: str) -> Asking:
        """The member's turn: what it is asked, and with which tools."""
        seat = self._plan.council.seat(letter)
        council = self._plan.council
        offered = offer(self._world, council, seat.model) if seat.tools else Offer()
        sees = self._world.know(seat.model).sees
        messages = prompts.member(self._plan, letter, sees=sees is not False)

        def question(tools: tuple[Tool, ...]) -> Request:
            request = self._world.request(
                seat.model,
                prompts.with_tools(messages, prompts.MEMBER_TOOLS) if tools else messages,
                temperature=seat.temperature,
                max_tokens=seat.max_tokens,
                reasoning_effort=seat.reasoning_effort,
                tools=tools,
                server_tools=council.server_tools if seat.tools else (),
                routing=council.routing,
            )
            if not self._plan.has_last_word(letter):
                return request
            return self._world.wished(request, self._plan.wishes)

        steps = Steps.of(self._world, letter, question, offered, council.max_tool_steps)
        steps.blind = enclosed.missed(self._plan) if sees is False else ""
        return self._floor.give(steps)

    def _start(self, name: str, work: Coroutine[None, None, None]) -> None:
        self._tasks[name] = asyncio.create_task(work, name=name)

    async def _move_on(self) -> bool:
        """Start what can start now; False once nobody is at work and nothing is due."""
        if self._floor.over is not None:
            if not self._tasks:
                await self._close_breakdown(self._floor.over)
        elif self._due == "writing":
            self._due = "nothing"
            self._start(_COMPARISON, self._comparison().write())
        elif self._due == "judging" and self._has_enough():
            self._due, self._judge_now, self._two_since_s = "nothing", False, None
            self._start(_COMPARISON, self._judge_and_write())
        elif self._due == "judging" and not self._tasks:
            self._due = "nothing"
            await self._skip_breakdown()
        return bool(self._tasks)

    def _has_enough(self) -> bool:
        """True when the judge need not wait: HOUSE rule of two answers and some patience."""
        if len(self._state.usable) < 2:
            self._two_since_s = None
            return False
        now_s = self._world.clock()
        if self._two_since_s is None:
            self._two_since_s = now_s
        is_late = now_s >= self._two_since_s + self._plan.patience.late_s
        return self._judge_now or is_late or not self._tasks

    async def _judge_and_write(self) -> None:
        why: Why = "restart" if self._was_judging else "reader"
        self._was_judging = False
        comparison = self._comparison()
        await comparison.judge(why if self._state.judge.attempt else "first")
        if self._floor.over is None and self._planned.kind != "judging":
            await comparison.write()

    def _comparison(self) -> Comparison:
        return Comparison(self._plan, self._world, self._floor)

    async def _skip_breakdown(self) -> None:
        note = _why_skipped(self._state)
        if (self._state.breakdown, self._state.breakdown_note) != ("skipped", note):
            at_ms = self._world.now_ms()
            await self._world.say(ev.BreakdownEnded(state="skipped", note=note, at_ms=at_ms))

    async def _close_breakdown(self, ending: Ending) -> None:
        """After a stop or at the deadline: a comparison that did not end gets its end."""
        is_running = self._state.breakdown == "running"
        at_ms = self._world.now_ms()
        if ending.failure is None:
            if is_running:
                await self._world.say(ev.BreakdownEnded(state="stopped", at_ms=at_ms))
        elif (is_running or self._due == "judging") and len(self._state.usable) < 2:
            await self._skip_breakdown()
        elif is_running or self._due == "judging":
            await self._world.say(
                ev.BreakdownEnded(state="failed", failure=ending.failure, at_ms=at_ms)
            )

    async def _turn(self) -> None:
        """Wait until somebody finishes, a reader wants something or time is up; take that in."""
        if self._arrival is None or self._arrival.done():
            self._arrival = asyncio.create_task(self._inbox.arrival(), name="arrival")
        await asyncio.wait(
            {self._arrival, *self._tasks.values()},
            timeout=self._patience_left_s(),
            return_when=asyncio.FIRST_COMPLETED,
        )
        for name, task in list(self._tasks.items()):
            if task.done():
                del self._tasks[name]
                task.result()
        for order in self._inbox.take():
            self._obey(order)
        if self._world.clock() >= self._deadline_s:
            self._floor.end_all(Ending(self._too_long()))

    def _patience_left_s(self) -> float | None:
        """Seconds until something has to happen by itself; None once all of it is over."""
        if self._floor.over is not None:
            return None
        until_s = self._deadline_s
        if self._due == "judging" and self._two_since_s is not None:
            until_s = min(until_s, self._two_since_s + self._plan.patience.late_s)
        return max(0.0, until_s - self._world.clock())

    def _too_long(self) -> Failure:
        message = f"This took longer than {in_words(self._run_s)}, the limit for one run."
        return Failure(kind=Kind.TOO_LONG, message=message)

    def _outcome(self) -> Literal["done", "partial", "failed", "stopped", "interrupted"]:
        """What the run has come to. ``done`` only when nobody is missing."""
        state, over = self._state, self._floor.over
        if over is not None and over.failure is None:
            return "stopped"
        if not state.usable:
            is_cut = any(part.state == "interrupted" for part in state.seats.values())
            return "interrupted" if is_cut else "failed"
        if len(state.seats) == 1:
            return "done"
        if self._planned.kind == "judging":
            return "done" if state.breakdown == "done" else "partial"
        is_whole = len(state.usable) == len(state.seats)
        if not self._is_judged:
            return "done" if is_whole else "partial"
        is_whole = is_whole and not state.unjudged
        is_compared = state.breakdown == "done" and state.writer.is_usable
        return "done" if is_whole and is_compared else "partial"

    async def _leave(self) -> None:
        tasks = [*self._tasks.values(), *([self._arrival] if self._arrival else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _why_skipped(state: RunState) -> str:
    if len(state.seats) == 1:
        return "This council has one seat: there is nothing to compare."
    if not state.usable:
        return "Nobody answered, so there is nothing to compare."
    return f"Only {state.usable[0].seat} answered, so there is nothing to compare."
