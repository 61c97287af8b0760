"""When asking again may help, how long to wait first, and what to say when it will not."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from council.core.failures import Failure, Kind
from council.core.plan import Patience

_GROWTH = 4.0
"""Each wait may be this many times as long as the one before: 0.5–2 s, then 0.5–8 s."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def retry_wait(
    failure: Failure, retries: int, patience: Patience, jitter: Callable[[], float]
) -> float | None:
    """Seconds to wait before the next attempt, or None when there shall be none.

    ``retries`` counts the attempts already made again; ``jitter`` draws from [0, 1).
    What the provider asked for is obeyed exactly, unless it asks for more than
    ``retry_after_max_s``: then nobody waits.
    """
    if not failure.may_retry or retries >= _most(failure, patience):
        return None
    asked_s = failure.retry_after_s
    if asked_s is not None and asked_s > 0:
        return asked_s if asked_s <= patience.retry_after_max_s else None
    shortest = patience.backoff_min_s
    longest = min(patience.backoff_max_s, shortest * _GROWTH ** (retries + 1))
    return shortest + jitter() * max(0.0, longest - shortest)


def _most(failure: Failure, patience: Patience) -> int:
    """A host that could not be reached is tried once more; it seldom comes back in seconds."""
    return min(1, patience.retries) if failure.kind is Kind.UNREACHABLE else patience.retries


def with_advice(failure: Failure, patience: Patience, now: datetime) -> Failure:
    """The failure, saying when to try again where the provider asks for more than we wait.

    Nobody knows the reader's time zone here, so the time of day is said in UTC.
    """
    asked_s = failure.retry_after_s
    if asked_s is None or not patience.retry_after_max_s < asked_s < math.inf:
        return failure
    now = now.astimezone(UTC)
    when = now + timedelta(seconds=asked_s + 59)  # as whole minutes are said, never too early
    day = "" if when.date() == now.date() else f" on {when.day} {when:%B}"
    advice = f"Try again in about {in_words(asked_s)} (after {when:%H:%M} UTC{day})."
    return saying(failure, advice)


def saying(failure: Failure, sentence: str) -> Failure:
    """The failure with one more sentence at the end of its message."""
    message = failure.message.rstrip()
    message += "" if message.endswith((".", "!", "?", "…")) else "."
    return failure.model_copy(update={"message": f"{message} {sentence}"})


def in_words(seconds: float) -> str:
    """A duration as a person says it: ``45 seconds``, ``20 minutes``, ``3 days``."""
    name, size = next((unit for unit in _UNITS if seconds >= 2 * unit[1]), _UNITS[-1])
    count = max(1, round(seconds / size))
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
