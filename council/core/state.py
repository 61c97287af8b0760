"""The run as it stands: a fold over events, and nothing but the fold.

`RunState.apply` is total: any event in any order leaves a valid state, so that a
journal cut anywhere can be shown. The browser folds the same events
(``static/js/run/state.js``); one golden file holds both to it.
"""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel

from council.core import events as ev
from council.core import provenance
from council.core.delta import Source, Usage
from council.core.failures import Failure, Kind
from council.core.plan import Kind as PlanKind
from council.core.plan import Point, Seat

FINAL_ANSWER = frozenset(
    {"done", "truncated", "filtered", "refused", "empty", "failed", "stopped", "interrupted"}
)
FINAL_RUN = frozenset({"done", "partial", "failed", "stopped", "interrupted"})
_USABLE_WITH_TEXT = frozenset({"truncated", "stopped", "interrupted"})


class Retry(BaseModel):
    """Why and how long a seat waits before its next attempt."""

    wait_s: float
    failure: Failure


class ToolUse(BaseModel):
    """One use of a tool by a seat; ``state`` is ``running`` until it has ended."""

    id: str
    name: str
    arguments: str
    step: int
    state: Literal["running", "done", "failed", "refused"] = "running"
    note: str = ""
    sources: tuple[Source, ...] = ()
    started_ms: int
    ended_ms: int | None = None


class Call(BaseModel):
    """One request that was sent, or was about to be: what `Part` adds up, call by call.

    ``ended_ms`` is None, and ``state`` empty, while it is open.
    """

    id: str
    attempt: int
    why: str
    model: str
    whose_key: str = ""
    started_ms: int
    ended_ms: int | None = None
    state: str = ""
    failure: Failure | None = None
    host: str = ""
    model_served: str | None = None
    upstream: str | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    cost_source: str = "unknown"
    first_token_ms: int | None = None


class Part(BaseModel):
    """One seat, the judge or the writer, as it stands.

    ``cost_usd`` sums all attempts whose cost is known; ``cost_complete`` is false
    as soon as one that may have been billed is not. ``charged_usd`` is what counts against a
    spending cap: known costs, and for calls that are open or whose cost nobody said the most
    they can have cost; ``held_usd`` is the open call's share of it. ``own_usd`` is the
    part of it that goes to the person's own keys; ``whose_key`` is the last call's.
    ``replaced`` counts attempts whose visible text gave way to a newer one. ``was_model`` is the
    model of the attempt before, where it was another; ``sample_of`` the seat it is a second
    sample of. ``attempt`` numbers
    the calls; ``tries`` leaves out those that only brought back what tools had found.
    """

    seat: str
    role: str = ""
    model: str = ""
    host: str = ""
    was_model: str = ""
    sample_of: str = ""
    state: ev.AnswerState = "queued"
    attempt: int = 0
    tries: int = 0
    call: str = ""
    why: str = "first"
    replaced: int = 0
    note: str = ""
    text: str = ""
    reasoning: str = ""
    retry: Retry | None = None
    failure: Failure | None = None
    refusal: str | None = None
    finish_reason: str | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    cost_complete: bool = True
    cost_source: str = "unknown"
    charged_usd: float = 0.0
    held_usd: float = 0.0
    own_usd: float = 0.0
    whose_key: Literal["", "server", "own"] = ""
    model_served: str | None = None
    upstream: str | None = None
    sources: tuple[Source, ...] = ()
    tools: list[ToolUse] = []
    calls: list[Call] = []
    wait_s: float | None = None
    started_ms: int | None = None
    first_token_ms: int | None = None
    duration_ms: int | None = None

    @property
    def is_final(self) -> bool:
        """True when nothing more comes unless somebody asks again."""
        return self.state in FINAL_ANSWER

    @property
    def has_used_tools(self) -> bool:
        """True when its turn is more than one call; a tool nobody offered leads to no other."""
        return any(use.step for use in self.tools)

    @property
    def is_usable(self) -> bool:
        """True when the answer counts: done, or stopping short with words in it."""
        return self.state == "done" or (self.state in _USABLE_WITH_TEXT and bool(self.text.strip()))

    @property
    def is_partial(self) -> bool:
        """True when the answer counts but stops short."""
        return self.is_usable and self.state != "done"


class Found(BaseModel):
    """A finding and the list it belongs to."""

    group: ev.Group
    finding: ev.Finding


