"""“Run X has news”: may be lost, never wrong.

Readers in this process are handed the ticks themselves. Readers elsewhere look into
the journal (`council.readings`), and sooner when Redis carries the number to them.
Nobody here decides anything: a lost ring costs a moment.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from uuid import UUID

from council.journal import Tick

log = logging.getLogger(__name__)
Listener = Callable[[Sequence[Tick]], None]


class Bell:
    """One per process. `ring` and the listeners run on the event loop; `call_worker` from anywhere."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, list[Listener]] = defaultdict(list)
        self._worker: tuple[asyncio.AbstractEventLoop, Callable[[], None]] | None = None

    def listen(self, run_id: UUID, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every tick of the run played here; returns how to stop it."""
        self._listeners[run_id].append(listener)

        def stop() -> None:
            self._listeners[run_id].remove(listener)
            if not self._listeners[run_id]:
                del self._listeners[run_id]

        return stop

    def ring(self, ticks: Sequence[Tick]) -> None:
        """Hand committed ticks to whoever listens here."""
        for tick in ticks:
            for listener in list(self._listeners.get(tick.run_id, ())):
                listener([tick])

    def employ(self, wake: Callable[[], None]) -> None:
        """Name the worker of this process: `call_worker` wakes it on its own loop."""
        self._worker = (asyncio.get_running_loop(), wake)

    def dismiss(self) -> None:
        """There is no worker in this process any more."""
        self._worker = None

    def call_worker(self) -> None:
        """There is work or an order: wake this process's worker, if it has one. From any thread."""
        if self._worker is not None:
            loop, wake = self._worker
            if not loop.is_closed():
                loop.call_soon_threadsafe(wake)


bell = Bell()
