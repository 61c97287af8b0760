"""A person's conversations as a list: filtered, and with a line about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from council import access, threads
from council.models import Conversation, Passage, Person, Run

STATES = (
    ("done", "Done"),
    ("partial", "Partial"),
    ("failed", "Failed"),
    ("stopped", "Stopped"),
    ("interrupted", "Interrupted"),
    ("open", "Under way"),
)
_DRAWN = (Run.Kind.CRUX, Run.Kind.JUDGING)
"""The kinds of run nobody wrote a question for."""


@dataclass(frozen=True)
class Asked:
    """What a person looks for in their history."""

    q: str = ""
    council: str = ""
    model: str = ""
    state: str = ""
    is_archived: bool = False

    @property
    def has_filter(self) -> bool:
        """True when it is not simply everything."""
        return bool(self.council or self.model or self.state)


def asked(form: Mapping[str, str]) -> Asked:
    """The fields of the history's form; what is no filter's value is left out."""
    state = form.get("state", "")
    return Asked(
        q=form.get("q", "").replace("\0", "")[:500],
        council=form.get("council", "").replace("\0", "")[:120],
        model=form.get("model", "").replace("\0", "")[:300],
        state=state if state in dict(STATES) else "",
        is_archived="archived" in form,
    )


def conversations(person: Person, asked: Asked) -> QuerySet[Conversation]:
    """Those of this person that fit, the latest first, each with its last run's council and
    state. A filter fits a conversation when one of its runs does."""
    runs = Run.objects.filter(conversation=OuterRef("id")).order_by("-number")
    last = runs.filter(kind__in=threads.MAIN)
    asked_by_hand = runs.exclude(kind__in=_DRAWN).order_by().values("conversation")
    found = (
        access.listed_of(person)
        .filter(archived_at__isnull=not asked.is_archived)
        .annotate(
            # One that was imported may have no main thread.
            last_state=Coalesce(*(Subquery(of.values("state")[:1]) for of in (last, runs))),
            last_council=Coalesce(
                *(Subquery(of.values("council_name")[:1]) for of in (last, runs))
            ),
            questions=Subquery(asked_by_hand.annotate(count=Count("id")).values("count")),
        )
    )
    if not asked.has_filter:
        return found
    runs = Run.objects.filter(conversation__person=person)
    if asked.council:
        runs = runs.filter(council_name=asked.council)
    if asked.state == "open":
        runs = runs.exclude(state__in=Run.FINAL)
    elif asked.state:
        runs = runs.filter(state=asked.state)
    if asked.model:
        said = Passage.objects.filter(person=person, model=asked.model)
        runs = runs.filter(id__in=said.values("run"))
    return found.filter(id__in=runs.values("conversation"))


def told(rows: Sequence[Conversation]) -> Sequence[Conversation]:
    """The rows with words for what their last run came to."""
    for row in rows:
        state = getattr(row, "last_state", "")
        is_open = state not in Run.FINAL
        row.state_words = "" if state == "done" else dict(STATES)["open" if is_open else state]  # type: ignore[attr-defined]
    return rows


def filters(person: Person, asked: Asked) -> dict[str, Any]:
    """The choices of the form: every council and model of this person's runs that are over."""
    return {
        "councils": [(name, name == asked.council) for name in _values(person, "council_name")],
        "models": [(name, name == asked.model) for name in _values(person, "model")],
        "states": [(value, words, value == asked.state) for value, words in STATES],
    }


def _values(person: Person, column: str, most: int = 300) -> list[str]:
    """Every value of the column among this person's passages, in order.

    Each is looked up in the index behind the one before: the database would read all rows.
    """
    table = Passage._meta.db_table
    least = f"SELECT min({column}) FROM {table} WHERE person_id = %s AND {column} > "  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE found(value) AS ({least} '' UNION ALL SELECT ({least} found.value) "  # noqa: S608
            "FROM found WHERE found.value IS NOT NULL) SELECT value FROM found WHERE value IS NOT "
            f"NULL LIMIT {most}",
            [person.id, person.id],
        )
        return [row[0] for row in cursor.fetchall()]
