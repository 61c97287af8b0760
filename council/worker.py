"""Claims runs and plays them: core with wire and journal. Embedded in the server and in ``ask``."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections import Counter
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import DatabaseError, connection
from django.utils import timezone

from council import journal, lease, spending, titles
from council.actions.attachments import forget_unsent
from council.actions.councils import forget_deleted
from council.actions.people import forget_guests
from council.bell import bell
from council.claims import (
    claim,
    compact_old,
    give_up,
    gone,
    not_begun,
    release,
    take_orders,
)
from council.core import deliberate as core
from council.core.plan import Plan, Seat
from council.journal import Folded
from council.models import Order, Run
from council.providers import Caller, Providers
from council.recorder import LeaseLost, Recorder

log = logging.getLogger(__name__)

LOOK_S = 0.5
"""How often a worker looks for runs and orders nobody rang for, in seconds."""
RENEW_S = 3.0
COMPACT_EVERY_S = 10.0
REST_S, MAX_FAULTS = 2.0, 3
"""After a fault of ours: the pause before a run is taken up again, and how often it is."""


class Worker:
    """Plays every run it can claim until `close`. One per process."""

    def __init__(self, providers: Providers, only: UUID | None = None) -> None:
        self.owner = lease.new_owner()
        self._providers = providers
        self._only = only
        self._recorder = Recorder(self.owner, bell.ring)
        self._playing: dict[UUID, asyncio.Task[None]] = {}
        self._inboxes: dict[UUID, core.Inbox] = {}
        self._faults: Counter[UUID] = Counter()
        self._titling: set[asyncio.Task[None]] = set()
        self._given: dict[UUID, list[tuple[Order, core.Order]]] = {}
        self._wake = asyncio.Event()
        self._closing = False
        self._compacted = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for work. Call on the event loop."""
        self._recorder.start()
        bell.employ(self._wake.set)
        self._task = asyncio.create_task(self._work(), name="worker")

    async def close(self, grace_s: float = 0.0) -> None:
        """Take no new runs, give those that play up to ``grace_s`` seconds, hand the rest over."""
        self._closing = True
        bell.dismiss()
        if self._playing and grace_s:
            await asyncio.wait(self._playing.values(), timeout=grace_s)
        ours = [*self._playing.values(), *self._titling]
        for task in [*ours, *([self._task] if self._task else [])]:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._recorder.in_thread(self._release_all)
        await self._recorder.close()
        await self._providers.aclose()

    @property
    def is_playing(self) -> bool:
        """True while a run is being played here."""
        return bool(self._playing)

    async def rest(self) -> None:
        """Return once nothing is being played here."""
        while self._playing:
            await asyncio.wait(self._playing.values())

    async def _work(self) -> None:
        renewed = time.monotonic()
        while True:
            try:
                await self._look()
                if time.monotonic() - renewed > RENEW_S:
                    renewed = time.monotonic()
                    await self._recorder.in_thread(
                        lambda: journal.renew(self.owner, list(self._playing))
                    )
            except DatabaseError as problem:
                log.warning("worker: the database did not answer: %s", problem)
                await self._recorder.in_thread(lambda: connection.close())
            except Exception:  # whatever it is, the leases of all runs hang on this loop
                log.exception("worker: a fault of this server; it goes on looking")
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()

    async def _look(self) -> None:
        playing = list(self._playing)
        orders = await self._recorder.in_thread(lambda: take_orders(playing))
        for order in orders:
            if not self._deliver(order):  # the run ended while the order was being read
                again = partial(release, self.owner, order.run_id, [order.id])
                await self._recorder.in_thread(again)
        for run_id in await self._recorder.in_thread(lambda: gone(playing)):
            self._drop(run_id)
        if self._closing:
            return
        claimed = await self._recorder.in_thread(lambda: claim(self.owner, self._only, playing))
        for run_id in claimed:
            self._inboxes[run_id] = core.Inbox()
            task = asyncio.create_task(self._play(run_id), name=f"run {run_id}")
            self._playing[run_id] = task
            task.add_done_callback(partial(self._forget, run_id))
        if time.monotonic() - self._compacted > COMPACT_EVERY_S:
            self._compacted = time.monotonic()
            await self._recorder.in_thread(compact_old)
            await self._recorder.in_thread(forget_unsent)
            await self._recorder.in_thread(forget_deleted)
            await self._recorder.in_thread(forget_guests)

    def _deliver(self, order: Order) -> bool:
        inbox = self._inboxes.get(order.run_id)
        if inbox is None:
            return False
        wish = _for_core(order)
        self._given.setdefault(order.run_id, []).append((order, wish))
        inbox.put(wish)
        return True

    def _drop(self, run_id: UUID) -> None:
        """A run was deleted while it was played: its calls end now, even those that are silent."""
        task = self._playing.get(run_id)
        if task is not None and not task.cancelling():
            log.info("run %s: it was deleted, its calls end", run_id)
            task.cancel()

    def _forget(self, run_id: UUID, _task: object) -> None:
        self._playing.pop(run_id, None)
        self._inboxes.pop(run_id, None)
        self._recorder.shut(run_id)
        self._wake.set()

    async def _play(self, run_id: UUID) -> None:
        """One run from where its journal stands to its end. Our own fault ends only this run."""
        try:
            in_thread = self._recorder.in_thread
            run, plan, held, orders, caller = await in_thread(lambda: self._open(run_id))
            recording = self._recorder.open(run_id, held.seq, held.state, caller.look)
            for order in orders:
                self._deliver(order)
            since_start_ms = int((timezone.now() - run.created_at).total_seconds() * 1000)
            await caller.prepare(_models(plan, held, orders))
            server_usd = run.reserved_usd
            if server_usd is None and spending.applies(plan.council, run.conversation.person):
                server_usd = await in_thread(
                    lambda: spending.budget_for(
                        run_id, plan, held.state, caller.know, caller.whose_key
                    )
                )
            await core.deliberate(
                plan,
                held.state,
                ask=caller.ask,
                emit=recording.emit,
                inbox=self._inboxes[run_id],
                clock=time.monotonic,
                new_id=lambda: str(uuid.uuid4()),
                base_ms=max(since_start_ms, held.state.last_ms),
                know=caller.know,
                tools=caller.tools,
                retries=caller.retries,
                whose_key=caller.whose_key,
                cap_usd=None if server_usd is None else spending.cap_of(plan.council),
                server_usd=server_usd,
            )
            self._title(run_id, caller)
        except (LeaseLost, Run.DoesNotExist):
            log.info("run %s: another process plays it now, or it was deleted", run_id)
            await asyncio.sleep(REST_S)
        except Exception:
            log.exception("run %s: stopped by a fault of this server", run_id)
            await self._rest_or_give_up(run_id)
        finally:
            if not self._closing:
                late = self._not_obeyed(run_id)
                await self._recorder.in_thread(lambda: release(self.owner, run_id, late))

    def _title(self, run_id: UUID, caller: Caller) -> None:
        """Have the conversation titled beside all else: nobody waits for that."""
        task = asyncio.create_task(self._give_title(run_id, caller), name=f"title of {run_id}")
        self._titling.add(task)
        task.add_done_callback(self._titling.discard)

    async def _give_title(self, run_id: UUID, caller: Caller) -> None:
        try:
            await titles.give(run_id, caller, self._recorder.in_thread)
        except Run.DoesNotExist:
            pass  # deleted meanwhile
        except Exception:
            log.exception("run %s: its conversation keeps its first words as title", run_id)

    async def _rest_or_give_up(self, run_id: UUID) -> None:
        """Try again a few times; then end the run, lest every round pays for a call."""
        self._faults[run_id] += 1
        await asyncio.sleep(REST_S)  # what was said before the fault is committed meanwhile
        self._recorder.shut(run_id)
        if self._faults[run_id] >= MAX_FAULTS:
            del self._faults[run_id]
            await self._recorder.in_thread(lambda: give_up(self.owner, run_id))

    def _not_obeyed(self, run_id: UUID) -> list[int]:
        """Orders that came while the run was ending: the next to play it takes them."""
        left = self._inboxes.pop(run_id).take()
        given = self._given.pop(run_id, [])
        return [order.id for order, wish in given if any(wish is one for one in left)]

    def _open(self, run_id: UUID) -> "_Opened":
        """All that the database knows of a run before it is played, in one visit."""
        run = Run.objects.select_related("conversation__person").get(id=run_id)
        held = journal.folded(run_id)
        return _Opened(
            run,
            Plan.model_validate(run.plan),
            held,
            [*not_begun(run, held.state), *take_orders([run_id])],
            self._providers.caller(run.conversation.person, self._recorder.in_thread),
        )

    def _release_all(self) -> None:
        Run.objects.filter(lease_owner=self.owner).update(lease_owner="", lease_until=None)


class _Opened(NamedTuple):
    """A run that is about to be played, and who asks for it."""

    run: Run
    plan: Plan
    held: Folded
    orders: list[Order]
    caller: Caller


def _models(plan: Plan, held: Folded, orders: list[Order]) -> list[str]:
    """Every model this run may ask: as its seats are by now, or as these orders make them."""
    asked = [order.detail["ask"] for order in orders if "ask" in order.detail]
    wished = [one["model"] if "model" in one else one["seat"]["model"] for one in asked]
    return [*plan.seated(held.state.specs).models, *wished]


def _for_core(order: Order) -> core.Order:
    match order.kind:
        case Order.Kind.STOP:
            return core.Stop()
        case Order.Kind.JUDGE:
            return core.JudgeNow()
        case Order.Kind.STOP_SEAT:
            return core.StopSeat(order.seat)
        case Order.Kind.ADD_SEAT:
            ask = order.detail["ask"]
            return core.AddSeat(**{**ask, "seat": Seat.model_validate(ask["seat"])})
        case _:
            return core.RetrySeat(order.seat, **order.detail.get("ask", {}))
