"""Waiting for what must come, beside a server that has other work than to be asked for it."""

import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 40.0
"""How long a test waits for what must come; only a broken product ever waits so long."""


def until(condition: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """What the condition gives, once that is true. AssertionError when it never is."""
    began = time.monotonic()
    while not (found := condition()):
        assert time.monotonic() < began + within_s, f"not within {within_s:g} s: {what}"
        pause(began)
    return found


def pause(began: float) -> None:
    """Between two looks: 0.02 s at first, then a tenth of the wait so far, at most 0.25 s."""
    time.sleep(min(0.25, max(0.02, (time.monotonic() - began) / 10)))
