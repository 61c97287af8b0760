"""Pages for what went wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from council import access
from council.views import composer


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
    """500: our fault."""
    return render(request, "500.html", status=500)
