"""Everything asked so far: the list, what one does with a conversation, and the search."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import access, listing
from council.actions import conversations
from council.models import Conversation, Person
from council.searching import queries, search
from council.views import sidebar
from council.views.door import own, person_of

PER_PAGE = 50


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """All conversations of this person by day, or what a search finds in them.

    For the page's own script only what the form is about.
    """
    person, asked = person_of(request), listing.asked(request.GET)
    query = queries.parse(asked.q)
    shown = _found(request, person, asked, query) if query else _list(request, person, asked)
    context = {"asked": asked, "query": query, "here": request.get_full_path(), **shown}
    if request.headers.get("HX-Target") == "kept":
        return render(request, "history/_kept.html", context | {"is_part": True})
    return render(request, "history/history.html", context | listing.filters(person, asked))


def _list(request: HttpRequest, person: Person, asked: listing.Asked) -> dict[str, Any]:
    start = _number(request.GET.get("from", ""))
    rows = list(listing.conversations(person, asked)[start : start + PER_PAGE + 1])
    found = listing.told(rows[:PER_PAGE])
    return {
        "groups": sidebar.grouped(found, apart=False),
        "earlier": _link(request, "from", max(start - PER_PAGE, 0)) if start else "",
        "later": _link(request, "from", start + PER_PAGE) if len(rows) > PER_PAGE else "",
    }


def _found(
    request: HttpRequest, person: Person, asked: listing.Asked, query: queries.Query
) -> dict[str, Any]:
    before = _number(request.GET.get("before", "")) or None
    filters = {"council": asked.council, "model": asked.model, "state": asked.state}
    found = search.find(person, query, before=before, **filters)
    return {
        "found": found,
        "later": _link(request, "before", found.before) if found.before else "",
        "is_first": before is None,
    }


@require_GET
@own
def menu(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What can be done with a conversation: its row opened, or a page of its own."""
    row = access.conversation_for(person_of(request), conversation_id)
    if "close" in request.GET and request.headers.get("HX-Request"):
        return _closed(request, row)
    return _menu(request, row)


@require_POST
@own
def rename(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Another title."""
    row = access.conversation_for(person_of(request), conversation_id)
    title = request.POST.get("title", "")
    try:
        conversations.rename(conversation=row, title=title)
    except conversations.Refused as problem:
        return _menu(request, row, error=str(problem), title=title)
    return _done(request, row)


@require_POST
@own
def pin(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """To the top of the list, or back to its day."""
    row = access.conversation_for(person_of(request), conversation_id)
    conversations.pin(conversation=row, is_pinned=request.POST.get("on") == "1")
    return _done(request, row)


@require_POST
@own
def archive(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Off the list, or back on it."""
    row = access.conversation_for(person_of(request), conversation_id)
    conversations.archive(conversation=row, is_archived=request.POST.get("on") == "1")
    return _done(request, row)


@require_http_methods(["GET", "POST"])
@own
def delete(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Ask once; then it is gone for good."""
    row = access.conversation_for(person_of(request), conversation_id)
    if request.method == "GET":
        return _menu(request, row, is_deleting=True)
    was_open = sidebar.behind(request) == row.id
    conversations.delete(conversation=row)
    if was_open:
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("home")})
    return _done(request, row, is_gone=True)


def _menu(request: HttpRequest, row: Conversation, **more: Any) -> HttpResponse:
    is_htmx, error = bool(request.headers.get("HX-Request")), more.get("error", "")
    context = {
        "row": row,
        "count": row.runs.count(),
        "place": _place(request),
        "opened": is_htmx,
        "next": _next(request),
        "title": row.title,
        **more,
    }
    page = "history/_menu.html" if is_htmx else "history/menu.html"
    response = render(request, page, context, status=422 if error and not is_htmx else 200)
    if error and is_htmx:  # htmx puts nothing in place that is not a success
        response["HX-Retarget"], response["HX-Reswap"] = f"#side-{row.id}", "innerHTML"
    return response


def _closed(request: HttpRequest, row: Conversation) -> HttpResponse:
    if _place(request) == "page":
        return HttpResponse("")
    past = sidebar.Past(person_of(request), sidebar.behind(request))
    return render(request, "history/_row.html", {"row": row, "past": past, "focus": row.id})


def _done(request: HttpRequest, row: Conversation, is_gone: bool = False) -> HttpResponse:
    """After a write: the list at the side for htmx, else back to where the person was."""
    if not request.headers.get("HX-Request"):
        url = _next(request) or reverse("history")
        return HttpResponse(status=303, headers={"Location": url})
    past = sidebar.Past(person_of(request), sidebar.behind(request))
    context = {"past": past, "focus": "" if is_gone else row.id}
    return render(request, "history/_past.html", context)


def _place(request: HttpRequest) -> str:
    """Which row is open: one of the list at the side, or of the history's page."""
    target = request.headers.get("HX-Target", "")
    return "side" if target.startswith(("side-", "past-list")) else "page"


def _next(request: HttpRequest) -> str:
    """The page of ours to go back to, or empty."""
    said = request.POST.get("next", request.GET.get("next", ""))
    is_ours = said.startswith("/") and url_has_allowed_host_and_scheme(said, allowed_hosts=None)
    return said if is_ours else ""


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) < 16 else 0


def _link(request: HttpRequest, name: str, at: int) -> str:
    """This page from another place on."""
    kept = [(n, v) for n, values in request.GET.lists() for v in values if n != name and v]
    return "?" + urlencode([*kept, *([(name, str(at))] if at else [])])
