"""Tools between two calls of one part: who is offered which, and one step of their use.

A call may end by asking for tools. All of one step run side by side; what they found goes
into the conversation, and the next call brings it to the model.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from council.core import enclosed
from council.core import events as ev
from council.core.delta import Ended, Message, Request, Tool, ToolCall
from council.core.failures import Failure, Kind
from council.core.plan import Council
from council.core.toolbox import Result, failed
from council.core.world import World

Wait = Callable[[Awaitable[Any]], Awaitable[Any]]
"""Waits for the outside world; gives None when the part is interrupted meanwhile."""

MAX_AT_ONCE = 8
"""How many tools one step may use; what is asked for beyond is left out."""
MAX_SHOWN = 4_000
"""Characters of a use's arguments that are kept."""

WITHOUT = "Answers without tools: this model cannot use them."

_ASKED_ON = Failure(
    kind=Kind.BAD_STREAM,
    message="It asked for another tool instead of answering.",
    final=True,
)
_NOT_OFFERED = Failure(
    kind=Kind.BAD_STREAM,
    message="It called a tool it was not offered instead of answering.",
    final=True,
)
_SENT_NOTHING = "This tool was not offered; nothing was sent."
_REFUSED = frozenset({400, 404, 422})

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """Which tools a model is offered, and what people are told where it should have some."""

    tools: tuple[Tool, ...] = ()
    note: str = ""


def offer(world: World, council: Council, model: str) -> Offer:
    """What the council lists and this server has, unless the model is known not to use tools."""
    known = world.tools.known
    tools = tuple(known[name] for name in council.tools if name in known)
    if tools and (model in world.tools.unable or world.know(model).can_tools is False):
        return Offer(note=WITHOUT)
    return Offer(tools)


