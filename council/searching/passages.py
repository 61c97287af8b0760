"""What can be found again: every question, answer, synthesis and finding, once its run is over.

A passage is written in the transaction that ends its run, and again when the run ends again.
Beside the row its words are indexed: on SQLite in the FTS5 table ``council_words``, which a
trigger keeps to the rows, on PostgreSQL in a column ``words`` (tsvector) with a GIN index. Both
hold labels as well: whose it is, council, model and state. So a search of one person reads
nothing of others, however many there are. See the migration ``passages`` for both.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from council.core.state import RunState
from council.models import Passage, Person, Run
from council.searching.terms import words

CHARS = 16_000
"""What one passage holds; a longer text is several. Two words that fall apart are no phrase."""
MOST_CHARS = 160_000
"""How much of one answer is found."""
_SMALL, _LARGE = 256, 16_384
_BEGINNINGS = (2, 3)
"""Letters of a word's beginning that PostgreSQL finds it by, as FTS5 does (``prefix``)."""


def write(run: Run, state: RunState) -> None:
    """Put the passages of a run that is over in place of those it had."""
    Passage.objects.filter(run_id=run.id).delete()
    index(list(of(run, state)))


def hand_over(giver: Person, taker: Person) -> None:
    """Let one person's passages be found by another, and not by the first any more."""
    rows = list(Passage.objects.filter(person=giver).order_by("id"))
    Passage.objects.filter(person=giver).delete()
    for row in rows:
        row.pk, row.person_id = None, taker.id
    index(rows)


def index(rows: Sequence[Passage]) -> None:
    """Write these rows and what they are found by."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        _index_postgres(rows)
    else:
        _index_sqlite(rows)


def labels(
    person_id: int, *, council: str = "", model: str = "", state: str = ""
) -> tuple[str, ...]:
    """What a passage of these is labelled with; what is empty is left out."""
    named = (("c", council), ("m", model), ("s", state))
    return (f"p{person_id}", *(name + _print(value) for name, value in named if value))


def among(low: int, high: int) -> str:
    """A tsquery that fits every passage with an id from ``low`` to ``high`` (not included), and
    not many others."""
    name, size = ("b", _SMALL) if high - low <= _LARGE else ("B", _LARGE)
    return " | ".join(f"' {name}{n}'" for n in range(low // size, (high - 1) // size + 1))


def _print(value: str) -> str:
    """A short name made of letters and digits."""
    return hashlib.sha256(value.encode()).hexdigest()[:12]


def of(run: Run, state: RunState, made: type[Passage] = Passage) -> Iterator[Passage]:
    """The run's passages, the last to be shown first: newest first is how they are read.

    ``made`` is the row's class as a migration knows it.
    """
    for kind, seat, place, model, text in _said(run, state):
        for piece in _cut(text):
            yield made(
                person_id=run.conversation.person_id,
                run=run,
                kind=kind,
                seat=seat,
                place=place[:80],
                model=model[:300],
                council_name=run.council_name,
                state=run.state,
                text=piece,
            )


def _said(run: Run, state: RunState) -> Iterator[tuple[Passage.Kind, str, str, str, str]]:
    """Kind, seat, place on the page, model and text. Answers that another run keeps are found
    there."""
    for found in reversed(state.findings):
        said = found.finding
        lines = (said.claim, f"Turns on: {said.crux}" if said.crux else "", said.resolution)
        place = "breakdown" if found.group == "blind_spots" else said.id
        text = "\n".join(line for line in lines if line)
        yield Passage.Kind.FINDING, "", place, state.judge.model, text
    if run.kind == Run.Kind.JUDGING:
        return
    for part in reversed(state.seats.values()):
        yield Passage.Kind.ANSWER, part.seat, f"seat-{part.seat}", part.model, part.text
    yield Passage.Kind.SYNTHESIS, "", "synthesis-body", state.writer.model, state.synthesis
    yield Passage.Kind.PROMPT, "", "", "", run.prompt


def _cut(text: str) -> Iterator[str]:
    """The text in pieces of a readable length; none where it is empty."""
    text, start = text[:MOST_CHARS].replace("\0", " "), 0
    while text[start:].strip():
        end = start + CHARS
        if end < len(text):
            end = max(text.rfind(" ", start, end), start + CHARS // 2)
        yield text[start:end]
        start = end


def _labels_of(row: Passage) -> tuple[str, ...]:
    return labels(row.person_id, council=row.council_name, model=row.model, state=row.state)


def _index_sqlite(rows: Sequence[Passage]) -> None:
    made = type(rows[0])._default_manager.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO council_words (rowid, words, filed) VALUES (%s, %s, %s)",
            [
                (row.id, " ".join(word.text for word in words(row.text)), " ".join(_labels_of(row)))
                for row in made
            ],
        )


_COLUMNS = (
    "id", "person_id", "run_id", "kind", "seat", "place", "model", "council_name", "state", "text",
)  # fmt: skip


def _index_postgres(rows: Sequence[Passage]) -> None:
    """The row and its words by one statement: an update would write every row twice."""
    table, marks = Passage._meta.db_table, ", ".join(["%s"] * len(_COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, len(rows)],
        )
        for row, (number,) in zip(rows, cursor.fetchall(), strict=True):
            row.id = number
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(_COLUMNS)}, created_at, words) "  # noqa: S608
            f"VALUES ({marks}, now(), %s::tsvector)",
            [[*_values(row), _vector(row)] for row in rows],
        )


def _values(row: Passage) -> list[Any]:
    return [getattr(row, name) for name in _COLUMNS]


def _vector(row: Passage) -> str:
    """Its words with their places, as the text of a tsvector; labels and beginnings have none."""
    places: dict[str, list[str]] = {}
    for number, word in enumerate(words(row.text), 1):
        places.setdefault(word.text, []).append(str(number))
    begin = {f"<{word[:size]}" for size in _BEGINNINGS for word in places if len(word) >= size}
    blocks = (f"b{row.id // _SMALL}", f"B{row.id // _LARGE}")
    named = (f"' {name}'" for name in (*_labels_of(row), *blocks, *begin))
    return " ".join([*(f"'{word}':{','.join(at)}" for word, at in places.items()), *named])


def forget_words() -> None:
    """Take the words of what was deleted out of the index for good.

    FTS5 only notes what is deleted, until it writes its parts anew. This does so at once: seconds
    where there is much, with the database locked meanwhile. Nothing to do elsewhere.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO council_words (council_words) VALUES ('optimize')")
