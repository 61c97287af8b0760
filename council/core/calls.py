"""One part's turn to speak: a model call, and the next attempt where that may help.

A call is committed before it is sent, and so is its end, however it ends. The one
exception is the task being cancelled: this process goes away, says nothing more,
and whoever takes the run up finds the call in flight.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from council.core import events as ev
from council.core import patience as patient
from council.core.budget import Fitted
from council.core.delta import (
    Connected,
    Delta,
    Ended,
    Queued,
    Reasoning,
    Request,
    Text,
)
from council.core.failures import Failure, Kind
from council.core.retries import Turn
from council.core.state import Part
from council.core.tool_use import Steps
from council.core.world import World

Hear = Callable[[str], Awaitable[None]]
Why = Literal["first", "retry", "reader", "reask", "restart", "tools"]
T = TypeVar("T")

logger = logging.getLogger(__name__)

_OUR_FAULT = Failure(
    kind=Kind.PROVIDER_ERROR,
    message="Something went wrong in this server while the model was being asked.",
    final=True,
)

_TOLD = (
    "finish_reason", "refusal", "failure", "usage", "cost_usd", "cost_source",
    "model_served", "host", "sources",
)  # fmt: skip
"""What a call's end says in a delta's words and in the event's alike."""


@dataclass(frozen=True)
class Ending:
    """A part is ended from outside: by a limit, or, without a failure, by a person."""

    failure: Failure | None = None


STOPPED = Ending()


@dataclass
class _Call:
    """One attempt under way."""

    id: str
    attempt: int
    request: Request
    sent_s: float
    why: Why
    said: list[str] = field(default_factory=list)
    first_token_ms: int | None = None

    @property
    def has_spoken(self) -> bool:
        """True once some of the answer is there."""
        return bool(self.said)


@dataclass(frozen=True)
class _Next:
    """The call that follows: why, and when."""

    why: Why
    wait_s: float = 0.0


