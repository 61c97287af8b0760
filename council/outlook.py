"""What can be said of a draft while it is written: its models, a typical run, advice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from council import catalogue, estimates, words
from council.actions import runs
from council.advice import Advice, Standing, advice, voices
from council.catalogue import Entry
from council.core.estimate import Estimate, estimate
from council.core.plan import Council, ModelName
from council.drafts import Draft, Problem, Unfinished, council_of
from council.providers import REHEARSAL, Offered

NOBODY = "nobody/yet"
"""Stands for a judge while none is chosen."""
_MODEL = TypeAdapter(ModelName)


@dataclass(frozen=True)
class Outlook:
    """What stands beside a draft.

    ``total`` is the cost of a typical run in words, empty while nobody is on the panel.
    ``rows`` are its parts with their seat's letter, ``judge`` or ``writer``; ``models`` says of
    each model in the draft what is known of it.
    """

    total: str = ""
    panel: str = ""
    rows: tuple[estimates.Row, ...] = ()
    notes: tuple[Advice, ...] = ()
    models: dict[str, str] | None = None

    def cost(self, place: str) -> str:
        """What this seat, judge or writer costs; empty while that cannot be said."""
        return next((row.cost for row in self.rows if row.seat == place), "")

    def known(self, model: str) -> str:
        """What is known of a model, in words."""
        return (self.models or {}).get(model, "")


def outlook(draft: Draft, offered: Offered) -> Outlook:
    """What to say beside this draft. Quick: from memory, nobody is asked."""
    listings = offered.listings()
    there = {entry.name: entry for entry in catalogue.entries(listings)}
    without_list = {li.provider.name for li in listings if not li.models}
    hosts = offered.hosts()

    def standing(model: str) -> Standing:
        name = model.partition("/")[0]
        if name not in hosts:
            return "unsaid" if model == NOBODY else "absent"
        if model in there or name == REHEARSAL:
            return "listed"
        return "unsaid" if name in without_list else "unlisted"

    named = [*(seat.model for seat in draft.seats), draft.judge, draft.writer]
    models = {name: model_words(name, there.get(name), standing(name)) for name in named if name}
    sketched = sketch(draft)
    if sketched is None:
        return Outlook(models=models)
    letters, council = sketched
    found = estimate(runs.draft(estimates.TYPICAL, council, None), offered.know)
    rows = estimates.rows(found)
    members = [replace(row, seat=a) for row, a in zip(rows, letters, strict=False)]
    return Outlook(
        total=_total_words(found),
        panel=_panel_words(council),
        rows=(*members, *(row for row in rows[len(letters) :] if row.model != NOBODY)),
        notes=advice(council, offered.know, standing, found, letters),
        models=models,
    )


def sketch(draft: Draft) -> tuple[str, Council] | None:
    """What of a draft can be understood already, and its seats' letters; None while no seat has
    a model. What is wrong so far is taken for not said."""
    seats = [(letter, seat) for letter, seat in draft.written if _is_model(seat.model)]
    if not seats:
        return None
    clean = replace(
        draft,
        name=draft.name or "…",
        seats=tuple(seat for _, seat in seats),
        judge=draft.judge if _is_model(draft.judge) else NOBODY,
        writer=draft.writer if _is_model(draft.writer) else "",
    )
    letters = "".join(letter for letter, _ in seats)
    try:
        return letters, council_of(clean)
    except Unfinished as unfinished:
        return letters, council_of(_without(clean, unfinished.problems))


def model_words(model: str, entry: Entry | None, standing: Standing) -> str:
    """What is known of a model: ``1M context · $3 / $15 per million · sees, tools``."""
    if model.startswith(f"{REHEARSAL}/"):
        return "scripted, not AI · free"
    if entry is None:
        said = {"absent": "its provider is not connected", "unlisted": "in no list"}
        return said.get(standing, "its provider lists no models") if _is_model(model) else ""
    pieces = [f"{entry.context_words} context"] if entry.context_words else []
    price = entry.price_words
    pieces.append(f"{price} per million" if price and price != "free" else price or "price unknown")
    pieces += [", ".join(entry.abilities)] if entry.abilities else []
    return " · ".join(pieces)


def _total_words(found: Estimate) -> str:
    """The cost in a few words; whose is unknown stands in the rows."""
    known = replace(found, parts=tuple(part for part in found.parts if part.cost_usd is not None))
    if len(known.parts) == len(found.parts) or not known.parts:
        return estimates.total_words(found)
    return f"At least {words.dollars(found.low_usd)}" if found.low_usd else "Cost unknown"


def _panel_words(council: Council) -> str:
    """``3 seats, about 2 independent voices``."""
    count, heard = len(council.seats), voices(council)
    if count == 1:
        return "1 seat"
    return f"{count} seats, about {heard} independent voice{'s' if heard > 1 else ''}"


def _without(draft: Draft, problems: Sequence[Problem]) -> Draft:
    """The draft with every field that is wrong set back."""
    for problem in problems:
        name, _, key = problem.field.partition("-")
        if key:
            blank: dict[str, Any] = {name: ""}
            seats = [replace(s, **blank) if s.key == key else s for s in draft.seats]
            draft = replace(draft, seats=tuple(seats))
        else:
            draft = replace(draft, **{name: getattr(Draft(name="…"), name)})
    return draft


def _is_model(text: str) -> bool:
    try:
        _MODEL.validate_python(text)
    except ValidationError:
        return False
    return True
