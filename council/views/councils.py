"""Councils people keep: the list, and the address of each."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from council import access, choices
from council.providers import offered_to
from council.views import composer
from council.views.door import own, person_of


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """What this person saved, what others published, and the templates."""
    person = person_of(request)
    offered = choices.choices(offered_to(person).listings(), person)
    shown = {"saved": [c for c in offered if c.row], "templates": [c for c in offered if not c.row]}
    return render(request, "councils/councils.html", shown)


@require_GET
@own
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """A council's own address: a new question with it."""
    person = person_of(request)
    choice = choices.find(slug, offered_to(person).listings(), person)
    if choice is None:
        raise access.Closed
    form = request.GET.copy()
    form["council"] = choice.slug
    return render(request, "home.html", composer.context(form, person=person))
