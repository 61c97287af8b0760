"""Rows for the tests of the journal, made as the product makes them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from django.db import connection
from django.utils import timezone

from council import journal
from council.actions import runs
from council.core.plan import Council, Judge, Seat
from council.journal import Tick
from council.models import JournalEntry, Person, Run
from tests.golden import tape

T = TypeVar("T")
COUNCIL = Council(
    name="Feeder",
    seats=(Seat(model="ollama/a"), Seat(model="ollama/b")),
    judge=Judge(model="ollama/judge"),
)


def person(name: str = "ada") -> Person:
    """Somebody."""
    return Person.objects.get_or_create(username=name)[0]


def run(owner: str = "") -> Run:
    """A run that was asked just now; with ``owner`` its lease is held for a while."""
    made = runs.start(person=person(), prompt="Which metal?", council=COUNCIL)
    if owner:
        hold(made, owner)
    return made


def hold(run: Run, owner: str, for_s: float = 60) -> None:
    """Give the lease to somebody."""
    until = timezone.now() + timedelta(seconds=for_s)
    Run.objects.filter(id=run.id).update(lease_owner=owner, lease_until=until)


def golden(run: Run, upto: int | None = None) -> list[Tick]:
    """The golden journal as this run's; its first entry is the one that is there already."""
    return [replace(tick, run_id=run.id) for tick in tape.ticks()[1:upto]]


def play(run: Run, owner: str = "us") -> None:
    """Write the whole golden journal, an entry at a time."""
    hold(run, owner)
    for tick in golden(run):
        hold(run, owner)
        assert journal.write(owner, [tick]) == set()


def numbers(run_id: UUID) -> list[int]:
    """The numbers of the entries that are there, in order."""
    rows = JournalEntry.objects.filter(run_id=run_id).order_by("seq")
    return list(rows.values_list("seq", flat=True))


def elsewhere(work: Callable[[], T]) -> T:
    """Do ``work`` on a connection of its own, in a thread of its own."""
    return at_once([work])[0]


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it at the same moment, each on its own connection."""
    barrier = threading.Barrier(len(works))

    def one(work: Callable[[], T]) -> T:
        try:
            barrier.wait(30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))
