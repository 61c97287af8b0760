"""Signing in by the owner's link, and out."""

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from council.actions import people


@never_cache
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind the one-time link. It asks for a click: a link preview cannot use it up."""
    if request.method == "POST":
        try:
            owner = people.use_owner_link(token=token)
        except people.LinkUsed:
            return render(request, "welcome.html", {"state": "used"}, status=410)
        login(request, owner, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    if request.user.is_authenticated:
        return redirect("home")
    state = "ready" if people.is_open(token) else "used"
    return render(
        request, "welcome.html", {"state": state}, status=200 if state == "ready" else 410
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session."""
    logout(request)
    return redirect("home")
