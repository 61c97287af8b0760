"""The memory of every run: numbered entries of events, read by cursor, folded, compacted.

One entry is one tick of one run: one number, one row, later one frame. Everything
here is synchronous and knows no sockets.
"""

import json
import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from council.core import events as ev
from council.core.state import RunState, fold, was_unbilled
from council.models import Call, Conversation, JournalEntry, Person, Run
from council.searching import passages
from council.sharing.frozen import freeze_shares

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=10)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Tick:
    """What one run had to say in one tick, under its number.

    ``state`` is the run as it stands then, where whoever plays it has it at hand.
    """

    run_id: UUID
    seq: int
    events: tuple[ev.Event, ...]
    state: RunState | None = field(default=None, compare=False, repr=False)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The events as JSON objects, without the fields that hold their default."""
        return [_row(event) for event in self.events]

    @property
    def json(self) -> str:
        """The entry as it is stored: a JSON array of events."""
        return _encode(self.rows)


class Folded(NamedTuple):
    """A run as it stands after entry ``seq``."""

    state: RunState
    seq: int


def _row(event: ev.Event) -> dict[str, Any]:
    if isinstance(event, ev.TextAdded | ev.ReasoningAdded):  # nearly all there are; no defaults
        return {"type": event.type, "seat": event.seat, "text": event.text}
    return {"type": event.type, **event.model_dump(mode="json", exclude_defaults=True)}


def load(text: str) -> list[ev.Event]:
    """The events of one stored entry."""
    return ev.list_adapter.validate_json(text)


def append(run_id: UUID, seq: int, events: Sequence[ev.Event]) -> Tick:
    """Write one entry outside a worker's tick. Raises IntegrityError when the number is taken."""
    tick = Tick(run_id, seq, tuple(events))
    JournalEntry.objects.create(run_id=run_id, seq=seq, events=tick.json)
    return tick


def after(run_id: UUID, seq: int) -> list[Tick] | None:
    """All entries after number ``seq``, in order; None when some of them were compacted away."""
    rows = _rows(run_id, seq)
    if rows and rows[0].seq != seq + 1:
        return None
    if not rows and Run.objects.filter(id=run_id, fold_seq__gt=seq).exists():
        return None
    return rows


def folded(run_id: UUID, upto: int | None = None) -> Folded:
    """The run as it stands, or as it stood after entry ``upto``.

    ``seq`` is another number where that entry is not there yet, or compacted away. Entries
    are read before the fold: a compaction between is harmless.
    """
    rows = _rows(run_id, 0)
    state, seq = RunState(), 0
    if not rows or rows[0].seq != 1:
        stored = Run.objects.values_list("fold", "fold_seq").get(id=run_id)
        if stored[1]:
            state, seq = RunState.model_validate_json(stored[0]), stored[1]
    for tick in rows:
        if tick.seq > seq and (upto is None or tick.seq <= upto):
            fold(list(tick.events), state)
            seq = tick.seq
    return Folded(state, seq)


def fold_ticks(ticks: Sequence[Tick]) -> Folded:
    """Entries from number 1 on, folded."""
    state = RunState()
    for tick in ticks:
        fold(list(tick.events), state)
    return Folded(state, ticks[-1].seq if ticks else 0)


def compact(run_id: UUID) -> None:
    """Put the fold of a final run in place of its entries. Folding gives the same run as before."""
    with transaction.atomic():
        run = Run.objects.select_for_update().get(id=run_id)
        if not run.is_final:
            return
        state, seq = folded(run_id)
        Run.objects.filter(id=run_id).update(fold=state.model_dump_json(), fold_seq=seq)
        JournalEntry.objects.filter(run_id=run_id, seq__lte=seq).delete()


def write(owner: str, ticks: Sequence[Tick]) -> set[UUID]:
    """Commit the ticks of many runs in one transaction; what is not ours any more is left out.

    Returns the runs whose lease ``owner`` has lost, or whose entry no database takes. Raises
    OperationalError or InterfaceError when the database cannot be written; nothing is kept
    then and the same ticks may be sent again.
    """
    try:
        return _write(owner, ticks)
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:  # noqa: BLE001  # one bad tick must not hold up other runs
        if len(ticks) == 1:
            log.log(
                logging.WARNING if isinstance(problem, IntegrityError) else logging.ERROR,
                "run %s: entry %d was not taken (%s: %s)",
                *(ticks[0].run_id, ticks[0].seq, type(problem).__name__, problem),
            )
            return {ticks[0].run_id}
    return set().union(*(write(owner, [tick]) for tick in ticks))


