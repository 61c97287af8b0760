"""Who asks: one decision for every address of the API, made from its key alone."""

import re
import time
from urllib.parse import unquote

from django.http import HttpRequest
from django.utils import timezone

from council import access
from council.api.errors import ApiError
from council.api.minute import Minute
from council.models import ApiKey
from council.wire.client import DEPTH

_QUERY = frozenset(
    {"key", "api_key", "apikey", "api-key", "access_token", "token", "authorization"}
)
_LIKE_A_KEY = re.compile(r"fc-[\w-]{40,}")
_HOW = "Send it as a header: Authorization: Bearer fc-…"
_LIMITS = "council.limits"


def caller(request: HttpRequest) -> ApiKey:
    """The key of this request. Raises ApiError: 400 for a council that has reached itself, 401
    without a usable key, 429 when it asks too often.

    ``Authorization: Bearer`` and ``x-api-key`` are taken; both at once have to be the same key.
    """
    token = _token(request)
    try:
        key = access.api_key_behind(token)
        _refuse_itself(request)
        while not _count(request, key):
            key = access.api_key_behind(token)
    except access.Closed:
        raise ApiError(
            401,
            f"This is no API key of this server, or it was revoked. {_HOW}",
            code="invalid_api_key",
            headers={"WWW-Authenticate": "Bearer"},
        ) from None
    return key


def limits(request: HttpRequest) -> dict[str, str]:
    """The headers that say how often the key of this request may still ask; none without a key."""
    return dict(request.META.get(_LIMITS, {}))


def _refuse_itself(request: HttpRequest) -> None:
    if request.headers.get(DEPTH, "0").strip() not in ("", "0"):
        raise ApiError(
            400,
            "A council asked a council: one of its members, or another model it asks, is reached "
            f"through this server again ({DEPTH}). Nobody was asked. Take it out of the council.",
            code="council_reaches_itself",
        )


def brings_key(request: HttpRequest) -> bool:
    """True when the request carries what stands for a key: a browser's never does by itself."""
    scheme = request.headers.get("Authorization", "").partition(" ")[0]
    return scheme.lower() == "bearer" or "X-Api-Key" in request.headers


def refuse_in_address(request: HttpRequest) -> None:
    """Raises ApiError where the address carries a key, or what is named like one."""
    names = {name.lower() for name in request.GET}
    if names & _QUERY or _LIKE_A_KEY.search(unquote(request.get_full_path())):
        raise ApiError(
            400,
            f"A key in the address ends up in logs, so it is never taken from there. {_HOW} If "
            "this was a real key, revoke it and make another.",
            code="key_in_address",
        )


def _token(request: HttpRequest) -> str:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    found = {request.headers.get("X-Api-Key", "").strip()}
    found.add(bearer.strip() if scheme.lower() == "bearer" else "")
    found.discard("")
    if len(found) != 1:
        what = "Two different keys were sent" if found else "No API key was sent"
        raise ApiError(
            401,
            f"{what}. {_HOW}",
            code="invalid_api_key",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return found.pop()


def _count(request: HttpRequest, key: ApiKey) -> bool:
    """One more request, counted in the key's row, so by every process together; False when another
    one was counted since the row was read. Raises ApiError when it is one too many."""
    minute = Minute.of(key.asked_lately, time.time())
    wait_s = minute.wait_s(key.per_minute)
    if wait_s:
        request.META[_LIMITS] = minute.headers(key.per_minute)
        raise ApiError(
            429,
            f"The API key “{key.name}” may ask {key.per_minute} times a minute. Nobody was "
            f"asked. Ask again in {wait_s} s.",
            code="rate_limit_exceeded",
            headers={"Retry-After": str(wait_s)},
        )
    minute = minute.one_more()
    request.META[_LIMITS] = minute.headers(key.per_minute)
    unchanged = ApiKey.objects.filter(id=key.id, asked_lately=key.asked_lately)
    return bool(unchanged.update(asked_lately=minute.text, used_at=timezone.now()))
