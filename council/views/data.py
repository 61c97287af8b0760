"""Everything mine: what there is, taken along, deleted for good."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import export, run_file
from council.actions import belongings, imports, people
from council.views.door import back_to, own, person_of

CONVERSATIONS, EVERYTHING = "delete conversations", "delete everything"
"""What has to be typed before either is done."""


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """What is there, and what can be done with it."""
    return render(request, "data/data.html", _shown(request, CONVERSATIONS))


@require_GET
@own
def download(request: HttpRequest) -> StreamingHttpResponse:
    """Everything as a zip, made while it is sent."""
    name = f"fusion-council-{timezone.now():%Y-%m-%d}.zip"
    made = export.pieces(export.documents(person_of(request)))
    response = StreamingHttpResponse(_one_by_one(made), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Each piece is made when the one before it is sent: Django would gather a plain iterator."""
    while piece := await sync_to_async(lambda: next(pieces, b""))():
        yield piece


@require_POST
@own
def bring(request: HttpRequest) -> HttpResponse:
    """A run document or a conversation's file becomes a conversation to read."""
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise run_file.Damaged("Choose a file first. Nothing was imported.")
        documents = run_file.read(upload.read(run_file.MAX_BYTES + 1))
        made = imports.bring(person=person_of(request), documents=documents)
    except (run_file.Damaged, imports.Refused) as problem:
        shown = {**_shown(request, CONVERSATIONS), "import_problem": str(problem)}
        return render(request, "data/data.html", shown, status=422)
    return back_to(request, reverse("conversation", args=[made.id]))


@require_POST
@own
def delete_conversations(request: HttpRequest) -> HttpResponse:
    """Delete all conversations, once the words are typed."""
    if not _says(request, CONVERSATIONS):
        return _refuse(request, "data/data.html", CONVERSATIONS)
    belongings.delete_conversations(person=person_of(request))
    return back_to(request, reverse("data"))


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