def _write(owner: str, ticks: Sequence[Tick]) -> set[UUID]:
    ids = {tick.run_id for tick in ticks}
    with transaction.atomic():
        held = _held(owner, ids)
        ours = [tick for tick in ticks if tick.run_id in held]
        _insert(ours)
        for tick in ours:
            _settle_rows(tick)
    return ids - held


def _held(owner: str, ids: Collection[UUID]) -> set[UUID]:
    """Those of the runs whose lease is ``owner``'s, and stays so until this transaction ends."""
    keys = {_key(run_id): run_id for run_id in ids}
    marks = ", ".join(["%s"] * len(keys))
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {Run._meta.db_table} WHERE lease_owner = %s AND id IN ({marks}){lock}",  # noqa: S608
            [owner, *keys],
        )
        return {keys[row[0]] for row in cursor.fetchall()}


def _key(run_id: UUID) -> Any:
    """A run's id as this database stores it."""
    return run_id if connection.features.has_native_uuid_field else run_id.hex


def _insert(ticks: Sequence[Tick]) -> None:
    """With `_held` the hottest statements there are: 25 times a second. Past the ORM, therefore."""
    table = JournalEntry._meta.db_table
    rows = [(_key(t.run_id), t.seq, t.json) for t in ticks]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (run_id, seq, events) VALUES (%s, %s, %s)",  # noqa: S608
            rows,
        )


def renew(owner: str, run_ids: Iterable[UUID]) -> None:
    """Hold the leases for another ten seconds."""
    Run.objects.filter(id__in=list(run_ids), lease_owner=owner).update(
        lease_until=timezone.now() + LEASE
    )


def _rows(run_id: UUID, seq: int) -> list[Tick]:
    rows = (
        JournalEntry.objects.filter(run_id=run_id, seq__gt=seq)
        .order_by("seq")
        .values_list("seq", "events")
    )
    return [Tick(run_id, number, tuple(load(text))) for number, text in rows]


def _settle_rows(tick: Tick) -> None:
    """Bring the rows that mirror the journal up to date, in the same transaction."""
    if started := [event for event in tick.events if isinstance(event, ev.CallStarted)]:
        _write_calls(tick.run_id, started)
    for event in tick.events:
        match event:
            case ev.CallEnded() if event.call:  # a seat stopped before its first call has none
                # A part may end between two calls: the last one keeps the end it had.
                Call.objects.filter(id=event.call, ended_at=None).update(
                    state=event.state,
                    ended_at=timezone.now(),
                    tokens_prompt=column(event.usage.prompt),
                    tokens_completion=column(event.usage.completion),
                    cost_usd=event.cost_usd,
                    cost_source=event.cost_source,
                    **({"held_usd": 0.0} if was_unbilled(event) else {}),
                )
            case ev.PhaseChanged():
                Run.objects.filter(id=tick.run_id).update(state=event.phase)
            case ev.RunEnded():
                _settle_run(tick, event)
            case _:
                pass


def _write_calls(run_id: UUID, started: Sequence[ev.CallStarted]) -> None:
    run = Run.objects.values_list(
        "conversation__person_id", "conversation__person__role", "council_name", "api_key_id"
    )
    person_id, role, council_name, api_key_id = run.get(id=run_id)
    Call.objects.bulk_create(
        Call(
            id=event.call,
            person_id=person_id,
            by_guest=role == Person.Role.GUEST,
            run_id=run_id,
            api_key_id=api_key_id,
            council_name=council_name,
            seat=event.seat,
            attempt=event.attempt,
            model=event.model,
            held_usd=event.most_usd,
            whose_key=event.whose_key,
        )
        for event in started
    )


def column(count: int | None) -> int | None:
    """A provider may count to anything; a column holds 31 bits."""
    return None if count is None else min(max(count, 0), 2**31 - 1)


def _settle_run(tick: Tick, event: ev.RunEnded) -> None:
    state = tick.state or folded(tick.run_id).state
    now = timezone.now()
    Run.objects.filter(id=tick.run_id).update(
        state=event.state,
        ended_at=now,
        cost_usd=state.cost_usd,
        cost_complete=state.cost_complete,
        reserved_usd=None,
        synthesis=state.result,
        lease_owner="",
        lease_until=None,
    )
    run = Run.objects.select_related("conversation").get(id=tick.run_id)
    Conversation.objects.filter(id=run.conversation_id).update(updated_at=now)
    passages.write(run, state)
    freeze_shares(run, state)
