"""What happens in a run: a closed, versioned, typed union. The journal holds nothing else.

``seat`` is the letter of a member's column (``A``–``H``), or ``judge`` or ``writer``,
which sit beside the panel. ``at_ms`` is milliseconds since the run started, by a
monotonic clock; order is by the journal's numbers, never by time.

A reader that folds these (`council.core.state`) has the whole run. Adding an event
or a field with a default is version 1 still; anything else is version 2.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from council.core.delta import Source, Usage
from council.core.failures import Failure
from council.core.plan import Kind as PlanKind
from council.core.plan import Point, Seat

VERSION = 1

SeatKey = Annotated[str, Field(pattern=r"^([A-H]|judge|writer)$")]
AnswerState = Literal[
    "queued", "connecting", "waiting", "streaming", "using_tool",
    "done", "truncated", "filtered", "refused", "empty", "failed", "stopped", "interrupted",
]  # fmt: skip
RunStateName = Literal[
    "queued", "members", "judging", "writing", "done", "partial", "failed", "stopped", "interrupted"
]
Group = Literal["consensus", "contradictions", "partial_coverage", "unique_insights", "blind_spots"]
Stance = Literal["supports", "contradicts", "hedges", "silent"]
Stakes = Literal["high", "medium", "low"]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)


class Card(_Event):
    """What the page may say about a seat before it has spoken. ``host`` receives the prompt.

    ``sample_of``: it asks the same as that seat once more, to tell noise from disagreement.
    """

    seat: SeatKey
    role: str
    model: str
    host: str = ""
    sample_of: Annotated[str, Field(pattern=r"^[A-H]?$")] = ""


class Position(_Event):
    """Where one seat stands on a claim.

    ``quote`` is verbatim where the seat is not silent. ``verified`` is true only when
    code found it in that answer; then ``start`` and ``end`` are Unicode code points in
    the answer's text, else None.
    """

    seat: Annotated[str, Field(pattern=r"^[A-H]$")]
    stance: Stance
    quote: str = ""
    verified: bool = False
    start: int | None = None
    end: int | None = None


class Finding(_Event):
    """One point of the breakdown."""

    id: str
    claim: str
    stakes: Stakes = "medium"
    positions: tuple[Position, ...] = ()
    topic: str | None = None
    crux: str | None = None
    resolution: str | None = None


class RunStarted(_Event):
    """The first event of every run. ``kind`` is the plan's: who is asked, and what; ``point`` is
    what everybody is asked about in a run of the kind ``crux``."""

    type: Literal["run_started"] = "run_started"
    prompt: str
    council: str
    point: Point | None = None
    seats: tuple[Card, ...]
    judge: Card
    writer: Card
    kind: PlanKind = "council"


class SeatChanged(_Event):
    """From its next call on, the seat of this letter is asked as ``spec`` says; or it is new.

    What the seat had said stays until that call starts, and with it its model.
    """

    type: Literal["seat_changed"] = "seat_changed"
    card: Card
    spec: Seat
    at_ms: int


class PhaseChanged(_Event):
    """The run moved on. After a final state, ``members`` means it was taken up again.

    ``trimmed``, with ``writing``: the letters of whom the writer reads only a part, because all
    would be too long for it.
    """

    type: Literal["phase_changed"] = "phase_changed"
    phase: Literal["members", "judging", "writing"]
    trimmed: str = ""
    at_ms: int


class CallStarted(_Event):
    """A model call is about to be sent (committed first). It empties what the seat had said.

    ``why``: ``first``; ``retry`` after a failure; ``reader`` asked for it; ``reask`` because
    the judge's answer could not be read; ``restart`` after the server went away; ``tools``
    brings back what its tools found: only then what the seat had said stays (a judge compares
    anew). ``note`` tells people how the call differs from what was wished. ``most_usd`` is
    what the call can cost at most, held back under a spending cap until it has ended.
    ``whose_key``: ``own`` is the person's, empty where none is needed.
    """

    type: Literal["call_started"] = "call_started"
    seat: SeatKey
    call: str
    attempt: int
    model: str
    why: Literal["first", "retry", "reader", "reask", "restart", "tools"] = "first"
    most_usd: float | None = None
    whose_key: Literal["", "server", "own"] = ""
    note: str = ""
    at_ms: int


class CallQueued(_Event):
    """The call waits for a free place at a local server or, with ``wait_s``, because the
    provider asked for a pause."""

    type: Literal["call_queued"] = "call_queued"
    seat: SeatKey
    wait_s: float | None = None
    at_ms: int


class CallConnected(_Event):
    """The provider took the request; nothing said yet."""

    type: Literal["call_connected"] = "call_connected"
    seat: SeatKey
    at_ms: int


class TextAdded(_Event):
    """More of an answer (members) or of the synthesis (writer). The judge's JSON stays out."""

    type: Literal["text"] = "text"
    seat: SeatKey
    text: str


