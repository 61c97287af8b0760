"""Council files: one to take away, and one that is brought, looked at and kept."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods

from council import access, choices, council_file
from council.actions import councils
from council.core.plan import Council
from council.models import Person
from council.providers import label, offered_to
from council.views.councils import done, whole
from council.views.door import own, person_of


@require_GET
@own
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """The file of any council this person may ask."""
    person = person_of(request)
    choice = choices.find(slug, offered_to(person).listings(), person)
    if choice is None or choice.is_blank:
        raise access.Closed
    text = council_file.write(choice.council)
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{choice.slug}.json")
    return response


@require_http_methods(["GET", "POST"])
@own
def bring(request: HttpRequest) -> HttpResponse:
    """A file, chosen or pasted: looked at first, kept by a second button."""
    if request.method == "GET":
        return render(request, "councils/import.html", {"text": ""})
    text, file = _brought(request)
    try:
        council = council_file.read(file)
        if request.POST.get("keep"):
            row = councils.save(person=person_of(request), council=council)
            return done(request, "imported", row.slug)
        shown = _preview(council, person_of(request))
    except council_file.Damaged as damage:
        shown = {"problems": damage.problems}
    except councils.Refused as problem:
        shown = {"refusal": str(problem)}
    status = 200 if "council" in shown else 422
    return render(request, "councils/import.html", {"text": text, **shown}, status=status)


def _brought(request: HttpRequest) -> tuple[str, bytes | str]:
    """What stays in the box, and what is read: the file where one was chosen, else the box.

    A file that is too large or no text is left where it is.
    """
    upload = request.FILES.get("file")
    if upload is None:
        text = request.POST.get("text", "").replace("\r\n", "\n")  # as lines count in the box
        return text, text
    file = upload.read(council_file.MAX_BYTES + 1)
    is_text = len(file) <= council_file.MAX_BYTES and b"\0" not in file
    return file.decode("utf-8-sig", errors="replace") if is_text else "", file


def _preview(council: Council, person: Person) -> dict[str, Any]:
    """What the file holds, and what it would need here."""
    names = {listing.provider.name for listing in offered_to(person).listings()}
    absent = sorted({model.partition("/")[0] for model in council.models} - names)
    same = any(row.spec["name"] == council.name for row in access.councils_of(person))
    return {
        **whole(council),
        "absent": [label(name) for name in absent],
        "has_namesake": same,
    }
