"""Councils people keep: the list with what can be done to each, and the address of each."""

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from council import access, choices, usage
from council.actions import councils
from council.choices import Choice
from council.core import plan
from council.models import Council, Person
from council.providers import offered_to
from council.views import composer, picker
from council.views.door import own, person_of
from council.words import seconds

_DONE = {
    "deleted": "Deleted {}.",
    "restored": "{} is back.",
    "renamed": "The new name is {}.",
    "copied": "Kept a copy: {}.",
    "imported": "Kept from the file: {}.",
    "default": "A new question now starts with {}.",
    "not-default": "A new question now starts with the council you asked last.",
    "published": "Everybody on this server can now ask {}.",
    "withdrawn": "{} is yours alone again.",
}


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """What this person saved, what others published, and the templates."""
    asked = request.GET
    shown = shelf(person_of(request), asked.get("did", ""), asked.get("slug", ""))
    shown["renaming"] = asked.get("rename", "")
    return _page(request, shown)


@require_GET
@own
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """A council's own address: a new question with it."""
    person = person_of(request)
    found = choices.choices(offered_to(person).listings(), person)
    if (choice := picker.at(found, slug)) is None:
        raise access.Closed
    form = request.GET.copy()
    form["council"] = choice.slug
    shown = composer.context(form, person=person)
    return render(request, "home.html", {**shown, "sight": picker.sight(choice, person)})


@require_POST
@own
def rename(request: HttpRequest, slug: str) -> HttpResponse:
    """Another name; what was typed stays where it is not possible."""
    person, name = person_of(request), composer.tidy(request.POST).get("name", "")
    try:
        councils.rename(row=access.council_of(person, slug), name=name)
    except councils.Refused as problem:
        wrong = {"renaming": slug, "typed": name, "problem": str(problem)}
        return _page(request, shelf(person) | wrong, status=422)
    return done(request, "renamed", slug)


@require_POST
@own
def duplicate(request: HttpRequest, slug: str) -> HttpResponse:
    """A copy of any council there is, to change."""
    person = person_of(request)
    choice = _found(person, slug)
    try:
        row = councils.duplicate(person=person, council=choice.council)
    except councils.Refused as problem:
        return _page(request, shelf(person) | {"refusal": str(problem)}, status=422)
    return done(request, "copied", row.slug)


@require_POST
@own
def delete(request: HttpRequest, slug: str) -> HttpResponse:
    """Off the list; it can be undone for a week."""
    councils.delete(row=access.council_of(person_of(request), slug))
    return done(request, "deleted", slug)


@require_POST
@own
def restore(request: HttpRequest, slug: str) -> HttpResponse:
    """Undo a deletion."""
    row = councils.restore(row=access.deleted_council_of(person_of(request), slug))
    return done(request, "restored", row.slug)


@require_POST
@own
def set_default(request: HttpRequest, slug: str) -> HttpResponse:
    """What a new question starts with; a second time: what was asked last."""
    person = person_of(request)
    is_default = person.default_choice == slug
    councils.set_default(person=person, slug="" if is_default else _found(person, slug).slug)
    person.refresh_from_db(fields=["default_choice"])
    return done(request, "not-default" if is_default else "default", slug)


@require_POST
@own
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    """To everyone on this server, or no longer (``is_public`` empty)."""
    person, is_public = person_of(request), bool(request.POST.get("is_public"))
    try:
        councils.publish(row=access.council_of(person, slug), is_public=is_public)
    except councils.Refused as problem:
        return _page(request, shelf(person) | {"refusal": str(problem)}, status=403)
    return done(request, "published" if is_public else "withdrawn", slug)


def _found(person: Person, slug: str) -> Choice:
    """Any council this person may ask, to copy it. Raises Closed."""
    choice = choices.find(slug, offered_to(person).listings(), person)
    if choice is None or choice.is_blank:
        raise access.Closed
    return choice


def shelf(person: Person, did: str = "", slug: str = "") -> dict[str, Any]:
    """Everything the list shows; with what was done last, in words."""
    offered = choices.choices(offered_to(person).listings(), person)
    used = usage.of(person, [choice.row.id for choice in offered if choice.row])
    cards = [_card(choice, person, used) for choice in offered if not choice.is_blank]
    cards.sort(key=_latest, reverse=True)
    deleted = list(access.deleted_councils_of(person))
    names = {row.slug: row.spec["name"] for row in deleted} | {
        card["slug"]: card["council"].name for card in cards
    }
    return {
        "saved": [card for card in cards if card["kind"] == "saved"],
        "public": [card for card in cards if card["kind"] == "public"],
        "templates": [card for card in cards if card["kind"] in ("template", "made")],
        "deleted": deleted,
        "undo_days": councils.UNDO.days,
        "can_publish": person.role == Person.Role.OWNER,
        "did": did if did in _DONE and slug in names else "",
        "slug": slug,
        "note": _DONE[did].format(names[slug]) if did in _DONE and slug in names else "",
    }


def _latest(card: dict[str, Any]) -> float:
    """What was asked last, or made last, comes first; templates keep their order."""
    if card["row"] is None:
        return 0
    when: datetime = card["used"].last if card["used"] else card["row"].created_at
    return when.timestamp()


def whole(council: plan.Council) -> dict[str, Any]:
    """Everything a council holds, as its own page shows it."""
    return {
        "council": council,
        "seats": list(zip(council.letters, council.seats, strict=True)),
        "longest": seconds(council.limits.run_s * 1000).removesuffix(" 00 s"),
        "routing": json.dumps(council.routing, ensure_ascii=False) if council.routing else "",
    }


def _card(choice: Choice, person: Person, used: dict[Any, usage.Usage]) -> dict[str, Any]:
    council, row = choice.council, choice.row
    return {
        "slug": choice.slug,
        "kind": choice.kind,
        "council": council,
        "seats": list(zip(council.letters, council.seats, strict=True)),
        "has_writer": council.writer_model != council.judge.model,
        "missing": choice.missing,
        "is_open": any(model.endswith(f"/{choices.TO_WRITE}") for model in council.models),
        "replaced": choice.replaced,
        "row": row,
        "used": used.get(row.id) if row else None,
        "is_default": person.default_choice == choice.slug,
        "is_public": choice.kind == "saved" and isinstance(row, Council) and row.is_public,
    }


def _page(request: HttpRequest, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    """The list: its moving part for the page's own script, else the page."""
    is_part = bool(request.headers.get("HX-Request"))
    template = "councils/_shelf.html" if is_part else "councils/councils.html"
    return render(request, template, {**shown, "is_part": is_part}, status=status)


def done(request: HttpRequest, did: str, slug: str) -> HttpResponse:
    """After a write: the list as it is now, or a redirect to it."""
    if request.headers.get("HX-Request"):
        return _page(request, shelf(person_of(request), did, slug))
    address = f"{reverse('councils')}?{urlencode({'did': did, 'slug': slug})}"
    place = "" if did in ("deleted", "not-default") else f"#council-{slug}"
    return HttpResponse(status=303, headers={"Location": address + place})
