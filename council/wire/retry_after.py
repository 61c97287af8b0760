"""When a provider wants to be asked again: five ways of saying it, in one number of seconds."""

import math
import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from council.wire.payload import JSON, mapping

_EPOCH_MS_FROM = 1e11
_EPOCH_S_FROM = 1e9
_LONGEST_S = 30 * 86_400.0
_WORDS_MAX = 20_000
_UNIT = r"(?:(ms|milliseconds?)|(s|sec(?:ond)?s?)|(m|min(?:ute)?s?)|(h|hours?))(?![a-z_])"
_PIECE = re.compile(rf"(\d{{1,9}}(?:\.\d{{1,12}})?) ?{_UNIT}", re.IGNORECASE)
_PIECES = rf"(?:{_PIECE.pattern}\s*){{1,4}}"
_IN_WORDS = re.compile(rf"(?:again|retry|wait)[^.\d]{{0,30}}(?P<wait>{_PIECES})", re.IGNORECASE)
_SECONDS = (0.001, 1.0, 60.0, 3600.0)


def retry_after_s(headers: Mapping[str, str], error: JSON) -> float | None:
    """Seconds from now, or None if nothing sensible is said.

    ``headers`` have lower-case names; ``error`` is the decoded body, in which
    OpenRouter repeats the headers of the provider behind it. Dates count from
    the answer's own ``Date``, so that a wrong clock here does no harm. Where no header
    says it, its words may ("try again in 1m30.5s", Gemini's ``retryDelay``).
    """
    inner = mapping(mapping(mapping(error).get("error") or error).get("metadata"))
    quoted = {k.lower(): str(v) for k, v in mapping(inner.get("headers")).items()}
    now = _epoch(headers.get("date", "")) or time.time()
    for said in (headers, quoted):
        waits = (
            _positive(_number(said.get("retry-after-ms", "")), 1000.0),
            _seconds_or_date(said.get("retry-after", ""), now),
            _reset(said.get("x-ratelimit-reset", ""), now),
        )
        for wait in waits:
            if wait is not None:
                return wait
    return _in_words(str(error)[:_WORDS_MAX])


def _in_words(text: str) -> float | None:
    found = _IN_WORDS.search(text)
    return _duration(found["wait"]) if found else None


def _duration(text: str) -> float | None:
    """``1m30.5s``, ``20 seconds``."""
    return _positive(
        sum(
            float(number) * next(s for unit, s in zip(units, _SECONDS, strict=True) if unit)
            for number, *units in _PIECE.findall(text)
        )
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _positive(number: float | None, unit: float = 1.0) -> float | None:
    """``number`` in seconds if it is above zero and not longer than a month."""
    return number / unit if number is not None and 0 < number / unit <= _LONGEST_S else None


def _epoch(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None


def _seconds_or_date(text: str, now: float) -> float | None:
    number = _number(text)
    if number is not None:
        return 0.0 if number == 0 else _positive(number)
    when = _epoch(text)
    return _duration(text) if when is None else _positive(when - now)


def _reset(text: str, now: float) -> float | None:
    """A moment in epoch milliseconds or seconds, or plain seconds."""
    number = _number(text)
    if number is None or number < _EPOCH_S_FROM:
        return _positive(number)
    return _positive(number / (1000.0 if number >= _EPOCH_MS_FROM else 1.0) - now)
