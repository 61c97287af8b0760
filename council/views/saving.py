"""Saving what stands at the prompt as a council; the question stays in its box."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from council import access
from council.actions import councils
from council.choices import Choice
from council.core.plan import Council
from council.models import Council as Row
from council.models import Person
from council.providers import offered_to
from council.threads import Thread
from council.views import composer, orders, picker
from council.views.door import own, person_of

_OF_SEATS = ("role", "model", "judge", "writer", "web", "web_asked", "seats_of", "save_as", "save")


@dataclass(frozen=True)
class _Saved:
    """A council that is kept now, and what there is to say of it."""

    row: Row
    words: str


@require_POST
@own
def save(request: HttpRequest) -> HttpResponse:
    """Keep the seats as they stand, under a new name or as the next version of the chosen one."""
    person, form = person_of(request), composer.tidy(request.POST)
    thread = picker.thread_of(request, form)
    files, problems = orders.files_of(request, person, form)
    try:
        saved = _save(person, form, thread)
    except (composer.Unclear, councils.Refused) as problem:
        said = {"save_error": str(problem), "save_as": form.get("save_as", ""), "editing": True}
        again = composer.context(form, person=person, thread=thread, files=files)
        return _answer(request, {**again, **said}, 422)
    for name in _OF_SEATS:
        form.pop(name, None)
    form["council"] = saved.row.slug
    shown = composer.context(
        form, person=person, error=" ".join(problems), thread=thread, files=files
    )
    return _answer(
        request, {**shown, "saved": saved.words, "slug": saved.row.slug, "editing": True}, 200
    )


def _answer(request: HttpRequest, shown: dict[str, object], status: int) -> HttpResponse:
    """The whole page for a form; for htmx the parts that change, which it takes only as 200."""
    if not request.headers.get("HX-Request"):
        return render(request, "home.html", shown, status=status)
    saved = bool(shown.get("saved"))
    sight = composer.moved_to(request, str(shown["slug"])) if saved else None
    response = render(request, "composer/_saved.html", {**shown, "sight": sight})
    if sight is not None:
        response["HX-Replace-Url"] = reverse("council", args=[sight["slug"]])
    return trigger_client_event(response, "seats", after="settle")


def _save(person: Person, form: QueryDict, thread: Thread | None) -> _Saved:
    """Raises Unclear and Refused, with a sentence."""
    offered = picker.offered(offered_to(person).listings(), person, thread)
    choice = next((c for c in offered if c.slug == form.get("council", "")), None)
    council = composer.council_from(form, choice)
    if form.get("save") == "changes":
        return _change(choice, council)
    name = " ".join(form.get("save_as", "").split())
    if not name:
        raise composer.Unclear("Write a name for the council, then save it.")
    if len(name) > composer.MAX_NAME:
        raise composer.Unclear(f"A name has at most {composer.MAX_NAME} characters. Shorten it.")
    words = "" if choice is None or choice.kind == "made" else council.description
    council = council.model_copy(update={"name": name, "description": words})
    return _add(person, council, offered)


def _change(choice: Choice | None, council: Council) -> _Saved:
    if choice is None or choice.row is None or choice.kind != "saved":
        raise composer.Unclear("Only a council of your own can be changed. Save it under a name.")
    row = councils.save(person=choice.row.owner, council=council, row=choice.row)
    if row.version == choice.row.version:
        return _Saved(row, f"Nothing had changed in “{council.name}”.")
    return _Saved(row, f"Saved “{council.name}”, version {row.version}.")


def _add(person: Person, council: Council, offered: Sequence[Choice]) -> _Saved:
    """A new council; the same one sent twice is kept once."""
    spec = council.model_dump(mode="json")
    if (twin := access.councils_of(person).filter(spec=spec).first()) is not None:
        return _Saved(twin, f"“{council.name}” was saved already, just like this.")
    names = {choice.council.name.casefold() for choice in offered}
    row = councils.save(person=person, council=council)
    if council.name.casefold() in names:
        also = "There was one of that name already: both are kept."
        return _Saved(row, f"Saved as “{council.name}”. {also}")
    return _Saved(row, f"Saved as “{council.name}”. It is chosen now, and under Councils.")