class ReasoningAdded(_Event):
    """More of a model's reasoning, kept apart from the answer."""

    type: Literal["reasoning"] = "reasoning"
    seat: SeatKey
    text: str


class CallEnded(_Event):
    """A call is over. ``cost_usd`` None means unknown, never 0 by default. Without a ``call``
    nothing was sent: the seat was stopped, or refused, before its call.

    An empty ``call`` means that none was made: the part was ended or passed over before.

    ``using_tool``: it ended by asking for tools; another call will bring what they found.
    """

    type: Literal["call_ended"] = "call_ended"
    seat: SeatKey
    call: str
    attempt: int
    state: Literal[
        "done", "truncated", "filtered", "refused", "empty", "failed", "stopped", "interrupted",
        "using_tool",
    ]  # fmt: skip
    finish_reason: str | None = None
    refusal: str | None = None
    failure: Failure | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    cost_source: Literal["provider", "catalogue", "unknown"] = "unknown"
    model_served: str | None = None
    upstream: str | None = None
    host: str | None = None
    sources: tuple[Source, ...] = ()
    first_token_ms: int | None = None
    duration_ms: int = 0
    at_ms: int


class ToolStarted(_Event):
    """A model asked for one of our tools. ``arguments`` is what it sent, as JSON text.

    ``id`` tells the uses of one seat apart. ``step`` counts from 1; 0 is a tool that was not
    offered: it is refused, and the call it stands in goes no further.
    """

    type: Literal["tool_started"] = "tool_started"
    seat: SeatKey
    id: str
    name: str
    arguments: str
    step: int
    at_ms: int


class ToolEnded(_Event):
    """What came of it: ``note`` is a sentence for people, ``sources`` the pages it brought.

    ``refused``: the rules forbid it, nothing was sent.
    """

    type: Literal["tool_ended"] = "tool_ended"
    seat: SeatKey
    id: str
    state: Literal["done", "failed", "refused"]
    note: str = ""
    sources: tuple[Source, ...] = ()
    at_ms: int


class RetryWaiting(_Event):
    """The call failed in a way that may heal; the next attempt starts after ``wait_s`` seconds."""

    type: Literal["retry_waiting"] = "retry_waiting"
    seat: SeatKey
    wait_s: float
    failure: Failure
    at_ms: int


class JudgingStarted(_Event):
    """Who is compared: the letters in the ``order`` of reading; ``partial`` are those cut short,
    ``trimmed`` those of whom the judge reads only a part, because all would be too long."""

    type: Literal["judging_started"] = "judging_started"
    order: str
    partial: str = ""
    trimmed: str = ""
    at_ms: int


class Found(_Event):
    """The judge made a point, and code has looked up its quotes."""

    type: Literal["found"] = "found"
    group: Group
    finding: Finding


class BreakdownEnded(_Event):
    """No more findings. ``skipped``: fewer than two answers. ``raw``: what could not be read."""

    type: Literal["breakdown_ended"] = "breakdown_ended"
    state: Literal["done", "failed", "skipped", "stopped"]
    failure: Failure | None = None
    note: str = ""
    raw: str = ""
    at_ms: int


class RunEnded(_Event):
    """The run is final."""

    type: Literal["run_ended"] = "run_ended"
    state: Literal["done", "partial", "failed", "stopped", "interrupted"]
    at_ms: int


Event = Annotated[
    RunStarted
    | SeatChanged
    | PhaseChanged
    | CallStarted
    | CallQueued
    | CallConnected
    | TextAdded
    | ReasoningAdded
    | CallEnded
    | ToolStarted
    | ToolEnded
    | RetryWaiting
    | JudgingStarted
    | Found
    | BreakdownEnded
    | RunEnded,
    Field(discriminator="type"),
]

adapter: TypeAdapter[Event] = TypeAdapter(Event)
list_adapter: TypeAdapter[list[Event]] = TypeAdapter(list[Event])