class RunState(BaseModel):
    """Everything a page, a document or the judge needs to know of a run.

    ``order`` is how the judge read the letters; ``judged`` those of them whose
    answer is still the one it read. ``trimmed`` and ``writer_trimmed`` are those of whom judge
    and writer were shown only a part. ``specs`` are the seats that are no longer, or not yet, as
    the plan has them (`Plan.seated`).
    """

    state: ev.RunStateName = "queued"
    kind: PlanKind = "council"
    prompt: str = ""
    council: str = ""
    point: Point | None = None
    seats: dict[str, Part] = {}
    specs: dict[str, Seat] = {}
    judge: Part = Part(seat="judge")
    writer: Part = Part(seat="writer")
    order: str = ""
    judged: str = ""
    partial: str = ""
    trimmed: str = ""
    writer_trimmed: str = ""
    findings: list[Found] = []
    breakdown: Literal["none", "running", "done", "failed", "skipped", "stopped"] = "none"
    breakdown_failure: Failure | None = None
    breakdown_note: str = ""
    breakdown_raw: str = ""
    judging_ms: int | None = None
    last_ms: int = 0
    ended_ms: int | None = None

    @property
    def is_final(self) -> bool:
        """True when the run is over, unless a reader takes it up again."""
        return self.state in FINAL_RUN

    @property
    def usable(self) -> list[Part]:
        """The answers that count, in the order of the columns."""
        return [part for part in self.seats.values() if part.is_usable]

    @property
    def result(self) -> str:
        """What the run came to: the synthesis, or the only answer there is, or nothing."""
        if self.writer.text:
            return self.synthesis
        return self.usable[0].text if len(self.usable) == 1 else ""

    @property
    def synthesis(self) -> str:
        """What the writer wrote, its signs of settled and open contradictions as words."""
        return provenance.plain(self.writer.text)

    @property
    def unjudged(self) -> list[str]:
        """Letters of usable answers that the comparison does not know."""
        return [part.seat for part in self.usable if part.seat not in self.judged]

    @property
    def parts(self) -> list[Part]:
        """Seats, then judge, then writer."""
        return [*self.seats.values(), self.judge, self.writer]

    @property
    def cost_usd(self) -> float | None:
        """The sum of all known costs; None when none is known."""
        known = [part.cost_usd for part in self.parts if part.cost_usd is not None]
        return sum(known) if known else None

    @property
    def cost_complete(self) -> bool:
        """True when every call that may have been billed has a known cost."""
        asked = [part for part in self.parts if part.attempt]
        return bool(asked) and all(part.cost_complete for part in asked)

    @property
    def charged_usd(self) -> float:
        """What counts against a spending cap so far: never less than what was billed."""
        return sum(part.charged_usd for part in self.parts)

    @property
    def server_usd(self) -> float:
        """What of that is not paid with the person's own keys."""
        return sum(part.charged_usd - part.own_usd for part in self.parts)

    @property
    def unverified_quotes(self) -> int:
        """How many quotes the judge gave that code did not find."""
        return sum(
            1
            for found in self.findings
            for position in found.finding.positions
            if position.quote and not position.verified
        )

    def part(self, seat: str) -> Part:
        """The seat, judge or writer by key; an unknown letter gets an empty part."""
        if seat == "judge":
            return self.judge
        if seat == "writer":
            return self.writer
        if seat not in self.seats:
            self.seats[seat] = Part(seat=seat)
        return self.seats[seat]

    def apply(self, event: ev.Event) -> None:
        """Take one event in. Never raises for an event of the union."""
        at_ms = vars(event).get("at_ms")  # getattr would search long for what text has not
        if at_ms is not None:
            self.last_ms = max(self.last_ms, at_ms)
        _FOLD[event.type](self, event)


def fold(events: list[ev.Event], state: RunState | None = None) -> RunState:
    """All events taken in, in order, on top of ``state`` (changed in place) or of nothing."""
    state = state if state is not None else RunState()
    for event in events:
        state.apply(event)
    return state


def _run_started(state: RunState, event: ev.RunStarted) -> None:
    state.prompt, state.council = event.prompt, event.council
    state.kind, state.point = event.kind, event.point
    state.seats, state.specs = {card.seat: _seated(card) for card in event.seats}, {}
    state.judge = Part(seat="judge", model=event.judge.model, host=event.judge.host)
    state.writer = Part(seat="writer", model=event.writer.model, host=event.writer.host)


def _seated(card: ev.Card) -> Part:
    return Part(
        seat=card.seat,
        role=card.role,
        model=card.model,
        host=card.host,
        sample_of=card.sample_of,
    )


