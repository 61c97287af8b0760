"""Who stands at the door: every page of a person's own begins here."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from council import access
from council.models import Person

View = Callable[..., HttpResponseBase]


def own(view: View) -> View:
    """Only with a session; what is not this person's is not there (404)."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = _answer(view, request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        return response

    return inner


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
    if not isinstance(request.user, Person):
        return gate(request)
    try:
        return view(request, *args, **kwargs)
    except access.Closed:
        return render(request, "404.html", status=404)


def gate(request: HttpRequest, back: str = "") -> HttpResponse:
    """The way in, for somebody who is not signed in; afterwards they are led to ``back``."""
    # The front door is a page like any other; what lies behind it is refused.
    status = 200 if request.path == "/" else 401
    kept = {
        "prompt": request.POST.get("prompt", ""),
        "guests": settings.ENV.guests,
        "sign_up": settings.ENV.sign_up,
        "back": back,
    }
    return render(request, "gate.html", kept, status=status)


def person_of(request: HttpRequest) -> Person:
    """The person behind a request that came through `own`."""
    assert isinstance(request.user, Person)
    return request.user


def page_behind(request: HttpRequest) -> str:
    """The path of the page that a request of htmx comes from; empty when it does not say."""
    try:
        return urlsplit(request.headers.get("HX-Current-URL", "")).path
    except ValueError:
        return ""


def is_from_script(request: HttpRequest) -> bool:
    """True for what the page's own script sends; a form without it gets a whole page back."""
    return request.headers.get("X-Requested-With") == "council"


def back_to(request: HttpRequest, url: str) -> HttpResponse:
    """After a write: a redirect for a form, nothing to swap for the page's own script."""
    if is_from_script(request):
        return HttpResponse(status=204)
    return HttpResponse(status=303, headers={"Location": url})
