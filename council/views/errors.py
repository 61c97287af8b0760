"""Pages for what went wrong."""

import sys
from contextlib import suppress

from django.core.exceptions import DisallowedHost
from django.db import Error, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from council import access
from council.views import composer, picker
from council.views.door import person_of
from council.words import UNKEPT


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: too much text for a form, or a name in ``Host`` that is none of ours."""
    # Without the request: whose it is and what is in it may be just what cannot be read.
    is_unknown_name = isinstance(exception, DisallowedHost)
    page = render_to_string("400.html", {"is_unknown_name": is_unknown_name})
    return HttpResponse(page, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return render(request, "404.html", status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return render(request, "403.html", status=403)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: too old, or not ours. A question in it is not lost."""
    if request.user.is_authenticated and request.POST.get("prompt"):
        error = "This page had been open for too long. Your question is kept: ask again."
        files = access.unsent_files(request.user, request.POST.getlist("attached"))
        kept = composer.context(request.POST, person=request.user, error=error, files=files)
        return render(request, "home.html", kept, status=403)
    return render(request, "403.html", status=403)


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault. 503 when nothing can be kept: a question comes back in its box."""
    if not isinstance(sys.exception(), OperationalError | InterfaceError):
        return _bare(500)
    if request.resolver_match is not None and request.resolver_match.url_name == "start":
        with suppress(Error, access.Closed):
            return _again(request, f"{UNKEPT} Your question is kept: ask again in a moment.")
    return _bare(503, unkept=UNKEPT)


def _bare(status: int, **words: str) -> HttpResponse:
    """A page that asks the database for nothing: it may be what is broken."""
    return HttpResponse(render_to_string("500.html", words), status=status)


def _again(request: HttpRequest, error: str) -> HttpResponse:
    """The question box as it was sent, its key too: whatever came of the first, it is one run."""
    form, person = request.POST, person_of(request)
    thread = picker.thread_of(request, form)
    files = access.unsent_files(person, form.getlist("attached"))
    kept = composer.context(form, person=person, error=error, thread=thread, files=files)
    kept["key"] = form.get("key", kept["key"])
    return render(request, "home.html", kept, status=503)
