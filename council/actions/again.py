"""What people change in a run that is there: another model in a seat, one member more."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from council import journal
from council.actions import runs
from council.actions.runs import Refused
from council.core.plan import LETTERS, ModelName, Plan, Seat
from council.models import Order, Run
from council.providers import REHEARSAL, Offered, offered_to

_MODEL: TypeAdapter[str] = TypeAdapter(ModelName)
_FULL = "A run has at most eight members, and this one has eight. Nothing was asked."


def swap(*, run: Run, letter: str, model: str, sure: str = "", seen: str = "") -> None:
    """Ask a seat again, with this model from now on. ``seen`` tells one press of a form from the
    next: the same one sent twice asks once. ``sure``: `askable`. Raises NoSuchSeat, Refused."""
    seat = runs.seat_of(run, letter)
    offered = offered_to(run.conversation.person)
    model = askable(offered, model, Plan.model_validate(run.plan).council.models, sure)
    ask = {"model": model, "host": _host(offered, model)}
    runs.order(
        run,
        Order.Kind.RETRY_SEAT,
        letter,
        detail=_wish(ask, seen),
        specs={letter: seat.model_copy(update={"model": model})},
    )


def beside(*, run: Run, letter: str, model: str, sure: str = "", seen: str = "") -> None:
    """Ask this model what the seat was asked, in a column of its own: the answer that is there
    stays. Raises NoSuchSeat, Refused."""
    seat = runs.seat_of(run, letter)
    offered = offered_to(run.conversation.person)
    model = askable(offered, model, Plan.model_validate(run.plan).council.models, sure)
    _add(run, offered, seat.model_copy(update={"model": model}), "", seen)


def add(
    *, run: Run, model: str, role: str = "", instructions: str = "", sure: str = "", seen: str = ""
) -> None:
    """Ask one member more. Raises Refused."""
    offered = offered_to(run.conversation.person)
    model = askable(offered, model, Plan.model_validate(run.plan).council.models, sure)
    try:
        seat = Seat(model=model, role=role.strip(), instructions=instructions.strip())
    except ValidationError as problem:
        raise Refused(
            "A role has at most 80 characters, instructions at most 20,000. Nothing was asked."
        ) from problem
    _add(run, offered, seat, "", seen)


def second_sample(*, run: Run, letter: str, seen: str = "") -> None:
    """Ask a seat's question once more, in a column of its own: what differs is noise, or shows
    that the model contradicts itself. Raises NoSuchSeat, Refused."""
    person, seat = run.conversation.person, runs.seat_of(run, letter)
    runs.refuse_unasked(person, seat.model)
    first = journal.folded(run.id).state.seats[letter].sample_of or letter
    _add(run, offered_to(person), seat, first, seen)


def _add(run: Run, offered: Offered, seat: Seat, sample_of: str, seen: str) -> None:
    if run.kind != Run.Kind.COUNCIL:
        raise Refused("Members are added to a question to the whole council. Nothing was asked.")
    seats = journal.folded(run.id).state.seats
    waiting = run.orders.filter(kind=Order.Kind.ADD_SEAT, taken_at=None).count()
    if len(seats) + waiting >= len(LETTERS):
        raise Refused(_FULL)
    ask: dict[str, Any] = {
        "seat": seat.model_dump(mode="json"),
        "host": _host(offered, seat.model),
        "sample_of": sample_of,
    }
    runs.order(
        run,
        Order.Kind.ADD_SEAT,
        detail=_wish(ask, seen),
        specs={LETTERS[len(seats)]: seat},
    )


class Unlisted(Refused):
    """The provider's list does not have this model; it may be new, so whoever is sure may ask."""


def askable(offered: Offered, model: str, beside: tuple[str, ...], sure: str = "") -> str:
    """The model's name, tidied. Raises Refused where it cannot be asked, and says why; Unlisted
    where it may be asked all the same, by whoever says that it is the one (``sure``).

    ``beside`` are the models of the run: scripted ones play only with each other.
    """
    try:
        model = _MODEL.validate_python(model.strip())
    except ValidationError as problem:
        raise Refused(
            "Write the model as provider/model-id, or choose one from the list. Nothing was asked."
        ) from problem
    name = model.partition("/")[0]
    if name == REHEARSAL and all(one.startswith(f"{REHEARSAL}/") for one in beside):
        return model
    if name not in offered.known:
        raise Refused(
            f"{name} is not connected here: there is no key for it, or no such provider. Nothing "
            "was asked, and all that is here is kept."
        )
    if sure.strip() != model:
        _refuse_unlisted(offered, name, model)
    return model


def _refuse_unlisted(offered: Offered, name: str, model: str) -> None:
    """A list that is there and young is believed; what stands after a colon is a variant."""
    listing = next((one for one in offered.listings() if one.provider.name == name), None)
    if listing is None or not listing.is_usable or not listing.models:
        return
    listed = [f"{name}/{one.id}" for one in listing.models]
    if model.rpartition(":")[0] in listed or any(
        one.partition(":")[0] == model.partition(":")[0] for one in listed
    ):
        return
    near = get_close_matches(model, listed, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise Unlisted(
        f"{name} lists no model {model}. Nothing was asked.{hint} If it is new there, send this "
        "once more to ask it all the same."
    )


def _wish(ask: Mapping[str, Any], seen: str) -> dict[str, Any]:
    return {"ask": dict(ask), "seen": seen[:64]}


def _host(offered: Offered, model: str) -> str:
    return offered.hosts().get(model.partition("/")[0], "")
