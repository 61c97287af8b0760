"""Keys for programs: made, listed, revoked. A new key is shown on the page that made it, once."""

from contextlib import suppress
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from council import access, api_spend, choices
from council.actions import api_keys
from council.core.estimate import amount
from council.models import Person
from council.providers import offered_to
from council.views.door import back_to, own, person_of


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """Every key that may be used, and a form for another."""
    return render(request, "settings/api.html", _context(person_of(request)))


@require_POST
@own
def make(request: HttpRequest) -> HttpResponse:
    """A new key, shown once."""
    person, form = access.account_of(person_of(request)), request.POST
    known = {choice.slug for choice in choices.choices(offered_to(person).listings(), person)}
    try:
        _, token = api_keys.make(
            person=person,
            name=form.get("name", ""),
            councils=[slug for slug in form.getlist("council") if slug in known],
            cap_usd=_number(form.get("cap", "")),
            per_minute=int(_number(form.get("per_minute", "")) or 60),
        )
    except api_keys.Refused as problem:
        kept = {"error": str(problem), "form": form, "asked": form.getlist("council")}
        return render(request, "settings/api.html", {**_context(person), **kept}, status=422)
    return render(request, "settings/api.html", {**_context(person), "token": token})


@require_POST
@own
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Let nobody ask with it any more."""
    api_keys.revoke(key=access.api_key_of(person_of(request), key_id))
    return back_to(request, reverse("api_keys"))


@require_POST
@own
def show_runs(request: HttpRequest) -> HttpResponse:
    """Whether what programs ask stands in one's own lists."""
    api_keys.show_runs(person=person_of(request), shows=request.POST.get("on") == "1")
    return back_to(request, reverse("api_keys"))


def _context(person: Person) -> dict[str, Any]:
    keys = list(access.api_keys_of(person).filter(revoked_at=None))
    spent = api_spend.spent_by(keys)
    offered = choices.choices(offered_to(person).listings(), person)
    return {
        "entries": [(key, amount(spent.get(key.id, 0.0))) for key in keys],
        "offered": [choice for choice in offered if choice.is_ready and not choice.is_blank],
        "is_guest": person.role == Person.Role.GUEST,
    }


def _number(text: str) -> float | None:
    """The number in a field; None where it is empty, and -1 for what is none: it is refused."""
    if not text.strip():
        return None
    with suppress(ValueError):
        found = float(text.replace(",", ".").removeprefix("$"))
        return found if abs(found) < 10**9 else -1.0
    return -1.0
