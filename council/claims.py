"""Whose turn a run is: claims by lease, orders waiting for it, giving it back, compaction.

Everything here is one short visit to the database, made on the worker's thread.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from council import journal, lease
from council.core import events as ev
from council.core.plan import LETTERS, Plan, Seat
from council.core.resume import interrupted, is_open
from council.core.state import RunState
from council.journal import Tick
from council.models import Call, JournalEntry, Order, Run

log = logging.getLogger(__name__)

_SKEW = timedelta(minutes=1)
"""How far the clocks of two machines may lie apart, and a lease."""
COMPACT_AFTER = timedelta(seconds=30)
"""A run's entries stay this long after its end: a reader who was away gets them one by one."""


def claim(owner: str, only: UUID | None = None, playing: Collection[UUID] = ()) -> list[UUID]:
    """Take over every unfinished run nobody alive plays; each by one conditional UPDATE.

    A lease that ends further ahead than any lease does is from before a clock was set back.
    """
    now = timezone.now()
    waiting = Run.objects.exclude(state__in=Run.FINAL).exclude(id__in=playing)
    if only is not None:
        waiting = waiting.filter(id=only)
    rows = waiting.values_list("id", "lease_owner", "lease_until").order_by("created_at")[:200]
    claimed = []
    for run_id, holder, until in rows:
        holds = until is not None and now < until < now + _SKEW
        if holder and holds and not lease.is_dead(holder):
            continue
        mine = Run.objects.filter(id=run_id, lease_owner=holder, lease_until=until).update(
            lease_owner=owner, lease_until=now + journal.LEASE
        )
        if mine:
            claimed.append(run_id)
    return claimed


def gone(run_ids: Collection[UUID]) -> set[UUID]:
    """Those of the runs that were deleted."""
    if not run_ids:
        return set()
    there = Run.objects.filter(id__in=run_ids).values_list("id", flat=True)
    return set(run_ids) - set(there)


def release(owner: str, run_id: UUID, late: Sequence[int] = ()) -> None:
    """Give a run up; if its journal says it is over, its row says so too.

    ``late`` are orders nobody obeyed: they wait again, and reopen a run that has ended. A stop
    that came too late is dropped: it must not end what a reader asks for afterwards.
    """
    if gone([run_id]):
        return
    Order.objects.filter(id__in=late).update(taken_at=None)
    state = _state_of(run_id)
    is_final = state in Run.FINAL
    changes: dict[str, str | None] = {"state": state, "reserved_usd": None} if is_final else {}
    waiting = Order.objects.filter(run_id=run_id, taken_at__isnull=True)
    if is_final:
        waiting.filter(kind__in=Order.STOPS).update(taken_at=timezone.now())
    if waiting.exclude(kind__in=Order.STOPS).exists():
        changes = {"state": Run.State.QUEUED}
    # The commit of a run's end has taken the lease off already.
    ours = Q(lease_owner=owner) | Q(lease_owner="", state__in=Run.FINAL)
    Run.objects.filter(ours, id=run_id).update(lease_owner="", lease_until=None, **changes)


def _state_of(run_id: UUID) -> str:
    """The run's state by its row where that is final, by its journal where it is not."""
    row: str = Run.objects.values_list("state", flat=True).get(id=run_id)
    if row in Run.FINAL:
        return row
    try:
        return journal.folded(run_id).state.state
    except ValueError:
        log.exception("run %s: its journal cannot be read", run_id)
        return Run.State.FAILED


def give_up(owner: str, run_id: UUID) -> None:
    """End a run this server fails at again and again: what was written is kept and shown."""
    try:
        state, seq = journal.folded(run_id)
    except (ValueError, Run.DoesNotExist):
        return  # `release` ends a run whose journal cannot be read
    at_ms = state.last_ms
    ends = [interrupted(part, at_ms, at_ms) for part in state.parts if is_open(part)]
    over = ev.RunEnded(state="partial" if state.usable else "failed", at_ms=at_ms)
    journal.write(owner, [Tick(run_id, seq + 1, (*ends, over))])


def take_orders(run_ids: Sequence[UUID]) -> list[Order]:
    """Orders nobody has taken yet for these runs, in the order they were given; now taken."""
    if not run_ids:
        return []
    orders = list(
        Order.objects.filter(run_id__in=run_ids, taken_at__isnull=True).order_by("created_at", "id")
    )
    if orders:
        Order.objects.filter(id__in=[o.id for o in orders]).update(taken_at=timezone.now())
    return orders


def not_begun(run: Run, state: RunState) -> list[Order]:
    """Orders taken since the run last ended by a process that died before they had begun.

    The run must not go on after a Stop. Whatever asks somebody again had begun with the row of its
    call, a new member with its seat: who takes the run up asks every seat that was not asked yet.
    """
    taken = Order.objects.filter(run=run, taken_at__isnull=False)
    if run.ended_at is not None:
        taken = taken.filter(taken_at__gt=run.ended_at)
    orders = list(taken.order_by("id"))
    if orders and orders[-1].kind == Order.Kind.STOP:
        return orders[-1:]
    own = len(Plan.model_validate(run.plan).council.seats)
    added = [letter for letter in LETTERS[own:] if letter in state.seats]
    left = []
    for order in orders:
        if order.kind == Order.Kind.ADD_SEAT:
            letter = _seated_as(order, added, state)
            if letter:
                added.remove(letter)
            else:
                left.append(order)
        elif order.kind not in Order.STOPS and not _has_begun(run, order):
            left.append(order)
    return left


def _has_begun(run: Run, order: Order) -> bool:
    """True also when what is asked for was under way: then the order was passed over."""
    calls = Call.objects.filter(run=run, seat=order.seat or "judge")
    if order.kind == Order.Kind.JUDGE:  # its writer belongs to it
        return (calls.filter(started_at__gt=run.ended_at) if run.ended_at else calls).exists()
    since = Q(started_at__gte=order.taken_at) | Q(ended_at__gt=order.taken_at)
    return calls.filter(since | Q(ended_at=None)).exists()


def _calls(order: Order, seat: str) -> QuerySet[Call]:
    """Of this seat since the order was taken."""
    return Call.objects.filter(run=order.run_id, seat=seat, started_at__gte=order.taken_at)


def _seated_as(order: Order, letters: Sequence[str], state: RunState) -> str:
    """Which of these new members the order made, empty if none: it sits as it was asked for, or
    began so, and was not there before."""
    spec = Seat.model_validate(order.detail["ask"]["seat"])
    for letter in letters:
        calls = _calls(order, letter)
        if Call.objects.filter(run=order.run_id, seat=letter).count() > calls.count():
            continue
        began = calls.filter(model=spec.model, attempt=1).exists()
        if began or state.specs.get(letter) == spec:
            return letter
    return ""


def compact_old() -> None:
    """Compact runs that ended a while ago."""
    old = JournalEntry.objects.filter(
        run__state__in=Run.FINAL, run__ended_at__lt=timezone.now() - COMPACT_AFTER
    )
    for run_id in old.values_list("run_id", flat=True).distinct()[:20]:
        try:
            journal.compact(run_id)
        except Run.DoesNotExist:
            continue  # deleted since
        except ValueError:  # damaged, or from a newer version: its own page says so, others go on
            log.exception("run %s: its journal cannot be read", run_id)
