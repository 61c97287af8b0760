"""The second half of a run: the judge compares the answers, the writer answers.

The judge's JSON is never shown as text. Each finding is emitted as soon as it is
complete, with its quotes looked up in the answers the judge was given.
"""

from dataclasses import dataclass, field

from council.core import events as ev
from council.core import prompts
from council.core.breakdown import Reader, Result
from council.core.calls import Floor, Why
from council.core.delta import Message, Request, Tool
from council.core.excerpts import Excerpts
from council.core.failures import Failure, Kind
from council.core.plan import Plan
from council.core.room import Build, fitted
from council.core.state import Found
from council.core.tool_use import Steps, offer
from council.core.world import World

MAX_RAW = 20_000
"""How many characters of a judge's unreadable answer are kept."""

Answers = list[tuple[str, str]]


@dataclass
class _Reading:
    """One judge's output: what it said, and what became of it."""

    attempt: int = 0
    said: list[str] = field(default_factory=list)
    result: Result = field(default_factory=lambda: Result([], None, ""))


@dataclass(frozen=True)
class Comparison:
    """Plays the judge and the writer of one run; an interruption ends either early."""

    plan: Plan
    world: World
    floor: Floor

    async def judge(self, why: Why) -> None:
        """Compare all answers that count now, and end the breakdown, unless interrupted."""
        usable = {part.seat: part for part in self.world.state.usable}
        order = prompts.reading_order("".join(usable), self.plan.seed)
        partial = "".join(letter for letter, part in usable.items() if part.is_partial)
        answers = [(letter, usable[letter].text) for letter in order]
        at_ms = self.world.now_ms()
        model = self.plan.council.judge.model
        sees = self.world.know(model).sees is not False

        def build(read: Excerpts) -> tuple[Message, ...]:
            return prompts.judge(self.plan, read, partial, sees=sees)

        read, unfit = self._fitted(model, build, answers)
        started = ev.JudgingStarted(order=order, partial=partial, trimmed=read.trimmed, at_ms=at_ms)
        if self.world.state.state == "judging":
            await self.world.say(started)
        else:
            await self.world.say(started, ev.PhaseChanged(phase="judging", at_ms=at_ms))
        reading = _Reading()
        if unfit is not None:
            await self.floor.pass_over("judge", unfit)
        else:
            reading = await self._read(build(read), answers, why)
        if self.floor.over is None:
            await self._end(reading)

    def _fitted(
        self, model: str, build: Build, answers: Answers
    ) -> tuple[Excerpts, Failure | None]:
        """What of the answers and the conversation this model can read."""
        cap = self.plan.patience.judge_chars
        return fitted(build, answers, self.plan.history, self.world.know(model), cap)

    async def _read(self, messages: tuple[Message, ...], answers: Answers, why: Why) -> _Reading:
        """Ask the judge, and once more if it cannot be read.

        Its quotes are looked up in the whole ``answers``, whatever of them it was shown.
        """
        reading = await self._ask(messages, answers, why)
        if reading.result.problem is not None and self._has_answered():
            messages = prompts.reask(messages, "".join(reading.said), reading.result.problem)
            reading = await self._ask(messages, answers, "reask")
        return reading

    async def _ask(self, messages: tuple[Message, ...], answers: Answers, why: Why) -> _Reading:
        """One judge's answer, its findings emitted while it streams. Empty when interrupted.

        The schema is a wish: an endpoint that cannot do it is asked without, and the prompt
        alone says what is wanted.
        """
        reading = _Reading()
        if self.floor.over is not None:
            return reading
        reader = Reader(dict(answers))

        async def hear(text: str) -> None:
            nonlocal reader
            if reading.attempt != self.world.state.judge.attempt:  # also after using a tool
                reading.attempt, reading.said = self.world.state.judge.attempt, []
                reader = Reader(dict(answers))
            reading.said.append(text)
            await self._show(reader.feed(text))

        await self.floor.give(self._steps(messages), hear).play(why)
        reading.result = reader.close()
        if self.floor.over is None:
            await self._show(reading.result.found)
        return reading

    def _steps(self, messages: tuple[Message, ...]) -> Steps:
        """The judge's question, with the council's tools where its model can use them."""
        council = self.plan.council
        offered = offer(self.world, council, council.judge.model)

        def question(tools: tuple[Tool, ...]) -> Request:
            return self.world.request(
                council.judge.model,
                prompts.with_tools(messages, prompts.JUDGE_TOOLS) if tools else messages,
                temperature=0.0,
                json_schema=prompts.JUDGE_SCHEMA,
                tools=tools,
                server_tools=council.server_tools,
                routing=council.routing,
            )

        return Steps.of(self.world, "judge", question, offered, council.max_tool_steps)

    def _has_answered(self) -> bool:
        """True when the judge's call came to an end of its own."""
        return self.world.state.judge.state in ("done", "truncated", "empty", "refused", "filtered")

    async def _show(self, found: list[Found]) -> None:
        if not found:
            return
        judged = self.world.state.judged
        await self.world.say(
            *(
                ev.Found(group=one.group, finding=_as_it_stands(one.finding, judged))
                for one in found
            )
        )

    async def _end(self, reading: _Reading) -> None:
        """Say how the breakdown ended. Findings that were shown stay, whatever came after."""
        part, at_ms = self.world.state.judge, self.world.now_ms()
        if self._has_answered() and reading.result.problem is None:
            note = reading.result.note
            await self.world.say(ev.BreakdownEnded(state="done", note=note, at_ms=at_ms))
            return
        failure = part.failure or _unreadable(part.state)
        raw = "".join(reading.said)[:MAX_RAW]
        await self.world.say(
            ev.BreakdownEnded(state="failed", failure=failure, raw=raw, at_ms=at_ms)
        )

    async def write(self) -> None:
        """Have the synthesis written from the answers the judge was given, judged or not."""
        state, model = self.world.state, self.plan.council.writer_model
        texts = {part.seat: part.text for part in state.usable}
        answers = [(letter, texts[letter]) for letter in state.order if letter in texts]
        findings = list(state.findings) if state.breakdown == "done" else None
        sees = self.world.know(model).sees is not False

        def build(read: Excerpts) -> tuple[Message, ...]:
            return prompts.writer(self.plan, read, findings, state.partial, sees=sees)

        read, unfit = self._fitted(model, build, answers)
        if state.state != "writing":
            at_ms = self.world.now_ms()
            writing = ev.PhaseChanged(phase="writing", trimmed=read.trimmed, at_ms=at_ms)
            await self.world.say(writing)
        if unfit is not None:
            await self.floor.pass_over("writer", unfit)
            return
        routing = self.plan.council.routing
        request = self.world.request(model, build(read), routing=routing)
        request = self.world.wished(request, self.plan.wishes)
        steps = Steps(self.world, "writer", request)
        why: Why = "restart" if state.writer.state == "interrupted" else "reader"
        await self.floor.give(steps).play(why if state.writer.attempt else "first")


def _as_it_stands(finding: ev.Finding, judged: str) -> ev.Finding:
    """The finding without proof from answers that gave way to newer ones since the judge read."""
    positions = tuple(
        position
        if position.seat in judged
        else position.model_copy(update={"verified": False, "start": None, "end": None})
        for position in finding.positions
    )
    return finding.model_copy(update={"positions": positions})


def _unreadable(state: ev.AnswerState) -> Failure:
    if state in ("refused", "filtered"):
        message = "The judge declined to compare the answers."
        return Failure(kind=Kind.POLICY, message=message)
    if state == "empty":
        return Failure(kind=Kind.BAD_STREAM, message="The judge said nothing, twice.")
    message = "The judge's comparison could not be read, although it was asked for it twice."
    return Failure(kind=Kind.BAD_STREAM, message=message)
