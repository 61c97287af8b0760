"""The pages a person reads."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from council import access, doctor, export, journal, threads
from council.disagreement import speeds
from council.document import document as run_document
from council.frames import Page
from council.models import Attachment, Person, Run
from council.sharing.lens import OWNER, READ_ONLY
from council.views import around, composer, reading
from council.views.door import own, person_of
from council.views.drawing import drawn


@require_GET
@own
def home(request: HttpRequest) -> HttpResponse:
    """A new question."""
    files = access.unsent_files(person_of(request), request.GET.getlist("attached"))
    shown = composer.context(request.GET, person=person_of(request), files=files)
    return render(request, "home.html", shown)


@require_GET
@own
def connect(request: HttpRequest) -> HttpResponse:
    """How to connect a provider; a question that waits is kept."""
    return render(request, "connect.html", _connect(request))


@require_POST
@own
def check(request: HttpRequest) -> HttpResponse:
    """The doctor's report, for the owner: a part for the page's own script, else the page."""
    access.machine_for(person_of(request))
    lines = doctor.examine()
    if request.headers.get("HX-Request"):
        return render(request, "connect/_report.html", {"lines": lines})
    return render(request, "connect.html", {**_connect(request), "lines": lines})


def _connect(request: HttpRequest) -> dict[str, Any]:
    is_owner = person_of(request).role == Person.Role.OWNER
    shown = composer.context(request.GET, person=person_of(request), seats=False)
    return {**shown, "is_owner": is_owner}


@require_GET
@own
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The latest run of a conversation; in its main thread, where it has one."""
    runs = access.conversation_for(person_of(request), conversation_id).runs.order_by("-number")
    last = runs.filter(kind__in=threads.MAIN).first() or runs.first()
    return redirect("run", run_id=last.id) if last else redirect("home")


@require_GET
@own
def run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run: the folded journal, complete without JavaScript."""
    row = access.run_for(person_of(request), run_id)
    request.conversation_id = row.conversation_id  # type: ignore[attr-defined]
    shown = run_context(row, request.GET)
    shown["is_blind"] = reading.is_blind(request)
    asked, kept = request.GET.get(speeds.PARAMETER, ""), request.COOKIES.get(speeds.COOKIE, "")
    shown["speed"] = speeds.chosen(shown["run"], asked, kept)
    return render(request, "run/run.html", shown)


@require_GET
@own
def document(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The run document."""
    row = access.run_for(person_of(request), run_id)
    state = journal.folded(row.id).state
    response = JsonResponse(
        run_document(row, state), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    response["Content-Disposition"] = f'attachment; filename="run-{row.id}.json"'
    return response


@require_GET
@own
def markdown(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The run to read elsewhere."""
    row = access.run_for(person_of(request), run_id)
    return saved(export.as_markdown([row]), export.name_of(row, "md"))


@require_GET
@own
def thread(request: HttpRequest, run_id: UUID, ending: str) -> HttpResponse:
    """The whole conversation of a run as one file, to read or to import again."""
    row = access.run_for(person_of(request), run_id)
    runs = list(row.conversation.runs.order_by("number"))
    made = export.as_markdown(runs) if ending == "md" else export.as_json(row.conversation, runs)
    return saved(made, export.name_of(row.conversation, ending))


def saved(text: str, name: str) -> HttpResponse:
    """A text as a file to save."""
    kind = "text/markdown" if name.endswith("md") else "application/json"
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@require_GET
@own
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """A file that came with a question: to save, or as a picture inside our own page.

    Its type is ours, from its content. Opened by itself it may do nothing at all.
    """
    return sent(access.file_for(person_of(request), file_id))


def sent(row: Attachment) -> HttpResponse:
    """The file itself, for whoever may have it."""
    kind = row.media_type if row.kind == "image" else "application/octet-stream"
    response = HttpResponse(bytes(row.data), content_type=kind)
    response["Content-Disposition"] = content_disposition_header(True, row.name)
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def run_context(row: Run, query: QueryDict | None = None) -> dict[str, Any]:
    """What the run's page shows; its address may say how the columns stand, and ``to``: whom its
    box asks next."""
    query = query or QueryDict()
    page = Page(row.id, journal.folded(row.id), READ_ONLY if row.origin else OWNER)
    state = page.run
    is_live = not state.is_final or row.state not in Run.FINAL
    return {
        **drawn(page, query, is_live=is_live, now_ms=_age_ms(row)),
        "row": row,
        "document_url": reverse("document", args=[row.id]),
        "socket": f"/ws/runs/{row.id}/",
        "ran_with": access.council_behind(row),
        "judgings": _judgings(row),
        "files": _asked_in(row).attachments.defer("data", "text").order_by("created_at"),
        "best": access.best_answers_of(row.conversation.person).filter(run=row).first(),
        "is_blind": row.conversation.person.reads_blind,
        "conversation": row.conversation,
        **around.context(row),
        **({} if row.origin else around.box(row, query.get("to", ""))),
    }


def _asked_in(row: Run) -> Run:
    """The run in which the question was asked: a judging goes back to it."""
    return row.parent if row.kind == Run.Kind.JUDGING and row.parent else row


def _judgings(row: Run) -> list[dict[str, Any]]:
    """The other judgings of these answers, oldest first."""
    found = _asked_in(row).descendants.filter(kind=Run.Kind.JUDGING).order_by("created_at")
    return [
        {"run": one, "model": one.plan["council"]["judge"]["model"], "is_this": one.id == row.id}
        for one in found.defer("fold")
    ]


def _age_ms(row: Run) -> int:
    return int((timezone.now() - row.created_at).total_seconds() * 1000)
