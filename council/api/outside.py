"""What finds no view: a page that says so, and for a program the same as JSON.

A program is known by the address, or by the key it sends: one whose base URL lacks ``/v1`` gets no
page either.
"""

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from council.api import auth
from council.api.errors import ApiError
from council.views import errors

ADDRESSES = (
    "The base URL ends in /v1; below it are POST chat/completions, GET models, GET models/<model> "
    "and GET openapi.json."
)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    message = "The request cannot be read."
    if isinstance(exception, DisallowedHost):
        message = (
            "The Host header is no name of this server. Use an address it is known by, or have "
            "its owner add this one to ALLOWED_HOSTS."
        )
    return _told(request, ApiError(400, message), lambda: errors.unreadable(request, exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    problem = ApiError(404, f"There is nothing at {request.path[:120]}. {ADDRESSES}")
    try:
        auth.refuse_in_address(request)
    except ApiError as refused:
        problem = refused
    return _told(request, problem, lambda: errors.not_found(request, exception))


def broken(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    problem = ApiError(500, "Something went wrong in this server.")
    return _told(request, problem, lambda: errors.broken(request))


def _told(
    request: HttpRequest, problem: ApiError, page: Callable[[], HttpResponse]
) -> HttpResponse:
    if not (request.path.startswith("/v1") or auth.brings_key(request)):
        return page()
    response = problem.response
    response["Cache-Control"] = "no-store"
    return response
