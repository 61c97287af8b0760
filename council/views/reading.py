"""How a person reads: with or without names, how densely, with which keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from council import access, tally
from council.actions import reading
from council.views.door import back_to, own, person_of


def is_blind(request: HttpRequest) -> bool:
    """Whether this page hides names: as its address says, else as its reader prefers."""
    asked = request.GET.get("blind", "")
    return asked == "1" if asked in ("0", "1") else person_of(request).reads_blind


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """The page of these settings, and what they were good for: which answers were best."""
    best = access.best_answers_of(person_of(request))
    return render(request, "settings/reading.html", {"tallies": tally.tallies(best)})


@require_POST
@own
def save(request: HttpRequest) -> HttpResponse:
    """Set one of them: ``set`` names it, ``on`` is 1 or empty."""
    reading.prefer(
        person=person_of(request),
        what=request.POST.get("set", ""),
        is_on=request.POST.get("on") == "1",
    )
    return back_to(request, reverse("settings_reading"))
