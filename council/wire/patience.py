"""How long one call may take, and what it is called when that was too long."""

import asyncio

from council.core.delta import Request
from council.core.failures import Failure, Kind
from council.wire.faults import Faults

LAST_WORDS_S = 10.0
"""How long token counts may follow once the answer is said."""


class Patience:
    """The deadlines of one call on the loop's monotonic clock, counted from now.

    Only waiting for the provider is timed, never the time the reader of the deltas takes.
    """

    def __init__(self, request: Request, faults: Faults) -> None:
        self._now = asyncio.get_running_loop().time
        self._request = request
        self._faults = faults
        self._has_heard = False
        self._ends_at = self._now() + request.total_s
        self._next_at = self._now() + request.first_token_s

    def wait(self) -> asyncio.Timeout:
        """A context for one step of waiting. Raises TimeoutError when a deadline has passed."""
        return asyncio.timeout_at(min(self._next_at, self._ends_at))

    def heard(self) -> None:
        """The model said something: the wait for more begins."""
        self._has_heard = True
        self._next_at = self._now() + self._request.stall_s

    def said_all(self) -> None:
        """The answer is complete or failed: only its token counts are waited for."""
        self._next_at = min(self._next_at, self._now() + LAST_WORDS_S)

    def exhausted(self) -> Failure:
        """The failure of the deadline that has passed."""
        request, plain = self._request, self._faults.plain
        if self._ends_at <= self._next_at:
            return plain(Kind.TOO_LONG, f"{{}} was not done after {request.total_s:g} seconds.")
        if not self._has_heard:
            sentence = f"{{}} sent no first word within {request.first_token_s:g} seconds."
            return plain(Kind.TIMED_OUT_FIRST_TOKEN, sentence)
        return plain(Kind.STALLED, f"{{}} sent nothing more for {request.stall_s:g} seconds.")
