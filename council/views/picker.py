"""The council picker at the prompt: what it offers there, and what it begins with."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET
from pydantic import ValidationError

from council import access, choices, glances
from council.choices import Choice
from council.core.facts import Know
from council.core.plan import Council
from council.directory import Listing
from council.models import Person, Run
from council.providers import offered_to
from council.threads import Thread
from council.views.door import own, person_of

AS_ASKED = "as-asked"
"""The slug of the seats that a conversation's last question went to, where no choice has them."""
_RECENT = 100
"""Conversations whose times are looked at."""
_WHOLE = (Run.State.DONE, Run.State.PARTIAL)
GROUPS = (
    ("This conversation", lambda choice: choice.slug == AS_ASKED),
    ("Yours", lambda choice: choice.kind == "saved"),
    ("Everyone’s", lambda choice: choice.kind == "public"),
    ("Templates", lambda choice: choice.kind in ("template", "made")),
)
"""The kinds of the picker, in its order."""


def offered(
    listings: Sequence[Listing], person: Person | None, thread: Thread | None = None
) -> list[Choice]:
    """Everything in the picker; in a conversation, first whom its last question went to."""
    found = choices.choices(listings, person)
    last = _last(thread)
    council = None if last is None else _asked(last)
    if last is None or council is None or _as_offered(last, found) is not None:
        return found
    names = {listing.provider.name for listing in listings}
    if not {model.partition("/")[0] for model in council.models} <= names:
        return found
    return [Choice(AS_ASKED, council, kind="made"), *found]


def begins_with(
    found: Sequence[Choice], person: Person | None, thread: Thread | None = None
) -> Choice | None:
    """What is chosen before anybody chooses.

    In a conversation, whom its last question went to. Else what the person set as default, or
    asked last, or what there is.
    """
    ready = [choice for choice in found if choice.is_ready]
    if ready and ready[0].slug == AS_ASKED:
        return ready[0]
    last = _last(thread)
    if last is not None and (again := _as_offered(last, ready)) is not None:
        return again
    by_slug = {choice.slug: choice for choice in ready}
    usual = [] if person is None else [person.default_choice, person.last_choice]
    taken = next((by_slug[slug] for slug in usual if slug in by_slug), None)
    return taken or next(iter(ready), None)


def grouped(found: Sequence[Choice], chosen: Choice | None) -> list[dict[str, Any]]:
    """The choices by kind, as the picker shows them; kinds that are not there are left out."""
    kinds = ((title, [c for c in found if belongs(c)]) for title, belongs in GROUPS)
    return [
        {"title": title, "councils": [card(choice, choice is chosen) for choice in some]}
        for title, some in kinds
        if some
    ]


def card(choice: Choice, is_chosen: bool) -> dict[str, Any]:
    """A choice as templates read it."""
    council = choice.council
    return {
        "slug": choice.slug,
        "name": f"{council.name}, as asked" if choice.slug == AS_ASKED else council.name,
        "description": council.description,
        "council": council,
        "seats": [
            {"letter": letter, "role": seat.role, "model": seat.model}
            for letter, seat in zip(council.letters, council.seats, strict=True)
        ],
        "judge": council.judge.model,
        "writer": council.writer_model,
        "letters": council.letters,
        "is_chosen": is_chosen,
        "is_own": choice.kind == "saved",
        "missing": choice.missing,
        "replaced": choice.replaced,
        "row": choice.row,
    }


@require_GET
@own
def options(request: HttpRequest) -> HttpResponse:
    """All councils at a glance, for the picker's list (a part)."""
    person, thread = person_of(request), thread_of(request, request.GET)
    there = offered_to(person)
    found = offered(there.listings(), person, thread)
    taken = request.GET.get("council", "")
    chosen = next((choice for choice in found if choice.slug == taken), None)
    groups, know, lasted = grouped(found, chosen), cache(there.know), _lasted(person)
    for one in (one for group in groups for one in group["councils"]):
        one |= _glance(one, person, know, lasted)
        one["find"] = _words(one["name"], one["council"])
    return render(request, "composer/_councils.html", {"groups": groups})


