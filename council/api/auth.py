"""Who asks: one decision for every address of the API, made from its key alone."""

import re
import time
from collections import defaultdict, deque
from datetime import timedelta
from urllib.parse import unquote

from django.http import HttpRequest
from django.utils import timezone

from council import access
from council.api.errors import ApiError
from council.models import ApiKey
from council.wire.client import DEPTH

_QUERY = frozenset(
    {"key", "api_key", "apikey", "api-key", "access_token", "token", "authorization"}
)
_LIKE_A_KEY = re.compile(r"fc-[\w-]{40,}")
_HOW = "Send it as a header: Authorization: Bearer fc-…"
_MINUTE_S = 60.0
_NOTED = timedelta(seconds=30)
"""How exactly it is kept when a key was last used."""


def caller(request: HttpRequest) -> ApiKey:
    """The key of this request. Raises ApiError: 400 for a council that has reached itself, 401
    without a usable key, 429 when it asks too often.

    ``Authorization: Bearer`` and ``x-api-key`` are taken; both at once have to be the same key.
    """
    try:
        key = access.api_key_behind(_token(request))
    except access.Closed:
        raise ApiError(
            401,
            f"This is no API key of this server, or it was revoked. {_HOW}",
            code="invalid_api_key",
            headers={"WWW-Authenticate": "Bearer"},
        ) from None
    if request.headers.get(DEPTH, "0").strip() not in ("", "0"):
        raise ApiError(
            400,
            "A council asked a council: one of its members, or another model it asks, is reached "
            f"through this server again ({DEPTH}). Nobody was asked. Take it out of the council.",
            code="council_reaches_itself",
        )
    _counts.take(key)
    now = timezone.now()
    if key.used_at is None or now - key.used_at > _NOTED:
        ApiKey.objects.filter(id=key.id).update(used_at=now)
    return key


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


class _Counts:
    """How often each key asked within the last minute, in this process."""

    def __init__(self) -> None:
        self._asked: dict[int, deque[float]] = defaultdict(deque)

    def take(self, key: ApiKey) -> None:
        """One more request. Raises ApiError when it is one too many."""
        now, asked = time.monotonic(), self._asked[key.id]
        while asked and asked[0] <= now - _MINUTE_S:
            asked.popleft()
        if len(asked) >= key.per_minute:
            wait_s = max(1, round(asked[0] + _MINUTE_S - now))
            raise ApiError(
                429,
                f"The API key “{key.name}” may ask {key.per_minute} times a minute. Nobody was "
                f"asked. Ask again in {wait_s} s.",
                code="rate_limit_exceeded",
                headers={"Retry-After": str(wait_s)},
            )
        asked.append(now)


_counts = _Counts()
