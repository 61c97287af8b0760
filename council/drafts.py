"""A council while somebody writes it: what stands in the builder's fields, as it was typed.

Everything is text, right or wrong; `council_of` makes a council of it or says what is wrong.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.http import QueryDict
from pydantic import ValidationError

from council import choices, council_file
from council.core.plan import LETTERS, MAX_SEATS, Council

_FIGURE = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+|\d+,\d{1,2}")


@dataclass(frozen=True)
class SeatDraft:
    """One seat's fields. ``key`` stays with it wherever it moves; ``is_open``: more is shown."""

    key: str
    model: str = ""
    role: str = ""
    instructions: str = ""
    temperature: str = ""
    max_tokens: str = ""
    effort: str = ""
    uses_tools: bool = True
    is_open: bool = False

    @property
    def is_empty(self) -> bool:
        """True while nobody wrote anything into it: it is no seat yet."""
        return not (self.model or self.role or self.instructions.strip())


@dataclass(frozen=True)
class Draft:
    """All of the builder's fields.

    ``kept`` is what the builder does not show and keeps, as JSON: OpenRouter's own tools and
    routing. ``removed`` was taken off the panel last, from before ``removed_at``.
    """

    name: str = ""
    description: str = ""
    seats: tuple[SeatDraft, ...] = ()
    judge: str = ""
    judge_instructions: str = ""
    writer: str = ""
    writer_instructions: str = ""
    tools: tuple[str, ...] = ()
    max_tool_steps: str = "4"
    history: str = "synthesis"
    run_s: str = "1200"
    cost_usd: str = ""
    kept: str = ""
    removed: SeatDraft | None = None
    removed_at: int = 0

    @property
    def written(self) -> tuple[tuple[str, SeatDraft], ...]:
        """The seats that are no longer empty, under their letters."""
        there = zip(LETTERS, self.seats, strict=False)
        return tuple((letter, seat) for letter, seat in there if not seat.is_empty)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field, in a sentence. ``field`` is the field's id on the page."""

    field: str
    text: str


