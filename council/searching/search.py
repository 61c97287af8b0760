"""Finds passages of one person, newest first.

The search goes from the newest passage back, window by window, each wider than the last while
that goes fast, and ends when the page is full or its time is over: a word that is in everything
fills the page from the first windows, a rare one is looked up in the index of all. So it takes
about as long whatever is looked for; where time is over before the beginning is reached, it says
how far it looked, and can go on from there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from council import access
from council.access import Somebody
from council.models import Passage, Person
from council.searching import passages, queries
from council.searching.queries import Query
from council.searching.snippets import Piece, snippet, snippet_of_markdown

PER_PAGE = 30
"""Passages on a page."""
SHOWN_PER_RUN = 4
TIME_S = 0.025
"""When nothing more is begun; the page shows what is found by then."""
_FIRST, _WIDER, _WIDEST = 256, 8, 131_072


@dataclass(frozen=True)
class Hit:
    """A passage that fits, with the words around the place."""

    row: Passage
    pieces: Sequence[Piece]


@dataclass
class Group:
    """What fits in one run: ``hits`` are shown, ``more`` are left out."""

    hits: list[Hit] = field(default_factory=list)
    more: int = 0

    @property
    def row(self) -> Passage:
        """Any of its passages: run and conversation are the same."""
        return self.hits[0].row


@dataclass(frozen=True)
class Found:
    """A page of what fits. ``before`` is where the next begins, None at the end; ``is_cut``: time
    was over, there may be more than nothing in what was not looked at."""

    groups: list[Group]
    count: int
    before: int | None
    is_cut: bool = False


def find(
    person: Somebody,
    query: Query,
    *,
    council: str = "",
    model: str = "",
    state: str = "",
    before: int | None = None,
) -> Found:
    """What this person's search finds among passages older than ``before``."""
    if not isinstance(person, Person) or not person.is_active or not query:
        return Found([], 0, None)
    labels = passages.labels(person.id, council=council, model=model, state=state)
    ids, reached = _ids(person, query, labels, before)
    rows = (
        Passage.objects.filter(person=person, id__in=ids[:PER_PAGE])
        .select_related("run__conversation")
        .defer("run__plan", "run__fold", "run__synthesis")
        .order_by("-id")
    )
    groups = _grouped(rows, query)
    if len(ids) > PER_PAGE:
        return Found(groups, PER_PAGE, ids[PER_PAGE - 1])
    return Found(groups, len(ids), reached or None, is_cut=bool(reached))


def _ids(
    person: Person, query: Query, labels: Sequence[str], before: int | None
) -> tuple[list[int], int]:
    """The newest that fit, one more than a page holds; how far back was looked, 0 is all."""
    deadline, found = monotonic() + TIME_S, list[int]()
    high, size = _top(before), _FIRST
    while high > 0:
        window, begun = Window(max(0, high - size), high), monotonic()
        # The narrowest always ends: every page goes some way back.
        limit_s = None if size <= _FIRST else max(deadline - begun, TIME_S / 2)
        most = PER_PAGE + 1 - len(found)
        ids = _within(query, labels, window, most, limit_s)
        now = monotonic()
        if ids is None:
            size = max(_FIRST, size // _WIDER)
        else:
            found += _listed(person, ids)
            high = window.low if len(ids) < most else ids[-1]
            factor = (deadline - now) / 2 / max(now - begun, 1e-6)
            size = int(min(size * min(max(factor, 1), _WIDER), _WIDEST))
        if len(found) > PER_PAGE:
            return found, 0
        if now > deadline:
            break
    return found, high


def _listed(person: Person, ids: Sequence[int]) -> list[int]:
    """Those of them that stand in this person's lists (`access.listed_of`), in their order."""
    if person.shows_api_runs:
        return list(ids)
    shown = Passage.objects.filter(
        id__in=ids, run__conversation__in=access.listed_of(person).order_by()
    )
    return list(shown.order_by("-id").values_list("id", flat=True))


class Window(NamedTuple):
    """Ids from (included) and to (not)."""

    low: int
    high: int


def _top(before: int | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {Passage._meta.db_table}")  # noqa: S608
        above: int = cursor.fetchall()[0][0]
    return above if before is None else min(before, above)


def _within(
    query: Query, labels: Sequence[str], window: Window, most: int, limit_s: float | None
) -> list[int] | None:
    """The newest of the window that fit; None when time was over.

    Only PostgreSQL can be told to give up. FTS5 reads no further than the page is full.
    """
    if connection.vendor != "postgresql":
        return _within_sqlite(query, labels, window, most)
    try:
        return _within_postgres(query, labels, window, most, limit_s)
    except OperationalError as problem:
        if isinstance(problem.__cause__, QueryCanceled):
            return None
        raise


def _within_sqlite(query: Query, labels: Sequence[str], window: Window, most: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rowid FROM council_words WHERE council_words MATCH %s "
            "AND rowid >= %s AND rowid < %s ORDER BY rowid DESC LIMIT %s",
            [queries.for_fts5(query, labels), *window, most],
        )
        return [row[0] for row in cursor.fetchall()]


def _within_postgres(
    query: Query, labels: Sequence[str], window: Window, most: int, limit_s: float | None
) -> list[int]:
    """The blocks of the window are words of the query, so that the index knows them too.

    The planner knows nothing of labels that go together: it is not asked.
    """
    said = f"{queries.for_postgres(query, labels)} & ({passages.among(*window)})"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; "
            "SET LOCAL statement_timeout = %s",
            [0 if limit_s is None else max(1, int(limit_s * 1000))],
        )
        cursor.execute(
            f"SELECT id FROM {Passage._meta.db_table} "  # noqa: S608
            "WHERE words @@ %s::tsquery AND id >= %s AND id < %s ORDER BY id DESC LIMIT %s",
            [said, *window, most],
        )
        return [row[0] for row in cursor.fetchall()]


def _grouped(rows: Iterable[Passage], query: Query) -> list[Group]:
    """Passages of one run together: they follow each other. Pieces of one text count once."""
    groups: list[Group] = []
    places: set[str] = set()
    for row in rows:
        if not groups or groups[-1].row.run_id != row.run_id:
            groups.append(Group())
            places = set()
        group = groups[-1]
        if row.place in places:
            continue
        places.add(row.place)
        if len(group.hits) < SHOWN_PER_RUN:
            group.hits.append(Hit(row, _snippet(row, query)))
        else:
            group.more += 1
    return groups


def _snippet(row: Passage, query: Query) -> list[Piece]:
    """As it stands on the run's page: answers and syntheses are Markdown, nothing else is."""
    if row.kind not in (Passage.Kind.ANSWER, Passage.Kind.SYNTHESIS):
        return snippet(row.text, query)
    has_signs = row.kind == Passage.Kind.SYNTHESIS
    return snippet_of_markdown(row.text, query, has_signs=has_signs)
