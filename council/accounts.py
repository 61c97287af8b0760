"""How django-allauth behaves in this house: who may sign up, what becomes of a guest, mail.

A passkey is another way in, not a second lock: who has one may still use the password.
"""

from typing import Any

import requests
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import SignupForm
from allauth.account.stages import EmailVerificationStage
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from council.actions import people
from council.models import Person
from council.wire import outbound

GUEST = "guest"
"""Where a session notes which guest it was before somebody began to sign in."""


class Proven(EmailVerificationStage):
    """Asks for the code sent by mail; who has no address at all needs none to sign in."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """The page that asks, if it is to be shown, and whether signing in may go on."""
        person = self.login.user
        if isinstance(person, Person) and not person.email and not self.login.signup:
            return None, True
        answer: tuple[HttpResponse | None, bool] = super().handle()
        return answer


class Accounts(DefaultAccountAdapter):
    """Signing up, in and out."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "No account has this name with this password.",
        "email_password_mismatch": "No account has this address with this password.",
        "too_many_login_attempts": "Too many attempts. Wait five minutes, then try again.",
        "username_blacklisted": "This name is kept for the server. Choose another.",
        "username_taken": "Somebody here has this name already. Choose another.",
        "incorrect_code": "This is not the code we sent. Look again, or have a new one sent.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your present password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether anybody new is taken at all."""
        return bool(settings.ENV.sign_up != "closed")

    def get_login_stages(self) -> list[str]:
        """What lies between a right password and the session."""
        return ["council.accounts.Proven"]

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """A name for a person; those of guests are made here."""
        if username.lower().startswith(people.GUEST_NAME):
            raise self.validation_error("username_blacklisted")
        return str(super().clean_username(username, shallow))

    def new_user(self, request: HttpRequest) -> Person:
        """Who signs up: the guest who is there already, so that nothing has to move."""
        return guest_of(request) or Person()

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Person:
        """Make a person of the new row, or of the guest; the guest's sessions end with that.

        Raises ValidationError for a name that was taken at this moment.
        """
        with people.names():
            if user.pk and user == guest_of(request):
                logout(request)
            people.welcome(user)
            saved: Person = super().save_user(request, user, form, commit)
        return saved

    def login(self, request: HttpRequest, user: Any) -> None:
        """Open the session; what a guest had here goes to the account they signed in to."""
        guest = guest_of(request)
        super().login(request, user)
        if guest is not None and guest != user:
            people.take_over(guest=guest, person=user)

    def logout(self, request: HttpRequest) -> None:
        """End the session on the way to another one: the guest is remembered."""
        guest = guest_of(request)
        super().logout(request)
        if guest is not None:
            request.session[GUEST] = guest.pk

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to the account, which says so."""
        return reverse("account") + "?said=password"

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The mail; its links are built on ``site``, never on a host somebody claimed."""
        site = settings.ENV.public_url or self.request.build_absolute_uri("/").rstrip("/")
        told = context | {"site": site}
        message: EmailMessage = super().render_mail(template_prefix, email, told, headers)
        return message


class SignUp(SignupForm):
    """The sign-up form. A known address gets the answer an unknown one gets."""

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        """Make the account, or tell its owner by mail that there is one."""
        if self.account_already_exists and guest_of(request) is not None:
            Accounts(request).logout(request)  # as it would be after making an account
        made: tuple[Any, Any] = super().try_save(request)
        return made


class Passkeys(DefaultMFAAdapter):
    """Passkeys, by the name people have here."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This passkey was not accepted. Try again, or use your password.",
    }

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002
        """What a passkey is called until somebody names it."""
        return "Passkey"


class SingleSignOn(DefaultSocialAccountAdapter):
    """Signing in with the one OpenID Connect provider of the settings."""

    def get_requests_session(self) -> requests.Session:
        """What asks the provider: through the proxy by which this server leaves, if it has one."""
        session: requests.Session = super().get_requests_session()
        session.proxies.update(outbound.by_host())
        return session

    def new_user(self, request: HttpRequest, sociallogin: Any) -> Person:
        """Always a row of its own: a guest's things are taken over at the end."""
        return Person()

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Person:
        """Somebody new, under the same rule as everybody who signs up."""
        people.welcome(sociallogin.user)
        try:
            with people.names():
                saved: Person = super().save_user(request, sociallogin, form)
        except ValidationError:
            if form is not None:
                raise
            self.on_authentication_error(request)  # a name of ours, or they came twice at once
        return saved

    def on_authentication_error(self, request: HttpRequest, *_: Any, **more: Any) -> None:
        """Back to the sign-in page with a sentence, whatever went wrong over there."""
        raise ImmediateHttpResponse(redirect(reverse("account_login") + "?said=sso"))


def guest_of(request: HttpRequest) -> Person | None:
    """The guest whose browser this is: signed in, or noted while they began to sign in."""
    user: Person | AnonymousUser = request.user
    if isinstance(user, Person):
        return user if user.role == Person.Role.GUEST else None
    noted = request.session.get(GUEST)
    return Person.objects.filter(pk=noted, role=Person.Role.GUEST).first() if noted else None
