"""Hearing one answer out: its bytes as they come, until its end or until patience ends."""

import asyncio
import contextlib

from council.core.delta import Delta
from council.core.failures import Failure, Kind
from council.wire.crowd import Crowd
from council.wire.egress import Answer, BrokenAnswerError
from council.wire.faults import Faults
from council.wire.patience import Patience
from council.wire.reading import Reader

_GULP = 16 << 10
"""Bytes after which the other calls have their turn."""
_END_S = 0.05
"""Seconds the end of a finished answer is waited for."""


class Hearing:
    """One answer being heard. ``is_over`` once the `Ended` was given out."""

    def __init__(
        self, answer: Answer, reader: Reader, faults: Faults, patience: Patience, crowd: Crowd
    ) -> None:
        self.is_over = False
        self._has_begun = False
        self._answer = answer
        self._reader = reader
        self._faults = faults
        self._patience = patience
        self._crowd = crowd

    async def more(self) -> list[Delta]:
        """What is said next: perhaps nothing, at last the `Ended`."""
        if self._has_begun and self._crowd.is_dense and not self._reader.is_closing:
            await self._crowd.gather()
        self._has_begun = True
        broken: Failure | None = None
        try:
            data = await self._patience.read(self._answer)
        except TimeoutError:
            data, broken = b"", self._patience.exhausted()
        except BrokenAnswerError as error:
            data, broken = b"", self._broken(error)
        if not data:
            return self._end(broken)
        heard = self._reader.heard
        deltas = self._reader.feed(data) if len(data) <= _GULP else await self._feed(data)
        if self._reader.heard > heard:
            self._patience.heard()
        if self._reader.is_closing:
            self._patience.said_all()
        if self._reader.is_over:
            if self._reader.is_done:
                await self._let_end()
            deltas += self._end(None)
        return deltas

    async def _feed(self, data: bytes) -> list[Delta]:
        deltas: list[Delta] = []
        for at in range(0, len(data), _GULP):
            deltas += self._reader.feed(data[at : at + _GULP])
            await asyncio.sleep(0)
        return deltas

    def _end(self, broken: Failure | None) -> list[Delta]:
        self.is_over = True
        return self._reader.end(broken)

    async def _let_end(self) -> None:
        """After ``[DONE]`` the body's end is moments away; a connection read to it is reused."""
        with contextlib.suppress(TimeoutError, BrokenAnswerError):
            async with asyncio.timeout(_END_S):
                while await self._answer.read():
                    pass

    def _broken(self, error: BrokenAnswerError) -> Failure:
        if error.is_garbled:
            return self._faults.plain(Kind.BAD_STREAM, "What {} sent could not be decompressed.")
        return self._faults.plain(
            Kind.CUT_OFF, "The connection to {} broke in the middle of the answer."
        )
