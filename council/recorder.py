"""Gathers the events of all runs played by this process: one transaction per tick for all.

Commit, then send. Text returns to its sender at once; a call's start and a run's end
return when they are committed (so that no request leaves before its row is there).
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection

from council import journal
from council.core import events as ev
from council.core.state import RunState
from council.journal import Tick

log = logging.getLogger(__name__)
T = TypeVar("T")
Look = Callable[[Sequence[str]], None]

TICK_S = 0.04
"""Measured: 33–50 ms keeps the delay below what a reader notices at a quarter of the CPU of
one write per token."""
GATHERED_TURNS = 8
"""Turns of the event loop in which what follows from an urgent event may still join its tick:
one transaction and one drawing less. Measured: the judge's call begins in the sixth turn after
the last member's end, a run ends in the second after its writer."""

LEAVING_TURNS = 8
"""Turns of the event loop for requests to leave before the pages are drawn that show them."""

_LEISURELY = (ev.TextAdded, ev.ReasoningAdded)
_AWAITED = (ev.CallStarted, ev.RunEnded)


class LeaseLost(Exception):
    """Another process plays this run now; this one must stop at once and say nothing more."""


class Recording:
    """One run's way into the journal. ``seq`` is the number of its last entry."""

    def __init__(
        self,
        run_id: UUID,
        seq: int,
        wake: Callable[[bool], None],
        state: RunState | None = None,
        look: Look | None = None,
    ) -> None:
        self.run_id, self.seq, self._state = run_id, seq, state
        self.lost = False
        self.look = look
        self._wake = wake
        self._pending: list[ev.Event] = []
        self._open_text: dict[tuple[str, str], list[str]] = {}
        self._slots: dict[int, tuple[type[ev.TextAdded | ev.ReasoningAdded], str, list[str]]] = {}
        self._waiters: list[asyncio.Future[None]] = []

    async def emit(self, event: ev.Event) -> None:
        """Take one event. Raises LeaseLost when the run belongs to another process."""
        if self.lost:
            raise LeaseLost(str(self.run_id))
        if isinstance(event, _LEISURELY):
            self._add_text(event)
            self._wake(False)
            return
        self._open_text.clear()
        self._pending.append(event)
        waiter = None
        if isinstance(event, _AWAITED):
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
        self._wake(True)
        if waiter is not None:
            await waiter

    def _add_text(self, event: ev.TextAdded | ev.ReasoningAdded) -> None:
        """Join text of one seat within a tick: order matters within a seat, not between seats."""
        key = (event.type, event.seat)
        pieces = self._open_text.get(key)
        if pieces is not None:
            pieces.append(event.text)
            return
        pieces = self._open_text[key] = [event.text]
        self._slots[len(self._pending)] = (type(event), event.seat, pieces)
        self._pending.append(event)

    @property
    def has_news(self) -> bool:
        """True when something waits to be committed."""
        return bool(self._pending)

    def take(self) -> tuple[Tick, list[asyncio.Future[None]]]:
        """Everything gathered since the last tick, under the next number."""
        for index, (kind, seat, pieces) in self._slots.items():
            if len(pieces) > 1:
                self._pending[index] = kind(seat=seat, text="".join(pieces))
        self.seq += 1
        tick = Tick(self.run_id, self.seq, tuple(self._pending), self._state)
        waiters, self._waiters = self._waiters, []
        self._pending, self._open_text, self._slots = [], {}, {}
        return tick, waiters

    def lose(self) -> None:
        """The lease is gone: whoever emits from now on is told."""
        self.lost = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_exception(LeaseLost(str(self.run_id)))
        self._waiters = []


class Recorder:
    """All recordings of this process, and the beat that commits them."""

    def __init__(self, owner: str, announce: Callable[[Sequence[Tick]], None]) -> None:
        self.owner = owner
        self._announce = announce
        self._recordings: dict[UUID, Recording] = {}
        self._news, self._urgent = asyncio.Event(), asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to beat."""
        self._task = asyncio.create_task(self._beat(), name="recorder")

    async def close(self) -> None:
        """Commit what is there and stop."""
        self._closing = True
        self._wake(True)
        if self._task is not None:
            await self._task
        await self.in_thread(_hang_up)
        self._thread.shutdown(wait=False)

    async def in_thread(self, work: Callable[[], T]) -> T:
        """Run blocking database work on the journal's own thread and connection."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def open(
        self,
        run_id: UUID,
        seq: int,
        state: RunState | None = None,
        look: Look | None = None,
    ) -> Recording:
        """Record a run whose last entry is number ``seq``; ``state`` is kept up by its player.

        ``look`` is told on the journal's thread, in the same visit, which calls have just been
        written down: what must be read before they go out.
        """
        recording = self._recordings[run_id] = Recording(run_id, seq, self._wake, state, look)
        return recording

    def shut(self, run_id: UUID) -> None:
        """This process records the run no longer."""
        self._recordings.pop(run_id, None)

    def _wake(self, urgent: bool) -> None:
        self._news.set()
        if urgent:
            self._urgent.set()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        last = 0.0
        while not (self._closing and not any(r.has_news for r in self._recordings.values())):
            await self._news.wait()
            rest = last + TICK_S - loop.time()
            if rest > 0 and not self._urgent.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(rest):
                        await self._urgent.wait()
            for _ in range(GATHERED_TURNS if self._urgent.is_set() else 0):
                await asyncio.sleep(0)
            self._news.clear()
            self._urgent.clear()
            last = loop.time()
            await self._flush()

    async def _flush(self) -> None:
        taken = [r.take() for r in self._recordings.values() if r.has_news]
        if not taken:
            return
        ticks = [tick for tick, _ in taken]
        lost = await self._commit(ticks)
        for tick, waiters in taken:
            self._answer(tick, waiters, tick.run_id in lost)
        for _ in range(LEAVING_TURNS if any(waiters for _, waiters in taken) else 0):
            await asyncio.sleep(0)
        self._announce([tick for tick in ticks if tick.run_id not in lost])

    def _answer(self, tick: Tick, waiters: list[asyncio.Future[None]], lost: bool) -> None:
        recording = self._recordings.get(tick.run_id)
        if lost and recording is not None:
            recording.lose()
        for waiter in waiters:
            if waiter.done():
                continue
            if lost:
                waiter.set_exception(LeaseLost(str(tick.run_id)))
            else:
                waiter.set_result(None)

    async def _commit(self, ticks: list[Tick]) -> set[UUID]:
        """Write until it is written: a locked or restarted database costs time, not words."""
        pause = 0.1
        while True:
            try:
                return await self.in_thread(lambda: self._write(ticks))
            except (OperationalError, InterfaceError) as problem:
                log.warning("journal: not written, trying again in %.1f s: %s", pause, problem)
                await self.in_thread(_hang_up)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    def _write(self, ticks: Sequence[Tick]) -> set[UUID]:
        lost = journal.write(self.owner, ticks)
        for tick in ticks:
            calls = [event.call for event in tick.events if isinstance(event, ev.CallStarted)]
            recording = self._recordings.get(tick.run_id)
            if calls and recording is not None and recording.look and tick.run_id not in lost:
                # Written is written: this must not write it again, nor hold up other runs. Who
                # asks without having looked does so then, and a fault is that run's own.
                try:
                    recording.look(calls)
                except Exception:
                    log.warning("run %s: its calls look for themselves", tick.run_id, exc_info=True)
        return lost


def _hang_up() -> None:
    """Close this thread's connection; the next query opens a fresh one."""
    connection.close()