def _seat_changed(state: RunState, event: ev.SeatChanged) -> None:
    card = event.card
    state.specs[card.seat] = event.spec
    if card.seat in state.seats:
        state.seats[card.seat].host = card.host
    else:
        state.seats[card.seat] = _seated(card)


def _phase_changed(state: RunState, event: ev.PhaseChanged) -> None:
    state.state = event.phase
    state.ended_ms = None
    if event.phase == "writing":
        state.writer_trimmed = event.trimmed


def _call_started(state: RunState, event: ev.CallStarted) -> None:
    part = state.part(event.seat)
    _note_call(part, event)
    part.held_usd, part.whose_key = event.most_usd or 0.0, event.whose_key
    _charge(part, part.held_usd)
    part.note = event.note
    if event.why == "tools":
        _call_goes_on(part, event)
        if event.seat == "judge":
            state.findings = []
        return
    part.tries += 1
    if part.text:
        part.replaced += 1
    if part.model and part.model != event.model:
        part.was_model = part.model
    part.state, part.attempt, part.call = "connecting", event.attempt, event.call
    part.model, part.why, part.started_ms = event.model, event.why, event.at_ms
    part.text = part.reasoning = ""
    part.retry = part.failure = part.refusal = part.finish_reason = part.model_served = None
    part.upstream = part.wait_s = None
    part.usage, part.sources, part.tools = Usage(), (), []
    part.first_token_ms = part.duration_ms = None
    if event.seat == "judge":
        state.findings, state.breakdown = [], "running"
        state.breakdown_failure, state.breakdown_note, state.breakdown_raw = None, "", ""
    elif event.seat in state.judged:
        _forget_judged(state, event.seat)


def _note_call(part: Part, event: ev.CallStarted) -> None:
    part.calls.append(
        Call(
            id=event.call,
            attempt=event.attempt,
            why=event.why,
            model=event.model,
            whose_key=event.whose_key,
            started_ms=event.at_ms,
        )
    )


_OF_A_CALL = (
    "state", "failure", "model_served", "upstream", "usage", "cost_usd", "cost_source",
    "first_token_ms",
)  # fmt: skip


def _note_end(part: Part, event: ev.CallEnded) -> None:
    """A call ends once; a part that is ended later, between two calls, leaves it as it was."""
    call = next((c for c in part.calls if c.id == event.call and c.ended_ms is None), None)
    if call is None:
        return
    call.ended_ms, call.host = event.at_ms, event.host or part.host
    for name in _OF_A_CALL:
        setattr(call, name, getattr(event, name))


def _call_goes_on(part: Part, event: ev.CallStarted) -> None:
    """The next call of a tool loop: all that was said and found stays."""
    part.state, part.attempt, part.call = "connecting", event.attempt, event.call
    part.retry = part.failure = part.finish_reason = part.wait_s = None


def _forget_judged(state: RunState, seat: str) -> None:
    """The words the judge quoted from this seat are gone: its quotes stop being evidence."""
    state.judged = state.judged.replace(seat, "")
    for found in state.findings:
        positions = tuple(
            p.model_copy(update={"verified": False, "start": None, "end": None})
            if p.seat == seat
            else p
            for p in found.finding.positions
        )
        found.finding = found.finding.model_copy(update={"positions": positions})


def _call_queued(state: RunState, event: ev.CallQueued) -> None:
    part = state.part(event.seat)
    part.state, part.wait_s = "queued", event.wait_s


def _call_connected(state: RunState, event: ev.CallConnected) -> None:
    part = state.part(event.seat)
    part.state, part.wait_s = "waiting", None


def _text(state: RunState, event: ev.TextAdded) -> None:
    part = state.part(event.seat)
    if part.state != "streaming":
        part.state = "streaming"
    part.text += event.text


def _reasoning(state: RunState, event: ev.ReasoningAdded) -> None:
    part = state.part(event.seat)
    part.reasoning += event.text


def _call_ended(state: RunState, event: ev.CallEnded) -> None:
    part = state.part(event.seat)
    _note_end(part, event)
    if _has_ended(part, event):
        _close(part, event)
        return
    part.state, part.retry = event.state, None
    for name in ("finish_reason", "refusal", "failure", "model_served", "upstream"):
        setattr(part, name, getattr(event, name))
    goes_on = part.has_used_tools
    part.usage = _sum(part.usage, event.usage) if goes_on else event.usage
    part.sources = _union(part.sources, event.sources) if goes_on else event.sources
    part.host = event.host or part.host
    if not goes_on or part.first_token_ms is None:
        part.first_token_ms = event.first_token_ms
    part.duration_ms = (
        max(0, event.at_ms - (part.started_ms or 0)) if goes_on else event.duration_ms
    )
    part.cost_source = event.cost_source
    if event.cost_usd is not None:
        part.cost_usd = (part.cost_usd or 0.0) + event.cost_usd
    elif not was_unbilled(event):
        part.cost_complete = False
    if event.cost_usd is not None or was_unbilled(event):
        _charge(part, max(event.cost_usd or 0.0, 0.0) - part.held_usd)
    part.held_usd = 0.0


