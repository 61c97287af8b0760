"""What a run is played with: two doors to the outside, time, chance and limits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from council.core import events as ev
from council.core.budget import Budget, Fitted
from council.core.delta import Delta, Message, Request, Tool
from council.core.facts import Know, WhoseKey
from council.core.failures import Failure
from council.core.plan import Patience, Wishes
from council.core.retries import Retries
from council.core.room import shortfall
from council.core.state import RunState
from council.core.toolbox import MayFetch, Toolbox

Ask = Callable[[Request], AsyncIterator[Delta]]
"""How a provider is asked. Ends with one `Ended`, and does not raise for a provider's faults."""

Emit = Callable[[ev.Event], Awaitable[None]]
"""Where the run is remembered. Returns once the event is committed; for text, at once."""


@dataclass(frozen=True)
class World:
    """Everything around one run while it is played, its state included.

    ``clock`` counts seconds and never goes back; ``base_ms`` is how long the run had
    been going when ``started_s`` was read from it. ``know`` tells what is known of a model,
    ``whose_key`` with whose key it is asked,
    ``may_fetch`` which addresses its tools may read, ``retries`` how much may be asked again.
    ``utc_now`` is the time of day, for sentences only. ``budget`` is None where no spending
    cap applies.
    """

    state: RunState
    patience: Patience
    ask: Ask
    emit: Emit
    clock: Callable[[], float]
    jitter: Callable[[], float]
    new_id: Callable[[], str]
    know: Know
    whose_key: WhoseKey
    tools: Toolbox
    may_fetch: MayFetch
    retries: Retries
    utc_now: Callable[[], datetime]
    base_ms: int
    started_s: float
    budget: Budget | None = None

    def now_ms(self) -> int:
        """Milliseconds since the run started."""
        return self.base_ms + int((self.clock() - self.started_s) * 1000)

    def request(
        self,
        model: str,
        messages: tuple[Message, ...],
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        reasoning_effort: str | None = None,
        json_schema: dict[str, JsonValue] | None = None,
        tools: tuple[Tool, ...] = (),
        server_tools: tuple[str, ...] = (),
        routing: dict[str, JsonValue] | None = None,
    ) -> Request:
        """A call with this run's limits; its id is given when it starts."""
        limits = self.patience
        known = self.know(model)
        is_slow = reasoning_effort is not None or known.reasons is True or known.local
        return Request(
            call="",
            model=model,
            messages=messages,
            temperature=temperature,
            max_tokens=max_tokens,
            reasoning_effort=reasoning_effort,
            json_schema=json_schema if known.can_schema is not False else None,
            json_object=json_schema is not None,
            accepts=known.parameters,
            tools=tools,
            server_tools=server_tools,
            routing=routing,
            first_token_s=limits.first_token_reasoning_s if is_slow else limits.first_token_s,
            stall_s=limits.stall_s,
            total_s=limits.member_s,
            pause_max_s=limits.retry_after_max_s,
            max_chars=limits.max_chars,
        )

    def wished(self, request: Request, wishes: Wishes) -> Request:
        """The request of whoever writes the result, as the program that asks wants it."""
        can_schema = self.know(request.model).can_schema is not False
        said: dict[str, object] = {
            "stop": wishes.stop,
            "json_object": wishes.is_json,
            "json_schema": wishes.json_schema if can_schema else None,
            "json_strict": wishes.json_strict,
        }
        caps = [cap for cap in (wishes.max_tokens, request.max_tokens) if cap is not None]
        return request.model_copy(update={**said, "max_tokens": min(caps, default=None)})

    def fit(self, seat: str, request: Request) -> Fitted | Failure:
        """The request as it may be sent within the run's cap, or why it may not be."""
        unfit = shortfall(request, self.know(request.model))
        if unfit is not None:
            return unfit
        if self.budget is None:
            return Fitted(request)
        return self.budget.seated(self.state.specs).fit(seat, request, self.state)

    async def say(self, *events: ev.Event) -> None:
        """Take events into the state at once, and return when all of them are committed.

        Events said together share one wait. Raises what ``emit`` raises, and only
        after none of them is under way any more.
        """
        for event in events:
            self.state.apply(event)
        if len(events) == 1:
            await self.emit(events[0])
            return
        for outcome in await asyncio.gather(*map(self.emit, events), return_exceptions=True):
            if outcome is not None:
                raise outcome
