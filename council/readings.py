"""Who reads which run in this process: each run is folded and rendered once for all its readers."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import DatabaseError
from django.db.models import Max

from council import journal
from council.bell import bell
from council.core.state import RunState, fold
from council.frames import Page, encode
from council.journal import Folded, Tick
from council.models import JournalEntry
from council.sharing.lens import OWNER, Lens

log = logging.getLogger(__name__)

LOOK_S = 0.4
"""How often the journal is asked about runs that did not ring lately, in seconds."""
BATCH = 200

aside = partial(database_sync_to_async, thread_sensitive=False)
"""For work that may take long: in any thread, not in the one all sockets share for a glance."""


class Reader:
    """One socket's place in a run: frames it has not taken yet. ``wake`` is called on news."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.frames: deque[tuple[int, str]] = deque()
        self.wake = wake

    def offer(self, seq: int, frame: str) -> None:
        """A new frame for this reader."""
        self.frames.append((seq, frame))
        self.wake()


class Told:
    """A run as it stands, for whoever shows it to nobody: folded like a page, never drawn."""

    def __init__(self, folded: Folded) -> None:
        self.run, self.seq = folded

    def take(self, tick: Tick) -> None:
        """Fold one entry in."""
        fold(list(tick.events), self.run)
        self.seq = tick.seq


class Reading:
    """One run, read live through one lens by anybody in this process.

    Without a lens it is only told, to programs that take words from the run's state: nobody
    draws a page, and what readers are offered is empty.
    """

    def __init__(self, run_id: UUID, lens: Lens | None) -> None:
        self.run_id, self.lens = run_id, lens
        self.readers: set[Reader] = set()
        self.heard_at = time.monotonic()
        self.failed = False
        self._page: Page | Told | None = None
        self._early: list[Tick] = []
        self._opening = asyncio.Lock()
        self._healing = False
        self._healer: asyncio.Future[None] | None = None
        self._stop = bell.listen(run_id, self.hear)

    @property
    def seq(self) -> int:
        """The number of the last frame handed out."""
        return self._page.seq if self._page else 0

    @property
    def run(self) -> RunState:
        """The run as it stands after that frame."""
        return self._page.run if self._page else RunState()

    async def open(self) -> None:
        """Fold what is there. Ticks that ring meanwhile are kept and taken afterwards."""
        async with self._opening:
            if self._page is None:
                self._page = await aside(self._begin)()
                early, self._early = self._early, []
                self.hear(early)

    def _begin(self) -> Page | Told:
        """The run as it stands; with much text nobody else shall wait for it."""
        held = journal.folded(self.run_id)
        return Told(held) if self.lens is None else Page(self.run_id, held, self.lens)

    def _whole(self) -> tuple[Page | Told, str]:
        """The same, and all of it drawn as one frame."""
        page = self._begin()
        return page, "" if isinstance(page, Told) else encode(page.snapshot())

    def close(self) -> None:
        """Nobody reads any more."""
        self._stop()

    def hear(self, ticks: Sequence[Tick]) -> None:
        """Take committed ticks, in order; a gap is healed from the journal."""
        if self.failed:
            return
        if self._page is None:
            self._early.extend(ticks)
            return
        self.heard_at = time.monotonic()
        for tick in ticks:
            if tick.seq <= self._page.seq:
                continue
            if tick.seq > self._page.seq + 1:
                self.nudge()
                return
            try:
                taken = self._page.take(tick)
                frame = "" if taken is None else encode(taken)
            except Exception:  # noqa: BLE001  # logged there; the others must go on
                self._fail()
                return
            for reader in list(self.readers):
                reader.offer(tick.seq, frame)

    def nudge(self) -> None:
        """There may be news: look into the journal, unless somebody is looking already."""
        if self._page is not None and not self._healing:
            self._healing = True
            self._healer = asyncio.ensure_future(self.look())

    async def look(self) -> None:
        """Read the journal after the last frame handed out."""
        try:
            ticks = await database_sync_to_async(journal.after)(self.run_id, self.seq)
        except DatabaseError as problem:
            log.warning("run %s: the journal did not answer: %s", self.run_id, problem)
            return
        finally:
            self._healing = False
        if ticks is not None:
            self.hear(ticks)
            return
        try:
            await self._leap()
        except Exception:  # noqa: BLE001  # logged there; the others must go on
            self._fail()

    def _fail(self) -> None:
        """A fault of ours in drawing: half an entry is taken, so nobody may read on from here.

        The run goes on all the same. The readers come back, to a page that is folded anew.
        """
        log.exception("run %s: its page cannot be drawn", self.run_id)
        self.failed = True
        for reader in list(self.readers):
            reader.wake()

    async def _leap(self) -> None:
        """The entries between are compacted away: everybody gets one snapshot."""
        page, frame = await aside(self._whole)()
        if self._page is None or page.seq <= self._page.seq:
            return
        self._page = page
        for reader in list(self.readers):
            reader.offer(page.seq, frame)


class Readings:
    """All runs that are being read in this process."""

    def __init__(self) -> None:
        self._open: dict[tuple[UUID, Lens | None], Reading] = {}
        self._task: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def join(  # type: ignore[no-untyped-def]
        self, run_id: UUID, reader: Reader, lens: Lens | None
    ):
        """Follow a run: inside, ``reader`` is offered every frame after ``reading.seq``. Without
        a lens there is news, and no frame: see `Reading`."""
        key = (run_id, lens)
        reading = self._open.get(key)
        if reading is None or reading.failed:
            reading = self._open[key] = Reading(run_id, lens)
        reading.readers.add(reader)
        self._watch()
        try:
            await reading.open()
            yield reading
        finally:
            reading.readers.discard(reader)
            if not reading.readers:
                reading.close()
                if self._open.get(key) is reading:
                    del self._open[key]

    def heard(self, run_ids: set[UUID]) -> None:
        """Another process has written; who reads one of these runs looks at once."""
        for (run_id, _), reading in self._open.items():
            if run_id in run_ids:
                reading.nudge()

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._look_around(), name="readings")

    async def _look_around(self) -> None:
        """One query for all runs that were quiet lately: a ring may be lost, or never sent here."""
        while self._open:
            await asyncio.sleep(LOOK_S)
            since = time.monotonic() - LOOK_S
            quiet = [r for r in self._open.values() if r.heard_at < since and not r.failed]
            if not quiet:
                continue
            try:
                newest = await database_sync_to_async(_newest)([r.run_id for r in quiet])
            except DatabaseError as problem:
                log.warning("readings: the journal did not answer: %s", problem)
                continue
            for reading in quiet:
                if newest.get(reading.run_id, 0) > reading.seq:
                    await reading.look()


def _newest(run_ids: list[UUID]) -> dict[UUID, int]:
    rows = JournalEntry.objects.filter(run_id__in=run_ids).values("run_id")
    return {row["run_id"]: row["seq"] for row in rows.annotate(seq=Max("seq"))}


def catch_up(run_id: UUID, after: int, upto: int, lens: Lens = OWNER) -> list[tuple[int, str]]:
    """Frames ``after+1 … upto`` from the journal, or one snapshot where that is not possible."""
    held, ticks = journal.folded(run_id, upto=after), journal.after(run_id, after)
    if held.seq != after or ticks is None:
        page = Page(run_id, journal.folded(run_id), lens)
        return [(page.seq, encode(page.snapshot()))]
    rest = [t for t in ticks if t.seq <= upto]
    page = Page(run_id, held, lens)
    return [(t.seq, encode(page.take(t, last=t is rest[-1]))) for t in rest]


readings = Readings()
