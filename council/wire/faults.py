"""Whatever a provider does wrong, as a `Failure`: its kind, and a sentence for people."""

import json
import re
from collections.abc import Mapping
from typing import Any

from council.core.failures import Failure, Kind
from council.wire.cleaning import one_line
from council.wire.payload import JSON, mapping, string
from council.wire.retry_after import retry_after_s

MESSAGE_LIMIT = 300
_SHORTEST_SECRET = 8
_HTML = re.compile(r"<(!doctype|html|head|body)\b", re.IGNORECASE)

_SAYS = {
    Kind.BAD_KEY: "says the key is not valid",
    Kind.NO_CREDIT: "says there is no credit left for this key",
    Kind.FORBIDDEN: "does not allow this with this key",
    Kind.NO_SUCH_MODEL: "does not have this model",
    Kind.RATE_LIMITED: "asks to slow down",
    Kind.CONTEXT_TOO_LONG: "says the prompt is too long for this model",
    Kind.BAD_REQUEST: "did not accept the request",
    Kind.POLICY: "declined under its content policy",
    Kind.PROVIDER_ERROR: "reports an error of its own",
    Kind.UNREACHABLE: "does not answer chat completions at this address",
}
_BY_STATUS = {
    401: Kind.BAD_KEY,
    402: Kind.NO_CREDIT,
    403: Kind.FORBIDDEN,
    404: Kind.NO_SUCH_MODEL,
    408: Kind.PROVIDER_ERROR,
    409: Kind.PROVIDER_ERROR,
    413: Kind.CONTEXT_TOO_LONG,
    425: Kind.PROVIDER_ERROR,
    429: Kind.RATE_LIMITED,
}
_EXACT = frozenset({Kind.RATE_LIMITED, Kind.BAD_KEY, Kind.NO_CREDIT, Kind.CONTEXT_TOO_LONG})
# Many causes arrive under a status that does not fit them; their words are more exact.
_BY_WORDS = (
    (
        Kind.CONTEXT_TOO_LONG,
        r"context[ _-]?(length|window|size|limit)|max(imum)? (context|prompt)|too many tokens"
        r"|(prompt|input) (is )?too long|string_above_max_length|maximum number of tokens"
        r"|(prompt|input tokens) exceeds?|inputs?\W{0,2} tokens|input length|model token limit",
    ),
    (
        Kind.POLICY,
        r"content[ _-]?(filter|policy|management)|responsibleai|usage guidelines|safety"
        r"|moderation|flagged|usage polic|data_?inspection|guardrail",
    ),
    (
        Kind.NO_CREDIT,
        r"insufficient[ _](quota|credit|balance|funds)|credit balance|(no|any) credits"
        r"|exceeded_current_quota",
    ),
    (Kind.BAD_KEY, r"(invalid|incorrect)[ _](x-)?api[ _-]key|api key (not valid|expired)"),
    (Kind.FORBIDDEN, r"(location|country|region|territory)\b.{0,40}\bnot (supported|available)"),
    (
        Kind.NO_SUCH_MODEL,
        r"model[ _]not[ _](found|exist)|not a valid model|unknown model"
        r"|model\b.{0,120}\b(does not exist|not found|no longer)",
    ),
    (Kind.RATE_LIMITED, r"rate[ _-]?limit|too many requests"),
)
_WORDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _BY_WORDS)


