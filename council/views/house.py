"""The owner's pages: the people of this server, and the server itself."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import access, house_report, keyring
from council.actions import belongings, house, people, shares
from council.models import House, Person
from council.views.door import back_to, own, person_of

_STAYS = "Nothing was deleted: type the person’s name to confirm."


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """Everybody with an account, and how many guests there are."""
    everybody = access.people_for(person_of(request)).exclude(username=people.GONE)
    guests = everybody.filter(role=Person.Role.GUEST)
    shown = house_report.with_figures(everybody.exclude(role=Person.Role.GUEST))
    return render(request, "house/people.html", {"people": shown, "guests": guests.count()})


@require_GET
@own
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """One of them, and what the owner may do."""
    return render(request, "house/person.html", _shown(request, person_id))


@require_POST
@own
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    """One switch of theirs, named by the button that was pressed."""
    found = access.person_for(person_of(request), person_id)
    try:
        _switch(found, request.POST.get("do", ""))
    except people.Refused as problem:
        shown = {**_shown(request, person_id), "refused": str(problem)}
        return render(request, "house/person.html", shown, status=422)
    return back_to(request, reverse("settings_person", args=[found.id]))


def _switch(found: Person, what: str) -> None:
    match what:
        case "server-keys" | "no-server-keys":
            people.let_use_server_keys(person=found, may=what == "server-keys")
        case "owner" | "person":
            people.set_role(person=found, role=Person.Role(what))
        case "enable" | "disable":
            people.set_active(person=found, is_active=what == "enable")
        case _:
            raise people.Refused("Nothing was changed: press one of the buttons.")


@require_POST
@own
def link(request: HttpRequest, person_id: int) -> HttpResponse:
    """A one-time link for somebody who cannot sign in any more; shown once."""
    found = access.person_for(person_of(request), person_id)
    token = people.new_sign_in_link(person=found)
    address = request.build_absolute_uri(reverse("welcome", args=[token]))
    if settings.ENV.public_url:
        address = settings.ENV.public_url + reverse("welcome", args=[token])
    return render(request, "house/person.html", {**_shown(request, person_id), "link": address})


@require_http_methods(["GET", "POST"])
@own
def delete(request: HttpRequest, person_id: int) -> HttpResponse:
    """The page that says what goes with a person; and, once their name is typed, their end."""
    shown = _shown(request, person_id)
    if shown["is_me"]:
        return redirect("delete_everything")
    if request.method == "GET":
        return render(request, "house/delete.html", shown)
    if request.POST.get("word", "").strip() != shown["who"].username:
        return render(request, "house/delete.html", {**shown, "problem": _STAYS}, status=422)
    belongings.delete(person=shown["who"])
    return back_to(request, reverse("settings_people"))


@require_POST
@own
def forget_guests(request: HttpRequest) -> HttpResponse:
    """Delete every guest with everything they have."""
    everybody = access.people_for(person_of(request)).exclude(username=people.GONE)
    for guest in everybody.filter(role=Person.Role.GUEST):
        belongings.delete(person=guest)
    return back_to(request, reverse("settings_people"))


@require_http_methods(["GET", "POST"])
@own
def server(request: HttpRequest) -> HttpResponse:
    """What holds for everybody here; a POST sets the guests' budget."""
    access.machine_for(person_of(request))
    if request.method == "GET":
        return render(request, "house/server.html", _server(request))
    try:
        house.set_guest_budget(text=request.POST.get("guest_budget", ""))
    except house.Refused as problem:
        typed = {"refused": str(problem), "typed": request.POST.get("guest_budget", "")}
        return render(request, "house/server.html", {**_server(request), **typed}, status=422)
    return back_to(request, reverse("settings_server"))


@require_POST
@own
def unpublish(request: HttpRequest, council_id: UUID) -> HttpResponse:
    """Take a published council from everybody but who made it."""
    found = access.published_for(person_of(request)).filter(id=council_id).first()
    if found is None:
        raise access.Closed
    house.unpublish(council=found)
    return back_to(request, reverse("settings_server"))


@require_POST
@own
def dismiss(request: HttpRequest, report_id: int) -> HttpResponse:
    """A report of a shared page is seen to; with ``revoke`` its link ends as well."""
    found = access.reports_for(person_of(request)).filter(id=report_id).first()
    if found is None:
        raise access.Closed
    if request.POST.get("revoke"):
        shares.revoke(share=found.share)
    shares.dismiss(report=found)
    return back_to(request, reverse("settings_server") + "#reports")


def _shown(request: HttpRequest, person_id: int) -> dict[str, Any]:
    found = access.person_for(person_of(request), person_id)
    figures = house_report.with_figures(Person.objects.filter(id=found.id)).get()
    return {
        "who": figures,
        "is_me": found == person_of(request),
        "is_last_owner": people.is_last_owner(found),
        "counted": belongings.count(found),
        "word": found.username,
    }


def _server(request: HttpRequest) -> dict[str, Any]:
    return {
        "env": settings.ENV,
        "guest_budget": keyring.guest_budget_usd(),
        "set_here": House.objects.values_list("guest_budget_usd", flat=True).first(),
        "published": access.published_for(person_of(request)),
        "reports": access.reports_for(person_of(request)),
        "months": house_report.by_month(),
        "models": house_report.by_model(),
    }
