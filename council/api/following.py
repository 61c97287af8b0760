"""A run as a program waits for it: its progress, and what becomes of it when nobody waits."""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from django.db import DatabaseError

from council import access
from council.actions import runs
from council.api.errors import ApiError
from council.core.state import RunState
from council.models import Run
from council.readings import Reader, aside, readings

log = logging.getLogger(__name__)

BEAT_S = 8.0
"""How often a stream says that it is alive while nothing is written, in seconds."""
CHECK_S = 3.0
"""How often it is looked whether the key may still be used, in seconds."""
RETURN_S = 10.0
"""How long a run with an Idempotency-Key goes on when its program has left. OpenAI's clients try
again within eight seconds."""
_waiting: Counter[UUID] = Counter()
_leaving: set[asyncio.Task[None]] = set()


class Follow:
    """A run's progress: every turn of the loop is news, told in a few words where it has any."""

    def __init__(self, reading: Any, news: asyncio.Event, reader: Reader) -> None:
        self._reading, self._news, self._reader = reading, news, reader
        self._told = ""
        self._is_shut = False

    def shut(self) -> None:
        """Whoever follows may not any more."""
        self._is_shut = True
        self._news.set()

    @property
    def state(self) -> RunState:
        """The run as it stands."""
        found: RunState = self._reading.run
        return found

    async def __aiter__(self) -> AsyncIterator[str]:
        while not (self.state.is_final or self._reading.failed or self._is_shut):
            words = progress(self.state)
            yield "" if words == self._told else words
            self._told = words
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._news.wait()
            except TimeoutError:
                self._told = ""
            self._news.clear()
            self._reader.frames.clear()
        if self._is_shut:
            message = "The API key was revoked while its run went on. The run was stopped."
            raise ApiError(401, message, code="invalid_api_key")
        if self._reading.failed:
            raise ApiError(500, "This server could not read the run. It goes on: look at its page.")


@contextlib.asynccontextmanager
async def followed(run_id: UUID, key_id: int, *, is_awaited: bool) -> AsyncIterator[Follow]:
    """Follow the run, for as long as the key may be used. Once the last of those who wait has left
    before its end, it is stopped: at once, or where they may come back (``is_awaited``) after
    `RETURN_S`."""
    news = asyncio.Event()
    reader = Reader(news.set)
    is_over = False
    _waiting[run_id] += 1
    try:
        async with readings.join(run_id, reader, lens=None) as reading:
            follow = Follow(reading, news, reader)
            watching = asyncio.create_task(_shut_when_revoked(follow, key_id))
            try:
                yield follow
            finally:
                watching.cancel()
                is_over = reading.run.is_final
    finally:
        _waiting[run_id] -= 1
        if not is_over:
            leave(run_id, is_awaited=is_awaited)
        elif not _waiting[run_id]:
            del _waiting[run_id]


async def _shut_when_revoked(follow: Follow, key_id: int) -> None:
    while True:
        await asyncio.sleep(CHECK_S)
        try:
            if not await aside(access.may_still_ask)(key_id):
                return follow.shut()
        except DatabaseError as problem:
            log.warning("API: the database did not say whether a key may be used: %s", problem)


def leave(run_id: UUID, *, is_awaited: bool) -> None:
    """Somebody no longer waits for this run, which is not over."""
    leaving = asyncio.create_task(_stop_if_alone(run_id, RETURN_S if is_awaited else 0))
    _leaving.add(leaving)  # or it might be collected before it is done
    leaving.add_done_callback(_leaving.discard)


async def _stop_if_alone(run_id: UUID, after_s: float) -> None:
    await asyncio.sleep(after_s)
    if not _waiting[run_id]:
        del _waiting[run_id]
        await aside(_stop)(run_id)


def _stop(run_id: UUID) -> None:
    if run := Run.objects.select_related("conversation__person").filter(id=run_id).first():
        runs.stop(run=run)


def progress(state: RunState) -> str:
    """Where the run stands, in a few words."""
    if state.state in ("queued", "members"):
        done = sum(part.is_final for part in state.seats.values())
        return f"members working {done}/{len(state.seats)}"
    return {"judging": "answers being compared", "writing": "answer being written"}.get(
        state.state, state.state
    )