def _charge(part: Part, usd: float) -> None:
    part.charged_usd += usd
    if part.whose_key == "own":
        part.own_usd += usd


def _has_ended(part: Part, event: ev.CallEnded) -> bool:
    """True when the part ends between two calls: the last one has its end, and its bill."""
    return event.call == part.call and (part.state == "using_tool" or part.retry is not None)


def _close(part: Part, event: ev.CallEnded) -> None:
    """Nothing more comes: neither what its tools would have found, nor another attempt."""
    part.state, part.retry, part.failure = event.state, None, event.failure
    part.duration_ms = event.duration_ms
    for use in part.tools:
        if use.state == "running":
            use.state, use.ended_ms = "failed", event.at_ms
            use.note = "stopped" if event.state == "stopped" else "cut off"


def _sum(one: Usage, other: Usage) -> Usage:
    """Both counted together; what neither says stays unknown."""

    def added(name: str) -> int | None:
        known = [n for n in (getattr(one, name), getattr(other, name)) if n is not None]
        return sum(known) if known else None

    return Usage(**{name: added(name) for name in Usage.model_fields})


def _union(one: tuple[Source, ...], other: tuple[Source, ...]) -> tuple[Source, ...]:
    """Every page once, in the order in which they came."""
    return tuple({source.url: source for source in (*other, *one)}.values()) if other else one


def _tool_started(state: RunState, event: ev.ToolStarted) -> None:
    state.part(event.seat).tools.append(
        ToolUse(
            id=event.id,
            name=event.name,
            arguments=event.arguments,
            step=event.step,
            started_ms=event.at_ms,
        )
    )


def _tool_ended(state: RunState, event: ev.ToolEnded) -> None:
    part = state.part(event.seat)
    for use in part.tools:
        if use.id == event.id and use.state == "running":
            use.state, use.note, use.sources = event.state, event.note, event.sources
            use.ended_ms = event.at_ms
    part.sources = _union(part.sources, event.sources)


def was_unbilled(event: ev.CallEnded) -> bool:
    """Never sent, a 4xx before any token, or a host never reached: nothing ran, nothing billed."""
    failure = event.failure
    if not event.call:
        return True
    if failure is None or event.first_token_ms is not None:
        return False
    return failure.kind is Kind.UNREACHABLE or 400 <= (failure.status or 0) < 500


def _retry_waiting(state: RunState, event: ev.RetryWaiting) -> None:
    part = state.part(event.seat)
    part.state = "queued"
    part.retry = Retry(wait_s=event.wait_s, failure=event.failure)


def _judging_started(state: RunState, event: ev.JudgingStarted) -> None:
    state.order = state.judged = event.order
    state.partial, state.trimmed = event.partial, event.trimmed
    state.judging_ms = event.at_ms
    state.breakdown = "running"


def _found(state: RunState, event: ev.Found) -> None:
    if not state.judge.is_final:
        state.judge.state = "streaming"  # its words are not journalled; its findings are
    state.findings.append(Found(group=event.group, finding=event.finding))


def _breakdown_ended(state: RunState, event: ev.BreakdownEnded) -> None:
    state.breakdown = event.state
    state.breakdown_failure, state.breakdown_note = event.failure, event.note
    state.breakdown_raw = event.raw


def _run_ended(state: RunState, event: ev.RunEnded) -> None:
    state.state, state.ended_ms = event.state, event.at_ms


_FOLD: dict[str, Callable[[RunState, Any], None]] = {
    "run_started": _run_started,
    "seat_changed": _seat_changed,
    "phase_changed": _phase_changed,
    "call_started": _call_started,
    "call_queued": _call_queued,
    "call_connected": _call_connected,
    "text": _text,
    "reasoning": _reasoning,
    "call_ended": _call_ended,
    "tool_started": _tool_started,
    "tool_ended": _tool_ended,
    "retry_waiting": _retry_waiting,
    "judging_started": _judging_started,
    "found": _found,
    "breakdown_ended": _breakdown_ended,
    "run_ended": _run_ended,
}