@dataclass
class Asking:
    """Asks for one part until it answers, fails for good, or is interrupted.

    Between two calls the part may use tools (``steps``). ``hear`` takes the text instead of
    the page (the judge's JSON is for its reader); then the reasoning is not shown either.
    """

    world: World
    steps: Steps
    hear: Hear | None = None
    _ending: Ending | None = field(default=None, init=False)
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _is_waiting: bool = field(default=False, init=False)
    _until_s: float = field(default=0.0, init=False)

    @property
    def seat(self) -> str:
        """Whose turn it is."""
        return self.steps.seat

    @property
    def _part(self) -> Part:
        return self.world.state.part(self.seat)

    def interrupt(self, ending: Ending) -> None:
        """End the call now, or do not send it. Nothing it says is heard after this."""
        if self._ending is not None:
            return
        self._ending = ending
        if self._task is not None and self._is_waiting:
            self._task.cancel()

    async def play(self, why: Why) -> None:
        """Ask, and ask again where that may help. Returns when the part is final."""
        self._task = asyncio.current_task()
        self._until_s = self.world.clock() + self.steps.request.total_s
        provider = self.steps.request.model.partition("/")[0]
        with self.world.retries.turn(provider) as turn:
            following = _Next(why)
            if self._part.retry is not None:
                turn.goes_on(retries=self._part.attempt)
                following = _Next("retry", self._part.retry.wait_s)
                await self._pause(following.wait_s)
            while self._ending is None:
                next_call = await self._attempt(following, turn)
                if next_call is None:
                    return
                following = next_call
                await self._pause(following.wait_s)
        if not self._part.is_final:
            await self._end_unsent(self._ending)

    async def _attempt(self, this: _Next, turn: Turn) -> _Next | None:
        """One call from its start to its committed end, and the tools it asks for."""
        fitted = self.world.fit(self.seat, self.steps.request)
        if isinstance(fitted, Failure):
            await _pass_over(self.world, self.seat, fitted)
            return None
        call = await self._start(this.why, fitted)
        ended = await self._listen(call) if self._ending is None else None
        if ended is not None and self._ending is None and self.steps.are_wanted(ended):
            turn.heard(None)
            await self._use_tools(call, ended)
            return _Next("tools")
        event = self._call_ended(call, ended)
        following = None
        if ended is not None and self._ending is None:
            turn.heard(ended.failure)
            event, following = self._after(call, ended, event, turn)
        refused = self.steps.refused(ended, call.attempt)
        if following is None or event.failure is None:
            self.steps.learn(ended)
            await self.world.say(*refused, event)
            return None
        waiting = ev.RetryWaiting(
            seat=self.seat, wait_s=following.wait_s, failure=event.failure, at_ms=event.at_ms
        )
        await self.world.say(*refused, event, waiting)
        return following

    def _after(
        self, call: _Call, ended: Ended, event: ev.CallEnded, turn: Turn
    ) -> tuple[ev.CallEnded, _Next | None]:
        """What follows a call that failed before it said anything; None: nothing does.

        A retry amid the tools repeats that one call: what was said before stays.
        """
        failure = event.failure
        if failure is None or event.state != "failed" or call.has_spoken:
            return event, None
        why: Why = "tools" if call.why == "tools" else "retry"
        if not ended.will_change and self.steps.give_up_after(failure):
            return event, _Next(why)
        failure, wait_s = turn.again(
            failure, self.world.patience, self.world.jitter, will_change=ended.will_change
        )
        event = event.model_copy(update={"failure": failure})
        return event, None if wait_s is None else _Next(why, wait_s)

    async def _use_tools(self, call: _Call, ended: Ended) -> None:
        """Use what the model asked for; its next call brings it back. The time goes on."""
        event = self._call_ended(call, ended).model_copy(update={"state": "using_tool"})
        await self.world.say(event, *self.steps.begin(ended.tool_calls, call.attempt))
        await self.steps.use("".join(call.said), self._unless_interrupted)
        left_s = self._until_s - self.world.clock()
        if left_s <= 0 and self._ending is None:
            self._ending = Ending(_took_too_long(self.world.patience.member_s))
        request = self.steps.request
        self.steps.request = request.model_copy(update={"total_s": max(1, round(left_s))})

    async def _start(self, why: Why, fitted: Fitted) -> _Call:
        """Begin a call. What it may cost is held back at once: nobody may be fitted in between."""
        call_id, attempt = self.world.new_id(), self._part.attempt + 1
        await self.world.say(
            ev.CallStarted(
                seat=self.seat,
                call=call_id,
                attempt=attempt,
                model=self.steps.request.model,
                why=why,
                note=" ".join(filter(None, (self.steps.blind, self.steps.note))),
                most_usd=fitted.most_usd,
                whose_key=self.world.whose_key(self.steps.request.model),
                at_ms=self.world.now_ms(),
            )
        )
        request = fitted.request.model_copy(update={"call": call_id})
        return _Call(call_id, attempt, request, self.world.clock(), why)

    async def _listen(self, call: _Call) -> Ended | None:
        """Hear the model out; None when interrupted. The upstream is closed on every way out."""
        stream = self.world.ask(call.request)
        try:
            while self._ending is None:
                delta = await self._next(stream, call)
                if delta is None or isinstance(delta, Ended):
                    return delta
                await self._hear(delta, call)
            return None
        finally:
            await _close(stream)

    async def _next(self, stream: AsyncIterator[Delta], call: _Call) -> Delta | None:
        """The next thing said; None when interrupted. Our own fault ends the call, not the run."""
        try:
            delta = await self._unless_interrupted(anext(stream, None))
        except Exception:
            logger.exception("The call %s raised instead of ending.", call.id)
            return _cut(_OUR_FAULT, call)
        if delta is None and self._ending is None:
            logger.error("The call %s went silent without an end.", call.id)
            return _cut(_OUR_FAULT, call)
        return delta

    async def _pause(self, seconds: float) -> None:
        if self._ending is None:
            await self._unless_interrupted(asyncio.sleep(seconds))

    async def _unless_interrupted(self, outside: Awaitable[T]) -> T | None:
        """Wait for the outside world; only here may `interrupt` cut in, never while committing."""
        self._is_waiting = True
        try:
            return await outside
        except asyncio.CancelledError:
            if self._ending is None or self._task is None or self._task.uncancel() > 0:
                raise  # not our doing: this process goes away
            return None
        finally:
            self._is_waiting = False

    async def _hear(self, delta: Delta, call: _Call) -> None:
        if isinstance(delta, Text | Reasoning):
            await self._hear_token(delta, call)
        elif isinstance(delta, Queued):
            await self.world.say(
                ev.CallQueued(seat=self.seat, wait_s=delta.wait_s, at_ms=self.world.now_ms())
            )
        elif isinstance(delta, Connected):
            await self.world.say(ev.CallConnected(seat=self.seat, at_ms=self.world.now_ms()))

    async def _hear_token(self, delta: Text | Reasoning, call: _Call) -> None:
        if not delta.text:
            return
        if call.first_token_ms is None:
            call.first_token_ms = self._elapsed_ms(call)
        if isinstance(delta, Text):
            text = delta.text if call.has_spoken else self._apart(call, delta.text)
            call.said.append(delta.text)
            if self.hear is not None:
                await self.hear(delta.text)
            else:
                await self.world.say(ev.TextAdded(seat=self.seat, text=text))
        elif self.hear is None:
            await self.world.say(ev.ReasoningAdded(seat=self.seat, text=delta.text))

    def _apart(self, call: _Call, text: str) -> str:
        """The first words after tools were used, in a paragraph of their own."""
        is_new = call.why != "tools" or not self._part.text.strip()
        return text if is_new else "\n\n" + text.lstrip("\n")

    def _elapsed_ms(self, call: _Call) -> int:
        return int((self.world.clock() - call.sent_s) * 1000)

    def _call_ended(self, call: _Call, ended: Ended | None) -> ev.CallEnded:
        """How the call ended: by what the provider did or, where it did not end, as interrupted."""
        if ended is None and self._ending is not None and self._ending.failure is not None:
            ended = _cut(self._ending.failure, call)
        if ended is not None:
            ended = self.steps.verdict(ended, has_spoken=call.has_spoken)
        told = {name: getattr(ended, name) for name in _TOLD} if ended is not None else {}
        if ended is not None and ended.outcome == "failed" and ended.failure is not None:
            told["failure"] = patient.with_advice(
                ended.failure, self.world.patience, self.world.utc_now()
            )
        return ev.CallEnded(
            seat=self.seat,
            call=call.id,
            attempt=call.attempt,
            state=ended.outcome if ended is not None else "stopped",
            first_token_ms=call.first_token_ms,
            duration_ms=self._elapsed_ms(call),
            at_ms=self.world.now_ms(),
            **told,
        )

    async def _end_unsent(self, ending: Ending) -> None:
        """Close a part that waited for its call or its next one: that call is never sent."""
        part = self._part
        await self.world.say(
            ev.CallEnded(
                seat=self.seat,
                call=part.call,
                attempt=part.attempt,
                state="stopped" if ending.failure is None else "failed",
                failure=part.retry.failure if part.retry is not None else ending.failure,
                first_token_ms=part.first_token_ms,
                duration_ms=part.duration_ms or 0,
                at_ms=self.world.now_ms(),
            )
        )


