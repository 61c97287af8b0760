"""Everything that is one person's: counted, and deleted for good."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from council.actions import people
from council.bell import bell
from council.models import (
    Attachment,
    Call,
    ClientKey,
    Conversation,
    Council,
    JournalEntry,
    Key,
    Order,
    Person,
    Run,
    Share,
)
from council.searching import passages

_AT_ONCE = 200
"""Runs whose entries are deleted by one statement."""
CHECKPOINT_MS = 1000
"""How long readers are waited for, with everybody who writes kept waiting meanwhile."""


@dataclass(frozen=True)
class Counted:
    """How much there is of what a person would lose."""

    conversations: int
    runs: int
    under_way: int
    files: int
    councils: int
    published: int
    keys: int
    links: int


def count(person: Person) -> Counted:
    """What is there at this moment."""
    runs = Run.objects.filter(conversation__person=person)
    councils = Council.objects.filter(owner=person)
    return Counted(
        conversations=Conversation.objects.filter(person=person).count(),
        runs=runs.count(),
        under_way=runs.exclude(state__in=Run.FINAL).count(),
        files=Attachment.objects.filter(person=person).count(),
        councils=councils.filter(deleted_at=None).count(),
        published=councils.filter(deleted_at=None, is_public=True).count(),
        keys=Key.objects.filter(person=person).count(),
        links=Share.objects.filter(person=person, revoked_at=None).count(),
    )


def delete(*, person: Person) -> None:
    """Delete the person and every row that is theirs; runs under way end, sessions too.

    Others lose the councils this person published. What the database's file may still hold of
    it is said in docs/your-data.md.
    """
    with transaction.atomic():
        Person.objects.select_for_update().get(id=person.id)
        people.keep_spent(person=person)
        _delete_runs(Run.objects.filter(conversation__person=person))
        end_sessions(person=person)
        people.keep_spent(person=person)
        Person.objects.filter(id=person.id).delete()
        transaction.on_commit(bell.call_worker)
        transaction.on_commit(_leave_nothing_behind)


def delete_conversations(*, person: Person) -> None:
    """Delete all conversations; councils, keys and what was spent stay."""
    with transaction.atomic():
        _delete_runs(Run.objects.filter(conversation__person=person))
        Conversation.objects.filter(person=person).delete()
        transaction.on_commit(bell.call_worker)
        transaction.on_commit(_leave_nothing_behind)


def end_sessions(*, person: Person) -> None:
    """End every session of this person, in every browser; sockets close within seconds."""
    ended = [
        session.session_key
        for session in Session.objects.iterator(_AT_ONCE)
        if session.get_decoded().get(SESSION_KEY) == str(person.id)
    ]
    Session.objects.filter(session_key__in=ended).delete()


def _delete_runs(runs: QuerySet[Run]) -> None:
    """The runs and all that hangs on them, with their rows locked: whoever plays one loses it."""
    ids = list(runs.select_for_update(of=("self",)).values_list("id", flat=True))
    for start in range(0, len(ids), _AT_ONCE):
        _delete_some(ids[start : start + _AT_ONCE])


def _delete_some(ids: list[UUID]) -> None:
    for rows in (JournalEntry, Order, ClientKey, Attachment):
        rows.objects.filter(run__in=ids).delete()
    calls = Call.objects.filter(run__in=ids)
    # Nobody will write their end any more, nor say what they cost.
    calls.filter(ended_at=None).update(state="stopped", ended_at=timezone.now())
    calls.update(run=None)
    Run.objects.filter(id__in=ids).delete()


def _leave_nothing_behind() -> None:
    """On SQLite, take what was deleted out of the index of words and the log of changes.

    The file itself is overwritten where rows were (``PRAGMA secure_delete``). Where somebody
    reads at this moment nobody waits for it: the log is emptied later, by itself.
    """
    if connection.vendor != "sqlite":
        return
    passages.forget_words()
    with connection.cursor() as cursor:
        usual_ms = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={CHECKPOINT_MS}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout={int(usual_ms)}")