def sight(choice: Choice, person: Person) -> dict[str, Any]:
    """A council as its own page shows it."""
    one = card(choice, True)
    return one | _glance(one, person, offered_to(person).know, _lasted(person))


def at(found: Sequence[Choice], address: str) -> Choice | None:
    """The choice at an address: its slug, or for a saved council its id, which is the same for
    everybody who may use it."""
    by_slug = next((choice for choice in found if choice.slug == address), None)
    return by_slug or next((c for c in found if c.row and str(c.row.id) == address), None)


def _glance(
    one: Mapping[str, Any], person: Person, know: Know, lasted: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """What a council costs and takes, and whether questions begin with it."""
    council, row = one["council"], one["row"]
    key = council.name if row is None else str(row.id)
    return {
        "cost": glances.cost(council, know),
        "time": glances.time(council, know, lasted.get(key, ())),
        "is_default": one["slug"] == person.default_choice,
    }


def thread_of(request: HttpRequest, form: QueryDict) -> Thread | None:
    """The conversation that the form goes on with, or the run whose question it asks anew in a
    conversation of its own. Raises Closed when it is not this person's."""
    person = person_of(request)
    try:
        if text := form.get("branch", ""):
            return access.run_for(person, UUID(text))
        text = form.get("conversation", "")
        return access.conversation_for(person, UUID(text)) if text else None
    except ValueError as problem:
        raise access.Closed from problem


def _lasted(person: Person) -> dict[str, list[float]]:
    """How many seconds this person's latest questions took, by council, the latest first."""
    recent = access.conversations_of(person).values("id")[:_RECENT]
    runs = Run.objects.filter(conversation__in=recent, kind=Run.Kind.COUNCIL, state__in=_WHOLE)
    found: dict[str, list[float]] = {}
    for council_id, name, began, ended in runs.order_by("-created_at").values_list(
        "council_id", "council_name", "created_at", "ended_at"
    ):
        key = name if council_id is None else str(council_id)
        if ended is not None:
            found.setdefault(key, []).append((ended - began).total_seconds())
    return found


def _words(name: str, council: Council) -> str:
    """What a council is found by: its name, roles and models."""
    said = [name, *(part for seat in council.seats for part in (seat.role, seat.model))]
    return " ".join([*said, council.judge.model]).casefold()


def remembered(
    choice: Choice | None, found: Sequence[Choice], thread: Thread | None
) -> Choice | None:
    """What a run is to remember as its choice: for seats as asked before, what they were once."""
    if choice is None or choice.slug != AS_ASKED:
        return choice
    last = _last(thread)
    return None if last is None else _source(last, found)


def _last(thread: Thread | None) -> Run | None:
    """The last question that went to a whole council."""
    if thread is None or isinstance(thread, Run):
        return thread
    fields = ("plan", "council_id", "council_version", "council_name")
    asked = thread.runs.filter(kind=Run.Kind.COUNCIL).order_by("-number")
    return asked.only(*fields).first()


def _asked(last: Run) -> Council | None:
    """The council of a run; None where another version of the program wrote its plan."""
    with suppress(ValidationError):
        return Council.model_validate(last.plan.get("council"))
    return None


def _as_offered(last: Run, found: Sequence[Choice]) -> Choice | None:
    """The choice the run was asked with, unless its seats had been changed for it.

    Of a saved council asked as it was saved, the newest version is meant; and whether the web
    may be used is asked anew each time.
    """
    source = _source(last, found)
    if source is None or last.council_version is not None:
        return source
    asked = _asked(last)
    if asked is None:
        return source
    same = replace(source, council=source.council.model_copy(update={"tools": asked.tools}))
    return source if same.council == asked else None


def _source(last: Run, found: Sequence[Choice]) -> Choice | None:
    if last.council_id is not None:
        return next((c for c in found if c.row and c.row.id == last.council_id), None)
    name = last.council_name
    return next((c for c in found if c.row is None and c.council.name == name), None)
