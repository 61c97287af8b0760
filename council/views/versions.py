"""What a council once was: its versions, one of them, and back to it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from council import access
from council.actions import councils
from council.changes import changes
from council.core.plan import Council
from council.models import Council as Row
from council.models import CouncilVersion
from council.views.councils import whole
from council.views.door import own, person_of


@require_GET
@own
def index(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, the newest first, with what changed."""
    row = access.council_of(person_of(request), slug)
    shown = {"row": row, "name": row.spec["name"], "versions": _versions(row)}
    return render(request, "councils/versions.html", shown)


@require_GET
@own
def one(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A council as it was in one version."""
    row = access.council_of(person_of(request), slug)
    version = _version(row, number)
    before = row.versions.filter(number__lt=number).order_by("-number").first()
    council = Council.model_validate(version.spec)
    shown = {
        "row": row,
        "version": version,
        **whole(council),
        "changes": changes(Council.model_validate(before.spec), council) if before else [],
        "is_newest": number == row.version,
    }
    return render(request, "councils/version.html", shown)


@require_POST
@own
def restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make the council again what it was, as its next version."""
    row = access.council_of(person_of(request), slug)
    councils.restore_version(version=_version(row, number))
    return HttpResponse(status=303, headers={"Location": redirect("versions", slug).url})


def _versions(row: Row) -> list[dict[str, Any]]:
    """The versions as the page lists them; each is compared with the one before it."""
    shown: list[dict[str, Any]] = []
    before: Council | None = None
    for version in row.versions.order_by("number"):
        council = Council.model_validate(version.spec)
        words = [] if before is None else changes(before, council)
        shown.append({"number": version.number, "at": version.created_at, "changes": words})
        before = council
    return shown[::-1]


def _version(row: Row, number: int) -> CouncilVersion:
    found = row.versions.filter(number=number).first()
    if found is None:
        raise access.Closed
    return found