class Floor:
    """Who is being asked. ``over`` is set once nobody shall be any more, and why."""

    def __init__(self, world: World) -> None:
        self.over: Ending | None = None
        self._world = world
        self._asking: dict[str, Asking] = {}

    def give(self, steps: Steps, hear: Hear | None = None) -> Asking:
        """A part's next turn, to be played. After the end it only closes what is open."""
        asking = self._asking[steps.seat] = Asking(self._world, steps, hear)
        if self.over is not None:
            asking.interrupt(self.over)
        return asking

    async def pass_over(self, seat: str, failure: Failure) -> None:
        """Close a part that is not asked at all."""
        await _pass_over(self._world, seat, failure)

    def end(self, seat: str, ending: Ending) -> None:
        """Interrupt one part, if it is being asked."""
        if seat in self._asking:
            self._asking[seat].interrupt(ending)

    def end_all(self, ending: Ending) -> None:
        """Interrupt everybody, now and from now on. The first reason given stays."""
        if self.over is None:
            self.over = ending
        for asking in self._asking.values():
            asking.interrupt(ending)


def _took_too_long(total_s: float) -> Failure:
    message = f"It was not done after {patient.in_words(total_s)}, its tools included."
    return Failure(kind=Kind.TOO_LONG, message=message)


async def _pass_over(world: World, seat: str, failure: Failure) -> None:
    """Close a part whose call may not be made. An answer that counts is not given up for it."""
    part = world.state.part(seat)
    if part.is_usable and seat in world.state.seats:
        return
    await world.say(
        ev.CallEnded(
            seat=seat,
            call="",
            attempt=part.attempt,
            state="failed",
            failure=failure,
            at_ms=world.now_ms(),
        )
    )


def _cut(failure: Failure, call: _Call) -> Ended:
    """The end of a call that was cut short on this side: what it said stays."""
    return Ended(outcome="truncated" if call.has_spoken else "failed", failure=failure)


async def _close(stream: AsyncIterator[Delta]) -> None:
    """Close the upstream. What goes wrong in there is logged: the call has ended all the same."""
    if not isinstance(stream, AsyncGenerator):
        return
    try:
        await stream.aclose()
    except Exception:
        logger.exception("A call's stream could not be closed.")
