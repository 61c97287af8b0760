"""What changed from one version of a council to the next, in words."""

from collections.abc import Callable, Iterator

from council.core.plan import LETTERS, Council, Seat
from council.words import dollars, list_words, seconds, short_model

Pair = tuple[int, int]
_TOOLS = {"web_search": "web search", "web_fetch": "reading of pages"}
_HISTORY = {
    "synthesis": "Follow-ups show every member the synthesis of each earlier question.",
    "own": "Follow-ups show each member its own earlier answers.",
}


def changes(old: Council, new: Council) -> list[str]:
    """A sentence per change; nothing when both are the same."""
    return [*_names(old, new), *_seats(old, new), *_chairs(old, new), *_rest(old, new)]


def _names(old: Council, new: Council) -> Iterator[str]:
    if old.name != new.name:
        yield f"Renamed from “{old.name}” to “{new.name}”."
    if old.description != new.description:
        yield f"Description {_text(old.description, new.description)}."


def _seats(old: Council, new: Council) -> Iterator[str]:
    pairs = _paired(old.seats, new.seats)
    kept, stayed = {i for i, _ in pairs}, {j for _, j in pairs}
    for i, seat in enumerate(old.seats):
        if i not in kept:
            yield f"Seat {LETTERS[i]} removed: {_seat(seat)}."
    for j, seat in enumerate(new.seats):
        if j not in stayed:
            yield f"Seat {LETTERS[j]} added: {_seat(seat)}."
    order = [i for i, _ in pairs]
    if order != sorted(order):
        moved = [f"{LETTERS[i]} is now {LETTERS[j]}" for i, j in pairs if i != j]
        yield f"Seats in another order: {list_words(moved)}."
    for i, j in pairs:
        if words := list(_seat_changes(old.seats[i], new.seats[j])):
            yield f"Seat {LETTERS[j]}: {'; '.join(words)}."


def _paired(old: tuple[Seat, ...], new: tuple[Seat, ...]) -> list[Pair]:
    """Which old seat is which new one, in the new order: the most alike find each other first."""
    alike: tuple[Callable[[int, int], bool], ...] = (
        lambda i, j: i == j and old[i] == new[j],
        lambda i, j: old[i] == new[j],
        lambda i, j: i == j and (old[i].model == new[j].model or _same_role(old[i], new[j])),
        lambda i, j: old[i].model == new[j].model and old[i].role == new[j].role,
        lambda i, j: _same_role(old[i], new[j]),
        lambda i, j: old[i].model == new[j].model,
        lambda i, j: i == j and len(old) == len(new),
    )
    found: dict[int, int] = {}
    for is_alike in alike:
        for j in range(len(new)):
            free = (i for i in range(len(old)) if i not in found.values() and is_alike(i, j))
            if j not in found and (i := next(free, None)) is not None:
                found[j] = i
    return sorted(((i, j) for j, i in found.items()), key=lambda pair: pair[1])


def _same_role(one: Seat, other: Seat) -> bool:
    return one.role != "" and one.role == other.role


def _seat(seat: Seat) -> str:
    name = short_model(seat.model)
    return f"{name} as {seat.role}" if seat.role else name


def _seat_changes(old: Seat, new: Seat) -> Iterator[str]:
    if old.model != new.model:
        yield _model(old.model, new.model)
    if old.role != new.role:
        yield f"role {_quoted(new.role)}, was {_quoted(old.role)}"
    if old.instructions != new.instructions:
        yield f"instructions {_text(old.instructions, new.instructions)}"
    if old.temperature != new.temperature:
        yield f"temperature {_number(new.temperature)}, was {_number(old.temperature)}"
    if old.max_tokens != new.max_tokens:
        yield f"longest answer {_tokens(new.max_tokens)}, was {_tokens(old.max_tokens)}"
    if old.reasoning_effort != new.reasoning_effort:
        was = old.reasoning_effort or "the model’s own"
        yield f"effort {new.reasoning_effort or 'the model’s own'}, was {was}"
    if old.tools != new.tools:
        yield "with tools" if new.tools else "without tools"


def _chairs(old: Council, new: Council) -> Iterator[str]:
    if old.judge.model != new.judge.model:
        yield f"Judge: {_model(old.judge.model, new.judge.model)}."
    if old.judge.instructions != new.judge.instructions:
        yield f"Instructions of the judge {_text(old.judge.instructions, new.judge.instructions)}."
    if old.writer.model != new.writer.model:
        if new.writer.model is None:
            yield f"Writer: the judge’s model, was {short_model(old.writer_model)}."
        else:
            yield f"Writer: {_model(old.writer_model, new.writer.model)}."
    if old.writer.instructions != new.writer.instructions:
        text = _text(old.writer.instructions, new.writer.instructions)
        yield f"Instructions of the writer {text}."


def _rest(old: Council, new: Council) -> Iterator[str]:
    for tool, words in _TOOLS.items():
        if (tool in old.tools) != (tool in new.tools):
            yield f"{words.capitalize()} {'on' if tool in new.tools else 'off'}."
    if old.server_tools != new.server_tools:
        now = list_words([tool.removeprefix("openrouter:") for tool in new.server_tools])
        yield f"Tools of OpenRouter: {now or 'none'}."
    if old.routing != new.routing:
        yield f"Routing of OpenRouter {'changed' if new.routing else 'removed'}."
    if old.max_tool_steps != new.max_tool_steps:
        yield f"Tool steps: {new.max_tool_steps}, was {old.max_tool_steps}."
    if old.history != new.history:
        yield _HISTORY[new.history]
    if old.limits.cost_usd != new.limits.cost_usd:
        was = _cap(old.limits.cost_usd)
        yield f"Most one run may cost: {_cap(new.limits.cost_usd)}, was {was}."
    if old.limits.run_s != new.limits.run_s:
        was = seconds(old.limits.run_s * 1000)
        yield f"Longest run: {seconds(new.limits.run_s * 1000)}, was {was}."


def _model(old: str, new: str) -> str:
    """Two models that are the same by their short names are told apart by their whole ones."""
    short = short_model(old), short_model(new)
    before, now = short if short[0] != short[1] else (old, new)
    return f"{now}, was {before}"


def _text(old: str, new: str) -> str:
    if not old or not new:
        return "added" if new else "removed"
    return "rewritten"


def _quoted(role: str) -> str:
    return f"“{role}”" if role else "none"


def _number(value: float | None) -> str:
    return "the model’s own" if value is None else f"{value:g}"


def _tokens(value: int | None) -> str:
    return "without a limit" if value is None else f"{value:,} tokens"


def _cap(value: float | None) -> str:
    return "no cap" if value is None else dollars(value)
