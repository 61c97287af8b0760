"""How long one call may take, and what it is called when that was too long."""

import asyncio

from council.core.delta import Request
from council.core.failures import Failure, Kind
from council.wire.egress import Answer
from council.wire.faults import Faults

LAST_WORDS_S = 10.0
"""How long token counts may follow once the answer is said."""


class Patience:
    """The deadlines of one call on the loop's monotonic clock, counted from now.

    Only waiting for the provider is timed, never the time the reader of the deltas takes.
    """

    def __init__(self, request: Request, faults: Faults) -> None:
        self._loop = asyncio.get_running_loop()
        self._request = request
        self._faults = faults
        self._has_heard = False
        self._is_waiting = False
        self._timer: asyncio.TimerHandle | None = None
        self._ends_at = self._loop.time() + request.total_s
        self._next_at = self._loop.time() + request.first_token_s

    def wait(self) -> asyncio.Timeout:
        """A context for one step of waiting. Raises TimeoutError when a deadline has passed."""
        return asyncio.timeout_at(self._deadline)

    async def read(self, answer: Answer) -> bytes:
        """What the answer holds next. Raises TimeoutError when a deadline has passed.

        One timer serves the whole call and looks at the deadline only when it rings: a timer
        for each of ten thousand words would cost as much as reading them.
        """
        if self._timer is None:
            self._timer = self._loop.call_at(self._deadline, self._ring, answer)
        self._is_waiting = True
        try:
            return await answer.read()
        finally:
            self._is_waiting = False

    def heard(self) -> None:
        """The model said something: the wait for more begins."""
        self._has_heard = True
        self._wait_until(self._loop.time() + self._request.stall_s)

    def said_all(self) -> None:
        """The answer is complete or failed: only its token counts are waited for."""
        self._wait_until(min(self._next_at, self._loop.time() + LAST_WORDS_S))

    def close(self) -> None:
        """Nothing more is waited for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def _deadline(self) -> float:
        return min(self._next_at, self._ends_at)

    def _wait_until(self, next_at: float) -> None:
        self._next_at = next_at
        if self._timer is not None and next_at < self._timer.when():
            self.close()  # the next read sets it anew

    def _ring(self, answer: Answer) -> None:
        self._timer = None
        if not self._is_waiting:
            return
        if self._loop.time() >= self._deadline:
            answer.give_up()
        else:
            self._timer = self._loop.call_at(self._deadline, self._ring, answer)

    def exhausted(self) -> Failure:
        """The failure of the deadline that has passed."""
        request, plain = self._request, self._faults.plain
        if self._ends_at <= self._next_at:
            return plain(Kind.TOO_LONG, f"{{}} was not done after {request.total_s:g} seconds.")
        if not self._has_heard:
            sentence = f"{{}} sent no first word within {request.first_token_s:g} seconds."
            return plain(Kind.TIMED_OUT_FIRST_TOKEN, sentence)
        return plain(Kind.STALLED, f"{{}} sent nothing more for {request.stall_s:g} seconds.")
