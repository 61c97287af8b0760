"""A run document as it is read: what its fields must be, and the run it tells of.

``document(run, state_of(read(text)))`` is the document again, so that what was exported can be
imported and exported as often as one likes. What a file says of verified quotes is looked up
again: nothing is taken on trust that code can check.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)

from council.core import quotes
from council.core.breakdown import MAX_FINDINGS
from council.core.delta import Source, Usage
from council.core.events import Finding, Group, Position, Stance
from council.core.failures import Failure, Kind
from council.core.plan import MAX_PROMPT, Council, Point, VersionOne
from council.core.plan import Kind as PlanKind
from council.core.state import FINAL_ANSWER, Found, Part, RunState, ToolUse

MAX_BYTES = 20 * 1024 * 1024
MAX_RUNS = 200
"""Runs in the file of one conversation."""
GROUPS: tuple[Group, ...] = get_args(Group)
SeatLetter = Annotated[str, Field(pattern=r"^[A-H]$")]
Name = Annotated[str, Field(max_length=300)]
Count = Annotated[int, Field(ge=0, le=2**53)]
Words = Annotated[str, Field(max_length=1_000_000)]
"""A text of a model: more than any run brings about with the limits it has by default."""
Findings = Annotated[tuple[Finding, ...], Field(max_length=MAX_FINDINGS)]
Usd = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
_YEARS = range(1970, 9000)
_LONGEST_MS = 366 * 24 * 3600 * 1000
_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
_NUL = re.compile(r"((?<!\\)(?:\\\\)*)\\u0000")
"""A NUL as JSON writes it, behind any number of backslashes that stand for themselves."""


def moment(at: datetime) -> str:
    """A time as documents say it: UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Damaged(Exception):
    """This is no run document that can be read; the message is a sentence for the person."""


class _Read(BaseModel):
    """Fields that a later version added are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class FailureSaid(_Read):
    """Why something did not end well."""

    kind: Kind
    message: str = ""
    status: int | None = None

    @property
    def failure(self) -> Failure:
        """As the run holds it."""
        return Failure(kind=self.kind, message=self.message, status=self.status)


class ToolCalled(_Read):
    """One use of a tool."""

    name: Name
    arguments: JsonValue
    step: Count = 1
    state: Literal["running", "done", "failed", "refused"] = "done"
    note: str = ""
    duration_ms: Count | None = None
    found: tuple[Source, ...] = ()


class Chair(_Read):
    """What members, judge and writer have in common."""

    model: Name
    model_served: Name | None = None
    state: Name
    usage: Usage = Usage()
    cost_usd: Usd | None = None
    cost_source: Literal["provider", "catalogue", "unknown", "hidden"] = "unknown"
    cost_complete: bool = True
    started_ms: Count | None = None
    first_token_ms: Count | None = None
    duration_ms: Count | None = None
    attempts: Count = 0
    tool_calls: tuple[ToolCalled, ...] = ()
    failure: FailureSaid | None = None
    note: str = ""

    def part(self, seat: str, **more: Any) -> Part:
        """The chair as the run holds it."""
        state = self.state.partition(":")[0]
        return Part.model_validate(
            {
                "seat": seat,
                "model": self.model,
                "model_served": self.model_served,
                "state": state if state in FINAL_ANSWER else "queued",
                "usage": self.usage,
                "cost_usd": self.cost_usd,
                "cost_source": self.cost_source,
                "cost_complete": self.cost_complete,
                "started_ms": self.started_ms,
                "first_token_ms": self.first_token_ms,
                "duration_ms": self.duration_ms,
                "attempt": self.attempts,
                "tries": self.attempts,
                "tools": [_use(number, call) for number, call in enumerate(self.tool_calls)],
                "failure": self.failure.failure if self.failure else None,
                "note": self.note,
                **more,
            }
        )


class Answer(Chair):
    """What one member wrote."""

    seat: SeatLetter
    role: Annotated[str, Field(max_length=200)] = ""
    host: Name | None = None
    text: Words = ""
    reasoning: Words = ""
    finish_reason: Name | None = None
    refusal: str | None = None
    sources: tuple[Source, ...] = ()
    sample_of: SeatLetter | None = None

    def member(self) -> Part:
        """The member as the run holds it."""
        named = ("role", "text", "reasoning", "finish_reason", "refusal")
        found = [source for call in self.tool_calls for source in call.found]
        urls = {source.url for source in self.sources}
        sources = [*self.sources, *(source for source in found if source.url not in urls)]
        said = {name: getattr(self, name) for name in named}
        named_by = {"host": self.host or "", "sample_of": self.sample_of or ""}
        return self.part(self.seat, sources=tuple(sources), **named_by, **said)


class JudgeSaid(Chair):
    """Who compared, and how."""

    order: tuple[SeatLetter, ...] = ()
    partial: tuple[SeatLetter, ...] = ()
    trimmed: tuple[SeatLetter, ...] = ()


class SynthesisSaid(Chair):
    """What the writer wrote. ``signed`` is its text with the signs of what it settled."""

    text: Words = ""
    signed: Words | None = None
    trimmed: tuple[SeatLetter, ...] = ()


class BreakdownSaid(_Read):
    """The judge's findings."""

    consensus: Findings = ()
    contradictions: Findings = ()
    partial_coverage: Findings = ()
    unique_insights: Findings = ()
    blind_spots: Findings = ()