@dataclass
class Steps:
    """The tool steps of one part's turn. ``request`` is what its next call asks.

    ``plain`` is the same question without tools, for a model that turns out not to use any;
    ``most`` is how many steps there may be. ``note`` and ``blind`` are told when a call starts:
    that it goes without tools, and without pictures.
    """

    world: World
    seat: str
    request: Request
    plain: Request | None = None
    most: int = 0
    note: str = ""
    blind: str = ""
    taken: int = 0
    _uses: dict[str, ToolCall] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        world: World,
        seat: str,
        question: Callable[[tuple[Tool, ...]], Request],
        offered: Offer,
        most: int,
    ) -> Self:
        """The turn of a part that is offered tools; ``question`` makes its request with some."""
        plain = question(()) if offered.tools else None
        return cls(world, seat, question(offered.tools), plain, most, offered.note)

    def are_wanted(self, ended: Ended | None) -> bool:
        """True when a call ended by asking for tools that may still be used."""
        asks = ended is not None and ended.outcome == "done" and bool(ended.tool_calls)
        return asks and bool(self.request.tools) and self.taken < self.most

    def verdict(self, ended: Ended, *, has_spoken: bool) -> Ended:
        """The end of a call that goes no further: asking for tools alone is no answer."""
        if ended.outcome == "done" and ended.tool_calls and not has_spoken:
            failure = _ASKED_ON if self.request.tools else _NOT_OFFERED
            return ended.model_copy(update={"outcome": "empty", "failure": failure})
        return ended

    def refused(self, ended: Ended | None, attempt: int) -> list[ev.ToolStarted | ev.ToolEnded]:
        """The calls of tools that nobody offered, in a call that goes no further.

        Many endpoints answer with some. Nothing is sent for them, and they are no step.
        """
        offered = {*(tool.name for tool in self.request.tools), *self.request.server_tools}
        calls = () if ended is None else ended.tool_calls
        uninvited = [call for call in calls if call.name not in offered]
        said: list[ev.ToolStarted | ev.ToolEnded] = []
        for number, call in enumerate(uninvited[:MAX_AT_ONCE], 1):
            use = f"{attempt}.{number}"
            said += (
                self._started(use, call, step=0),
                self._ended(use, Result("refused", "", _SENT_NOTHING)),
            )
        return said

    def begin(self, calls: Sequence[ToolCall], attempt: int) -> list[ev.ToolStarted]:
        """Take the next step; returns the uses it consists of."""
        self.taken += 1
        self._uses = {}
        for number, call in enumerate(calls[:MAX_AT_ONCE], 1):
            taken_ids = {used.id for used in self._uses.values()}
            own_id = call.id if call.id and call.id not in taken_ids else f"call_{attempt}_{number}"
            self._uses[f"{attempt}.{number}"] = call.model_copy(update={"id": own_id})
        return [self._started(use, call, self.taken) for use, call in self._uses.items()]

    async def use(self, said: str, wait: Wait) -> None:
        """Use the tools of this step, and put what they found into the next call's request.

        ``said`` is what the model said as it asked for them. When ``wait`` gives None, nothing
        is put there, and whatever was under way is cancelled.
        """
        running = {asyncio.create_task(self._use(call)): use for use, call in self._uses.items()}
        tasks, results = set(running), dict[str, Result]()
        try:
            while tasks:
                outcome = await wait(asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED))
                if outcome is None:
                    return
                done, tasks = outcome
                for task in sorted(done, key=running.__getitem__):
                    results[running[task]] = task.result()
                    await self.world.say(self._ended(running[task], task.result()))
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        self._hand_over(said, results)

    async def _use(self, call: ToolCall) -> Result:
        offered = [tool.name for tool in self.request.tools]
        if call.name not in offered:
            said = f"There is no tool called {call.name[:100]}, only {', '.join(offered)}."
            return Result("failed", said, "There is no tool called that.")
        try:
            arguments = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError):
            arguments = None
        if not isinstance(arguments, dict):
            return failed("Its arguments are no JSON object.")
        try:
            return await self.world.tools.use(call.name, arguments, self.world.may_fetch)
        except Exception:
            logger.exception("The tool %s raised instead of telling what went wrong.", call.name)
            return failed("Something went wrong in this server while the tool was used.")

    def _started(self, use: str, call: ToolCall, step: int) -> ev.ToolStarted:
        return ev.ToolStarted(
            seat=self.seat,
            id=use,
            name=call.name[:100],
            arguments=call.arguments[:MAX_SHOWN],
            step=step,
            at_ms=self.world.now_ms(),
        )

    def _ended(self, use: str, result: Result) -> ev.ToolEnded:
        return ev.ToolEnded(
            seat=self.seat,
            id=use,
            state=result.state,
            note=result.note,
            sources=result.sources,
            at_ms=self.world.now_ms(),
        )

    def _hand_over(self, said: str, results: dict[str, Result]) -> None:
        """After the last step tools are shown for the sake of what was said, but not to be used."""
        asked = Message(role="assistant", content=said, tool_calls=tuple(self._uses.values()))
        found = [
            Message(role="tool", content=results[use].said, tool_call_id=call.id)
            for use, call in self._uses.items()
        ]
        self.request = self.request.model_copy(
            update={
                "messages": (*self.request.messages, asked, *found),
                "tool_choice": "none" if self.taken >= self.most else "auto",
            }
        )

    def give_up_after(self, failure: Failure | None) -> bool:
        """True when the endpoint may have refused pictures or tools: the next call goes without."""
        is_refusal = failure is not None and failure.status in _REFUSED
        if failure is not None and is_refusal and self._takes_no_pictures(failure):
            return True
        if not is_refusal or self.plain is None or self.taken:
            return False
        self.request, self.plain, self.note = self.plain, None, WITHOUT
        return True

    def _takes_no_pictures(self, failure: Failure) -> bool:
        """Nobody said whether this model sees: a refusal may be about the pictures."""
        count = sum(len(message.images) for message in self.request.messages)
        may_be = failure.kind is Kind.BAD_REQUEST or "image" in failure.message.lower()
        knows = self.world.know(self.request.model).sees is not None
        if not count or not may_be or knows or self.taken:
            return False
        self.request = _without_pictures(self.request)
        self.plain = None if self.plain is None else _without_pictures(self.plain)
        self.blind = enclosed.refused(count)
        return True

    def learn(self, ended: Ended | None) -> None:
        """Without tools it worked: the next time this model is asked so from the start."""
        if self.note and ended is not None and ended.outcome != "failed":
            self.world.tools.unable.add(self.request.model)


def _without_pictures(request: Request) -> Request:
    return request.model_copy(update={"messages": enclosed.taken_out(request.messages)})
