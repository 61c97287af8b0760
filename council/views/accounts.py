"""django-allauth's pages as this house shows them: whom they let in, and with which answer."""

from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from council import access
from council.models import Person
from council.views.door import View, own, person_of

SAID = {
    "passkey": "This passkey is not known here, or was not accepted. Sign in another way.",
    "sso": "Signing in over there did not work. Nothing was changed here: try again.",
    "password": "The password is set.",
    "address": "The address is changed.",
    "sessions": "Every other browser is signed out.",
    "name": "Your name is changed.",
}
"""What a page says about the step before it; any other word says nothing."""


def outside(view: View) -> View:
    """For whoever has no account yet or is not signed in to it; others go home."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if isinstance(request.user, Person) and request.user.role != Person.Role.GUEST:
            return redirect("home")
        return _answered(request, view(request, *args, **kwargs))

    return inner


def anybody(view: View) -> View:
    """For whoever has the link."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _answered(request, view(request, *args, **kwargs))

    return inner


def inside(view: View) -> View:
    """For people with an account; a guest has none to change."""

    @own
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        access.account_of(person_of(request))
        try:
            return _answered(request, view(request, *args, **kwargs))
        except PermissionDenied:  # asked to prove who they are, with nothing to prove it by
            raise access.Closed from None

    return inner


def with_mail(view: View) -> View:
    """Only where this server sends mail."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.ENV.mail is None:
            return render(request, "404.html", status=404)
        return view(request, *args, **kwargs)

    return inner


def _answered(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """422 for a form that was not understood, which is shown again with what was typed."""
    response["Cache-Control"] = "private, no-store"
    if isinstance(response, TemplateResponse) and response.context_data is not None:
        form = response.context_data.get("form")
        if request.method == "POST" and form is not None and form.errors:
            response.status_code = 422
        response.context_data |= {"said": SAID.get(request.GET.get("said", "")), **entrance()}
    return response


def entrance() -> dict[str, Any]:
    """What the pages at the door tell about this server."""
    env = settings.ENV
    return {"sign_up": env.sign_up, "sso": env.oidc, "has_mail": bool(env.mail)}


@require_GET
@anybody
def no_mail(request: HttpRequest) -> HttpResponse:
    """Why no password can be reset here, and whom to ask."""
    return TemplateResponse(request, "account/password_reset.html", {})


@anybody
def reset(request: HttpRequest) -> HttpResponseBase:
    """Ask for the mail that lets one set a new password."""
    view: View = account.password_reset if settings.ENV.mail else no_mail
    return view(request)


@require_POST
@csrf_protect
@outside
def sso(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To the OpenID Connect provider. By a page of ours: a form may lead nowhere else."""
    try:
        answer: HttpResponseBase = openid.login(request, provider_id)
    except (RequestException, KeyError, ValueError):
        return redirect(reverse("account_login") + "?said=sso")
    if answer.status_code != 302:
        return answer
    return render(request, "socialaccount/onward.html", {"to": answer["Location"], **entrance()})


@require_GET
@anybody
def sso_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Back from there, with a code that tells who they are."""
    try:
        answer: HttpResponseBase = openid.callback(request, provider_id)
    except (KeyError, ValueError):
        return redirect(reverse("account_login") + "?said=sso")
    return answer


class _NameOnce:
    """A sign-up form whose name somebody else may take at the same moment."""

    def form_valid(self, form: Any) -> HttpResponse:
        view: Any = super()
        try:
            answer: HttpResponse = view.form_valid(form)
        except ValidationError as problem:
            form.add_error("username", problem)
            answer = view.form_invalid(form)
        return answer


class _SignUp(_NameOnce, account.SignupView):
    pass


class _SignUpFromThere(_NameOnce, social.SignupView):
    pass


class _AddPasskey(webauthn.AddWebAuthnView):
    def get_success_url(self) -> str:
        return reverse("account") + "#passkeys"


class _SignInByPasskey(webauthn.LoginWebAuthnView):
    def form_invalid(self, form: Any) -> HttpResponse:
        return redirect(reverse("account_login") + "?said=passkey")


class _SameByPasskey(webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form: Any) -> HttpResponse:
        return redirect(self.request.get_full_path())


_PASSKEYS = reverse_lazy("account")
sign_in = outside(account.login)
sign_up = outside(_SignUp.as_view())
code = with_mail(anybody(account.email_verification_sent))
inactive = require_GET(outside(account.account_inactive))
reset_sent = require_GET(with_mail(anybody(account.password_reset_done)))
new_password = with_mail(anybody(account.password_reset_from_key))
reset_done = require_GET(with_mail(anybody(account.password_reset_from_key_done)))
same_person = inside(account.reauthenticate)
change_password = inside(account.password_change)
set_password = inside(account.password_set)
change_address = with_mail(inside(account.email))
sso_sign_up = outside(_SignUpFromThere.as_view())
sign_in_by_passkey = outside(_SignInByPasskey.as_view())
same_person_by_passkey = inside(_SameByPasskey.as_view())
add_passkey = inside(_AddPasskey.as_view())
rename_passkey = inside(webauthn.EditWebAuthnView.as_view(success_url=_PASSKEYS))
remove_passkey = inside(webauthn.RemoveWebAuthnView.as_view(success_url=_PASSKEYS))