class ChangeSaid(_Read):
    """Where a member stood on the one point it was asked about."""

    seat: SeatLetter
    before: Stance
    quote: str = ""


class PointSaid(_Read):
    """The one point everybody was asked about."""

    finding: Name = ""
    claim: str
    crux: str = ""
    changes: tuple[ChangeSaid, ...] = ()

    @property
    def point(self) -> Point:
        """As the run holds it."""
        said = {c.seat: (c.before, c.quote) for c in self.changes if c.before != "silent"}
        return Point(finding=self.finding, claim=self.claim, crux=self.crux, said=said)


class RunDocument(_Read):
    """The run document, version 1 (docs/run-document.md)."""

    version: VersionOne
    kind: Literal["run"]
    run_kind: PlanKind = "council"
    parent: Annotated[str, Field(max_length=100)] | None = None
    id: Annotated[str, Field(min_length=1, max_length=100)]
    state: Literal["done", "partial", "failed", "stopped", "interrupted"]
    prompt: Annotated[str, Field(min_length=1, max_length=MAX_PROMPT)]
    attachments: tuple[dict[str, JsonValue], ...] = ()
    council: Council
    created_at: AwareDatetime
    duration_ms: Annotated[int, Field(ge=0, le=_LONGEST_MS)]
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=8)]
    point: PointSaid | None = None
    judge: JudgeSaid
    breakdown: BreakdownSaid | None = None
    synthesis: SynthesisSaid | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        letters = [answer.seat for answer in self.answers]
        if len(set(letters)) < len(letters) or not set(letters) <= set(self.council.letters):
            raise ValueError("every answer needs a seat of the council, and no two the same")
        lists = self.breakdown.model_dump() if self.breakdown else {}
        names = [finding["id"] for group in GROUPS for finding in lists.get(group, ())]
        if len(set(names)) < len(names):
            raise ValueError("two findings have the same id")
        if not all(map(_ID.fullmatch, names)):
            raise ValueError("the id of a finding is up to 40 letters, digits, - and _")
        if self.created_at.year not in _YEARS:
            raise ValueError("nothing was asked in that year")
        return self

    @property
    def said_at(self) -> str:
        """When it was asked, as documents say it."""
        return moment(self.created_at)

    @property
    def run(self) -> RunState:
        """The run it tells of, as if it had been played here."""
        seats = {answer.seat: answer.member() for answer in self.answers}
        return RunState(
            state=self.state,
            kind=self.run_kind,
            point=self.point.point if self.point else None,
            prompt=self.prompt,
            council=self.council.name,
            seats=seats,
            writer=_writer(self.synthesis, self.council),
            findings=_findings(self.breakdown, seats),
            writer_trimmed="".join(self.synthesis.trimmed) if self.synthesis else "",
            last_ms=self.duration_ms,
            ended_ms=self.duration_ms,
            **_judging(self),
        )


