"""Everything mine: what there is, taken along, deleted for good."""

from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.actions import belongings, people
from council.views.door import own, person_of

CONVERSATIONS, EVERYTHING = "delete conversations", "delete everything"
"""What has to be typed before either is done."""


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """What is there, and what can be done with it."""
    return render(request, "data/data.html", _shown(request, CONVERSATIONS))


@require_POST
@own
def delete_conversations(request: HttpRequest) -> HttpResponse:
    """Delete all conversations, once the words are typed."""
    if not _says(request, CONVERSATIONS):
        return _refuse(request, "data/data.html", CONVERSATIONS)
    belongings.delete_conversations(person=person_of(request))
    return redirect("data")


@require_http_methods(["GET", "POST"])
@own
def delete_everything(request: HttpRequest) -> HttpResponse:
    """The page that says what goes; and, once the words are typed, the end of it all."""
    if request.method == "GET":
        return render(request, "data/everything.html", _shown(request, EVERYTHING))
    if not _says(request, EVERYTHING):
        return _refuse(request, "data/everything.html", EVERYTHING)
    belongings.delete(person=person_of(request))
    logout(request)
    return render(request, "data/deleted.html")


def _says(request: HttpRequest, words: str) -> bool:
    return " ".join(request.POST.get("word", "").lower().split()) == words


def _refuse(request: HttpRequest, page: str, words: str) -> HttpResponse:
    problem = f"Nothing was deleted: type “{words}” to confirm."
    return render(request, page, {**_shown(request, words), "problem": problem}, status=422)


def _shown(request: HttpRequest, words: str) -> dict[str, Any]:
    person = person_of(request)
    return {
        "counted": belongings.count(person),
        "is_last_owner": people.is_last_owner(person),
        "word": words,
    }
