"""Signing in by a one-time link, as a guest, and out; a person's account."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council.accounts import guest_of
from council.actions import people
from council.models import Person
from council.views.accounts import SAID, entrance, inside
from council.views.door import own, person_of


@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a one-time link. It asks for a click: a link preview cannot use it up."""
    if request.method == "POST":
        try:
            person = people.use_link(token=token)
        except people.LinkUsed:
            return render(request, "welcome.html", {"state": "used"}, status=410)
        get_adapter().login(request, person)
        return redirect("home")
    if request.user.is_authenticated and guest_of(request) is None:
        return redirect("home")
    is_open, whom = people.whose(token)
    shown = {"state": "ready" if is_open else "used", "whose": whom}
    return render(request, "welcome.html", shown, status=200 if is_open else 410)


@require_POST
def try_it(request: HttpRequest) -> HttpResponseBase:
    """Come in without an account, where the owner allows that."""
    if not settings.ENV.guests:
        return render(request, "404.html", status=404)
    if request.user.is_authenticated:
        return redirect("home")
    if too_often := ratelimit.consume_or_429(request, action="guest"):
        refused: HttpResponse = too_often
        return refused
    login(request, people.new_guest())
    return redirect("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    logout(request)
    return redirect("home")


@require_GET
@own
def account(request: HttpRequest) -> HttpResponse:
    """Name, address, password, passkeys and sessions, each with its way to change it."""
    return render(request, "settings/account.html", _account(request))


@require_POST
@inside
def rename(request: HttpRequest) -> HttpResponse:
    """Take another name to sign in with. What was typed is kept when it cannot be."""
    name = request.POST.get("username", "").strip()
    try:
        people.rename(person=person_of(request), name=name)
    except ValidationError as problem:
        shown = _account(request) | {"name": name, "problem": " ".join(problem.messages)}
        return render(request, "settings/account.html", shown, status=422)
    return _back("name")


@require_POST
@inside
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    people.end_other_sessions(person=person_of(request))
    update_session_auth_hash(request, person_of(request))
    return _back("sessions")


def _account(request: HttpRequest) -> dict[str, Any]:
    person = person_of(request)
    passkeys = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)
    return {
        "name": person.username,
        "is_guest": person.role == Person.Role.GUEST,
        "passkeys": [] if person.role == Person.Role.GUEST else passkeys.order_by("created_at"),
        "said": SAID.get(request.GET.get("said", "")),
        **entrance(),
    }


def _back(said: str) -> HttpResponse:
    url = reverse("account") + f"?said={said}"
    return HttpResponse(status=303, headers={"Location": url})