def schema() -> dict[str, Any]:
    """What a run document must be, as JSON Schema (docs/run-document.schema.json)."""
    made = RunDocument.model_json_schema()
    made["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    made["$id"] = "urn:fusion-council:run-document:1"
    return made


def read(file: bytes | str) -> list[RunDocument]:
    """The runs of a run document, or of a conversation's file. Raises Damaged."""
    text = _text(file)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise Damaged(f"This is no JSON: {problem}. Nothing was imported.") from problem
    is_thread = isinstance(data, dict) and data.get("kind") == "conversation"
    runs = data.get("runs") if is_thread else [data]
    if not isinstance(runs, list) or not 0 < len(runs) <= MAX_RUNS:
        raise Damaged(f"A conversation's file holds 1 to {MAX_RUNS} runs. Nothing was imported.")
    return [_checked(run, number, len(runs)) for number, run in enumerate(runs, start=1)]


def _text(file: bytes | str) -> str:
    if len(file) > MAX_BYTES:
        limit = MAX_BYTES // 1024 // 1024
        raise Damaged(f"The file is larger than {limit} MB. Nothing was imported.")
    try:
        text = file if isinstance(file, str) else file.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Damaged("The file is no text in UTF-8. Nothing was imported.") from problem
    return _NUL.sub(r"\1\\ufffd", text)  # no database keeps them


def _checked(data: object, number: int, count: int) -> RunDocument:
    where = f"Run {number} of the file: " if count > 1 else ""
    try:
        return RunDocument.model_validate_json(json.dumps(data))
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise Damaged(
            f"{where}{place}: {first['msg'].lower()}. It is no run document of version 1 of a run "
            "that is over. Nothing was imported."
        ) from problem


def _use(number: int, call: ToolCalled) -> ToolUse:
    asked = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments)
    return ToolUse(
        id=f"t{number}",
        name=call.name,
        arguments=asked,
        step=call.step,
        state=call.state,
        note=call.note,
        sources=call.found,
        started_ms=0,
        ended_ms=call.duration_ms,
    )


def _writer(said: SynthesisSaid | None, council: Council) -> Part:
    if said is None:
        return Part(seat="writer", model=council.writer_model)
    return said.part("writer", text=said.text if said.signed is None else said.signed)


def _judging(document: RunDocument) -> dict[str, Any]:
    """What became of the comparison. Its failure is told where its judge is."""
    judge = document.judge
    state, _, _ = judge.state.partition(":")
    has_ended = document.breakdown is not None
    known = state if state in ("skipped", "stopped") else "failed" if judge.failure else "none"
    breakdown = "done" if has_ended else known
    part = judge.part("judge", failure=None, note="", **({"state": "done"} if has_ended else {}))
    order = "".join(judge.order)
    return {
        "judge": part,
        "order": order,
        "judged": order,
        "partial": "".join(judge.partial),
        "trimmed": "".join(judge.trimmed),
        "breakdown": breakdown,
        "breakdown_failure": judge.failure.failure if judge.failure else None,
        "breakdown_note": judge.note,
    }


def _findings(said: BreakdownSaid | None, seats: dict[str, Part]) -> list[Found]:
    if said is None:
        return []
    texts = {seat: quotes.Text(part.text) for seat, part in seats.items()}
    return [
        Found(group=group, finding=_looked_up(finding, texts))
        for group in GROUPS
        for finding in getattr(said, group)
    ]


def _looked_up(finding: Finding, texts: dict[str, quotes.Text]) -> Finding:
    positions = tuple(_found(position, texts) for position in finding.positions)
    return finding.model_copy(update={"positions": positions})


def _found(position: Position, texts: dict[str, quotes.Text]) -> Position:
    """The quote where code finds it, if the file says that it was found at all."""
    text = texts.get(position.seat)
    place = text.find(position.quote) if text and position.verified and position.quote else None
    start, end = place if place else (None, None)
    return position.model_copy(update={"verified": place is not None, "start": start, "end": end})
