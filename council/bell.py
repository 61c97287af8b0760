"""“Run X has news”: may be lost, never wrong.

Readers in this process are handed the ticks themselves. Readers in other processes look
into the journal (`council.readings`), and do so at once when Redis carries the word to
them; so do workers in other processes when there is work. Nobody here decides anything: a
lost ring costs a moment.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from council.journal import Tick

log = logging.getLogger(__name__)
Listener = Callable[[Sequence[Tick]], None]

GROUP = "council.bell"
PAUSE_S = 2.0
"""After Redis failed, how long nobody asks it again, in seconds."""


class Bell:
    """One per process. Everything but `call_worker` belongs to the event loop."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, list[Listener]] = defaultdict(list)
        self._worker: tuple[asyncio.AbstractEventLoop, Callable[[], None]] | None = None
        self.carrier: Carrier | None = None

    def listen(self, run_id: UUID, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every tick of the run played here; returns how to stop it."""
        self._listeners[run_id].append(listener)

        def stop() -> None:
            self._listeners[run_id].remove(listener)
            if not self._listeners[run_id]:
                del self._listeners[run_id]

        return stop

    def ring(self, ticks: Sequence[Tick]) -> None:
        """Hand committed ticks to whoever listens here, and the word to who listens elsewhere."""
        for tick in ticks:
            for listener in list(self._listeners.get(tick.run_id, ())):
                try:
                    listener([tick])
                except Exception:  # a page that cannot be drawn must not stop who writes the runs
                    log.exception("run %s: a reader could not take entry %d", tick.run_id, tick.seq)
        if self.carrier is not None:
            self.carrier.tell({str(tick.run_id) for tick in ticks})

    def employ(self, wake: Callable[[], None]) -> None:
        """Name the worker of this process: `call_worker` wakes it on its own loop."""
        self._worker = (asyncio.get_running_loop(), wake)

    def dismiss(self) -> None:
        """There is no worker in this process any more."""
        self._worker = None

    def call_worker(self) -> None:
        """There is work or an order: wake the worker, here and elsewhere. From any thread."""
        self.wake_worker()
        if self.carrier is not None:
            self.carrier.call()

    def wake_worker(self) -> None:
        """Wake this process's worker, if any. From any thread."""
        if self._worker is not None:
            loop, wake = self._worker
            if not loop.is_closed():
                loop.call_soon_threadsafe(wake)


class Carrier:
    """Carries the word between processes over a channel layer. Slow or dead Redis delays nobody."""

    def __init__(
        self,
        layer: Any,
        heard: Callable[[set[UUID]], None],
        called: Callable[[], None] = lambda: None,
    ) -> None:
        self._layer, self._heard, self._called = layer, heard, called
        self._untold: set[str] = set()
        self._calls = False
        self._news = asyncio.Event()
        self._loop = loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._send()), loop.create_task(self._receive())]

    def tell(self, run_ids: set[str]) -> None:
        """These runs have news; said once per flush, however often they ring."""
        self._untold |= run_ids
        self._news.set()

    def call(self) -> None:
        """There is work for whoever plays runs. From any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._call)

    def _call(self) -> None:
        self._calls = True
        self._news.set()

    async def close(self) -> None:
        """Stop carrying."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _send(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            run_ids, self._untold = sorted(self._untold), set()
            news = {"type": "news", "runs": run_ids, "work": self._calls}
            self._calls = False
            try:
                await self._layer.group_send(GROUP, news)
            except Exception as problem:  # noqa: BLE001  # whatever Redis does, runs go on
                await self._rest(problem)

    async def _receive(self) -> None:
        while True:
            try:
                channel = await self._layer.new_channel()
                await self._layer.group_add(GROUP, channel)
                while True:
                    message = await self._layer.receive(channel)
                    self._heard({UUID(run_id) for run_id in message["runs"]})
                    if message.get("work"):  # a process of an older version does not say
                        self._called()
            except Exception as problem:  # noqa: BLE001  # whatever Redis does, runs go on
                await self._rest(problem)

    async def _rest(self, problem: Exception) -> None:
        log.warning("bell: Redis did not carry the word (%s); the journal is read instead", problem)
        await asyncio.sleep(PAUSE_S)


bell = Bell()