class Faults:
    """Makes the failures of one call: knows who is asked, and which secret must not be told."""

    def __init__(self, title: str, secret: str | None = None) -> None:
        self._title = title
        self._secret = secret if secret and len(secret) >= _SHORTEST_SECRET else None

    def plain(self, kind: Kind, sentence: str, *, final: bool = False) -> Failure:
        """A failure in our own words; ``{}`` in ``sentence`` stands for the provider."""
        message = self._told(sentence.replace("{}", self._title))
        return Failure(kind=kind, message=message, final=final)

    def from_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """The failure behind an HTTP status that is not a success."""
        if 300 <= status < 400:
            return self._made(Kind.UNREACHABLE, status, "it redirects elsewhere", final=True)
        text = body.decode("utf-8", "replace")
        error, is_json = _parsed(text)
        cause = cause_of(error) if is_json else _plain_cause(text)
        kind = _kind(status, _codes(error) + " " + cause)
        if status == 405 or (status == 404 and not is_json):
            return self._made(Kind.UNREACHABLE, status, cause, final=True)
        wait = retry_after_s(headers, error) if kind.may_retry else None
        return self._made(kind, status, cause, retry_after_s=wait)

    def from_error(self, error: JSON) -> Failure:
        """The failure behind an error object (or text) inside an answer that began as a success."""
        status = _status_of(error)
        cause = cause_of(error)
        kind = _kind(status, _codes(error) + " " + cause)
        wait = retry_after_s({}, error) if kind.may_retry else None
        return self._made(kind, status, cause, retry_after_s=wait)

    def _made(self, kind: Kind, status: int | None, cause: str, **more: Any) -> Failure:
        cause = _HTML.split(cause, maxsplit=1)[0].rstrip(" -:\n")  # a page quoted by a proxy
        message = f"{self._title} {_SAYS[kind]}" + (f" ({status})" if status else "")
        message = self._told(f"{message}: {cause}" if cause else message)
        message += "" if message.endswith((".", "!", "?", "…")) else "."
        return Failure(kind=kind, message=message, status=status, **more)

    def _told(self, text: str) -> str:
        if self._secret:
            text = text.replace(self._secret, "[key]")
        return one_line(text, MESSAGE_LIMIT)


def _kind(status: int | None, words: str) -> Kind:
    by_status = _BY_STATUS.get(status or 0)
    if status is None or 400 <= status < 500:
        for kind, pattern in _WORDS:
            # A rate limit that mentions tokens or billing stays one, unless the money is gone.
            if by_status in _EXACT and kind is not Kind.NO_CREDIT:
                continue
            if pattern.search(words):
                return kind
    if by_status:
        return by_status
    is_refusal = 400 <= status < 500 if status is not None else "invalid_request" in words
    return Kind.BAD_REQUEST if is_refusal else Kind.PROVIDER_ERROR


def _parsed(text: str) -> tuple[JSON, bool]:
    """Its JSON, also where the body is one event of a stream or begins with a byte order mark."""
    try:
        value = json.loads(text.strip("\ufeff \r\n").removeprefix("data:"))
    except (ValueError, RecursionError):
        return None, False
    return value, isinstance(value, dict | list)


def _plain_cause(text: str) -> str:
    """A body that is no JSON: its words if it is short and plain, nothing of an HTML page."""
    return "" if "<" in text or len(text) > MESSAGE_LIMIT else text.strip()


def _codes(error: JSON) -> str:
    """The machine words of an error, for telling its kind."""
    holder = mapping(error[0] if isinstance(error, list) and error else error)
    inner = mapping(holder.get("error")) or holder
    deeper = mapping(inner.get("innererror"))
    names = ("code", "type", "status")
    return " ".join(str(h[n])[:200] for h in (holder, inner, deeper) for n in names if h.get(n))


def _status_of(error: JSON) -> int | None:
    """The HTTP status an error object names, as a number or as digits."""
    holder = mapping(error)
    for place in (holder, mapping(holder.get("error"))):
        for name in ("status_code", "code", "status", "statusCode"):
            value = place.get(name)
            if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) == 3:
                value = int(value)
            if isinstance(value, int) and 400 <= value < 600:
                return value
    return None


_CAUSES = (
    *("error", "message", "detail", "details", "msg", "errors", "error_message", "error_msg"),
    *("reason", "base_resp", "status_msg", "Message"),
)


def cause_of(error: JSON, depth: int = 6) -> str:
    """The innermost words of an error: providers wrap each other's, often as JSON in a string."""
    if depth == 0:
        return ""
    if isinstance(error, str):
        value, is_json = _parsed(error) if error.lstrip()[:1] in ("{", "[") else (None, False)
        return (cause_of(value, depth - 1) if is_json else "") or error.strip()
    if isinstance(error, list):
        return cause_of(error[0], depth - 1) if error else ""
    holder = mapping(error)
    raw = mapping(holder.get("metadata")).get("raw")
    for value in (raw, *(holder.get(name) for name in _CAUSES)):
        if value and (cause := cause_of(value, depth - 1)):
            field = _field_of(holder)
            return cause if field in cause else f"{field}: {cause}"
    return ""


def _field_of(error: dict[str, JSON]) -> str:
    """The field of the request an error is about: OpenAI's ``param``, or the end of a ``loc``."""
    place = error.get("loc")
    return string(place[-1] if isinstance(place, list) and place else error.get("param"))