class Unfinished(Exception):
    """The draft is no council yet. ``problems`` says why, place by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.text for problem in problems))


def empty(judge: str = "", seats: int = 3) -> Draft:
    """A panel with nobody on it yet."""
    return Draft(seats=tuple(SeatDraft(str(n)) for n in range(seats)), judge=judge)


def of_council(council: Council) -> Draft:
    """The fields of a council that is there."""
    kept = council.model_dump(mode="json", include={"server_tools", "routing"})
    seats = tuple(
        SeatDraft(
            str(n),
            _shown(seat.model),
            seat.role,
            seat.instructions,
            _text(seat.temperature),
            _text(seat.max_tokens),
            seat.reasoning_effort or "",
            seat.tools,
        )
        for n, seat in enumerate(council.seats)
    )
    return Draft(
        name=council.name,
        description=council.description,
        seats=tuple(replace(seat, is_open=_has_more(seat)) for seat in seats),
        judge=_shown(council.judge.model),
        judge_instructions=council.judge.instructions,
        writer=council.writer.model or "",
        writer_instructions=council.writer.instructions,
        tools=council.tools,
        max_tool_steps=str(council.max_tool_steps),
        history=council.history,
        run_s=_text(council.limits.run_s),
        cost_usd=_text(council.limits.cost_usd),
        kept=json.dumps(kept) if any(kept.values()) else "",
    )


def of_form(form: QueryDict) -> Draft:
    """What was posted, with line ends and NUL already put right. Never raises: a field that is
    not there is empty."""
    keys = form.getlist("seat")[:MAX_SEATS]
    columns = {name: form.getlist(name) for name in _COLUMNS}
    seats: list[SeatDraft] = []
    for index, said in enumerate(keys):
        cells: dict[str, Any] = {
            name: column[index].strip() for name, column in columns.items() if index < len(column)
        }
        is_new = re.fullmatch(r"\d{1,4}", said) and said not in {seat.key for seat in seats}
        seat = SeatDraft(said if is_new else _free_key(seats), **cells)
        tools, more = form.getlist("uses_tools"), form.getlist("open")
        seats.append(replace(seat, uses_tools=said in tools, is_open=said in more))
    plain: dict[str, Any] = {n: form.get(n, "").strip() for n in _PLAIN if n in form}
    removed, at = _removed(form.get("removed", ""))
    return Draft(
        **plain,
        seats=tuple(seats) or empty(seats=1).seats,
        tools=tuple(tool for tool in ("web_search", "web_fetch") if tool in form.getlist("tools")),
        removed=removed,
        removed_at=at,
    )


def removed_text(draft: Draft) -> str:
    """What was removed, as one field keeps it; empty when nothing was."""
    if draft.removed is None:
        return ""
    return json.dumps({"at": draft.removed_at, "seat": asdict(draft.removed)})


def council_of(draft: Draft) -> Council:
    """The council of a draft. Raises Unfinished with everything that is wrong."""
    written = [seat for _, seat in draft.written]
    data = {
        "name": draft.name,
        "description": draft.description,
        "seats": [_seat(seat) for seat in written],
        "judge": {"model": draft.judge, "instructions": draft.judge_instructions},
        "writer": {"model": draft.writer or None, "instructions": draft.writer_instructions},
        "tools": draft.tools,
        "max_tool_steps": _figure(draft.max_tool_steps),
        "history": draft.history,
        "limits": {"cost_usd": _figure(draft.cost_usd), "run_s": _figure(draft.run_s)},
        **kept_of(draft),
    }
    try:
        return Council.model_validate(data)
    except ValidationError as refused:
        errors = [
            error
            for error in refused.errors()
            if error["type"] != "too_short" or not written  # bad seats do not count there
        ]
        found = [_problem(draft, error["loc"], error["input"]) for error in errors]
        raise Unfinished(list(dict.fromkeys(found))) from refused


def kept_of(draft: Draft) -> dict[str, Any]:
    """What the builder does not show; nothing when it is not what the builder wrote."""
    if not draft.kept:
        return {}
    about = '{"name": "kept", "seats": [{"model": "a/b"}], "judge": {"model": "a/b"}, '
    try:
        council = council_file.read(about + draft.kept.removeprefix("{"))
    except council_file.Damaged:
        return {}
    kept = council.model_dump(mode="json", include={"server_tools", "routing"})
    return {name: value for name, value in kept.items() if value}


def _seat(seat: SeatDraft) -> dict[str, Any]:
    return {
        "model": seat.model,
        "role": seat.role,
        "instructions": seat.instructions,
        "temperature": _figure(seat.temperature),
        "max_tokens": _figure(seat.max_tokens),
        "reasoning_effort": seat.effort or None,
        "tools": seat.uses_tools,
    }


def _problem(draft: Draft, loc: tuple[int | str, ...], said: Any) -> Problem:
    """What is wrong at this place of the council, at its field."""
    if loc[0] == "seats" and len(loc) > 1:
        letter, seat = draft.written[int(loc[1])]
        name = "effort" if loc[2] == "reasoning_effort" else str(loc[2])
        if name == "model" and not seat.model:
            text = f"Seat {letter} has no model. Choose one, or empty the seat’s other fields."
        else:
            text = f"Seat {letter}: {_SEAT_WORDS.get(name, _UNCLEAR)}"
        return Problem(f"{name}-{seat.key}", text)
    if loc[0] == "seats":
        key = draft.seats[0].key
        return Problem(f"model-{key}", "A council needs at least one seat with a model.")
    if loc[0] in ("judge", "writer"):
        who, part = str(loc[0]), str(loc[-1])
        if part == "instructions":
            return Problem(f"{who}_instructions", f"The {who}’s instructions are {_TOO_LONG}")
        if not said:
            return Problem(who, f"The {who} has no model. Choose one.")
        return Problem(who, f"The {who}: {_MODEL_WORDS}")
    name = str(loc[1] if loc[0] == "limits" and len(loc) > 1 else loc[0])
    return Problem(name, _WORDS.get(name, f"“{name}”: {_UNCLEAR}"))


def _figure(text: str) -> str | None:
    """A number as it is typed, ``1,200`` and ``0,7`` too; what is none is left for the refusal."""
    text = text.strip().removeprefix("$").replace("\u202f", "").replace(" ", "")
    if not text:
        return None
    if not _FIGURE.fullmatch(text):
        return f"“{text}”"
    is_decimal = re.fullmatch(r"\d+,\d{1,2}", text)
    return text.replace(",", "." if is_decimal else "")


def _text(number: float | None) -> str:
    """A number as its field shows it."""
    if number is None:
        return ""
    return str(int(number)) if number == int(number) else format(number, ".12f").rstrip("0")


def _shown(model: str) -> str:
    """A model as its field shows it: one that is still to be written ends after the slash."""
    return model.removesuffix(choices.TO_WRITE)


def _has_more(seat: SeatDraft) -> bool:
    return bool(seat.temperature or seat.max_tokens or seat.effort or not seat.uses_tools)


def _free_key(seats: Sequence[SeatDraft]) -> str:
    return str(1 + max([int(seat.key) for seat in seats], default=-1))


def _removed(text: str) -> tuple[SeatDraft | None, int]:
    try:
        said = json.loads(text or "null")
        seat, at = dict(said["seat"]), int(said["at"])
    except (ValueError, TypeError, KeyError):
        return None, 0
    cells: dict[str, Any] = {name: str(seat.get(name, "")) for name in ("key", *_COLUMNS)}
    cells |= {name: bool(seat.get(name)) for name in ("uses_tools", "is_open")}
    return SeatDraft(**cells), max(0, min(at, MAX_SEATS))


_COLUMNS = ("model", "role", "instructions", "temperature", "max_tokens", "effort")
_PLAIN = (
    "name", "description", "judge", "judge_instructions", "writer", "writer_instructions",
    "max_tool_steps", "history", "run_s", "cost_usd", "kept",
)  # fmt: skip
_UNCLEAR = "this is not one of the possible values. Choose again."
_TOO_LONG = "longer than 20,000 characters. Shorten them."
_MODEL_WORDS = "write the model as provider/model-id, or choose one from the list."
_SEAT_WORDS = {
    "model": _MODEL_WORDS,
    "role": "a role has at most 80 characters. Shorten it.",
    "instructions": f"the instructions are {_TOO_LONG}",
    "temperature": "the temperature is a number from 0 to 2, or empty for the model’s own.",
    "max_tokens": "the longest answer is a whole number of tokens, at least 1, or empty.",
}
_WORDS = {
    "name": "Give the council a name of 1 to 120 characters.",
    "description": "The description is longer than 2,000 characters. Shorten it.",
    "max_tool_steps": "Tool steps are a whole number from 1 to 16.",
    "run_s": "The longest run is a number of seconds above 0, at most 7,200.",
    "cost_usd": "The most a run may cost is an amount in dollars, 0 or more, or empty for no cap.",
}
