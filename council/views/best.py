"""Which answer of a run its reader found best."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from council import access
from council.actions import best
from council.views.door import back_to, is_from_script, own, person_of
from council.views.pages import run_context


@require_POST
@own
def choose(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Mark the answer of ``letter`` as the best of its run; without a letter, none."""
    person, run = person_of(request), access.run_for(person_of(request), run_id)
    letter, blind = request.POST.get("letter", ""), request.POST.get("blind") == "1"
    try:
        if letter:
            best.choose(person=person, run=run, letter=letter, is_blind=blind)
        else:
            best.take_back(person=person, run=run)
    except best.Refused as problem:
        if is_from_script(request):
            return HttpResponse(str(problem), status=409, content_type="text/plain")
        shown = {**run_context(run), "is_blind": blind, "refusal": str(problem)}
        return render(request, "run/run.html", shown, status=409)
    at = f"#seat-{letter}" if letter else "#answers-title"
    return back_to(request, reverse("run", args=[run_id]) + f"?blind={int(blind)}{at}")
