"""``make bench-search``: how long a search takes among 100,000 answers, on both databases.

The floor is what a page of hits costs without any search: as many passages by their ids, with
their runs and conversations, in the same process and the same run.
"""

import argparse
import os
import random
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from council.models import Passage, Run

ANSWERS, OTHERS, OTHERS_ANSWERS = 100_000, 100, 100
"""What one person owns, and beside them a hundred others with as many each."""
SEATS, FINDINGS, WORDS, VOCABULARY = 4, 3, 120, 30_000
MODELS = [f"lab/model-{n}" for n in range(12)]
COUNCILS = [f"Council {n}" for n in range(20)]
RARE, OLD, EVERYWHERE = "quokka", "dodo", "council"
ROUNDS = 15


def main() -> int:
    """Measure on SQLite and, where TEST_DATABASE_URL names one, on PostgreSQL."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the answers")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    answers = ANSWERS // 10 if options.quick else ANSWERS
    if options.here:
        return _measure(answers)
    with tempfile.TemporaryDirectory(prefix="bench-search-") as folder:
        env = {**os.environ, "ENV_FILE": os.devnull, "DATA_DIR": folder, "REDIS_URL": ""}
        status = _child(env | {"DATABASE_URL": ""}, options.quick)
        if url := os.environ.get("TEST_DATABASE_URL"):
            status |= _on_postgres(env, url, options.quick)
        else:
            print("PostgreSQL: TEST_DATABASE_URL names none.")
    return status


def _child(env: dict[str, str], quick: bool) -> int:
    command = [sys.executable, "-m", "bench.search", "--here", *(["--quick"] if quick else [])]
    return subprocess.call(command, env={**env, "DJANGO_SETTINGS_MODULE": "fusionsite.settings"})


def _on_postgres(env: dict[str, str], url: str, quick: bool) -> int:
    """On a database of its own, which is dropped afterwards."""
    import psycopg

    name = f"bench_search_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            own = re.sub(r"/[^/?]+(\?|$)", rf"/{name}\1", url)
            return _child(env | {"DATABASE_URL": own}, quick)
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _measure(answers: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    started = time.monotonic()
    owner, other = _fill(answers)
    took = time.monotonic() - started
    size = _size_mb()
    print(
        f"\n{connection.vendor}: {answers:,} answers of one person, written in {took:.0f} s, {size}"
    )
    floor = _times(_fetch())
    print(f"{'':46} {'p50':>8} {'p95':>8}   × floor")
    _say("the floor: a page of passages by their ids", floor, floor)
    for label, text, more in QUERIES:
        _say(label, _times(_search(owner, text, more)), floor)
    _say("one of a hundred others: everywhere", _times(_search(other, f"{EVERYWHERE} ", {})), floor)
    _say("one of a hundred others: rare word", _times(_search(other, f"{RARE} ", {})), floor)
    return 0


QUERIES: list[tuple[str, str, dict[str, str]]] = [
    ("a word in every answer", f"{EVERYWHERE} ", {}),
    ("a rare word (20 answers)", f"{RARE} ", {}),
    ("a word nobody wrote", "okapi ", {}),
    ("a common word of the oldest third only", f"{OLD} ", {}),
    ("two common words", "w1 w2 ", {}),
    ("a phrase of common words", '"w1 w2"', {}),
    ("a phrase of common words nobody wrote", f'"{OLD} {OLD}"', {}),
    ("a common word, not another", f"{EVERYWHERE} -w0 ", {}),
    ("a beginning of two letters", "w1* ", {}),
    ("a beginning of four letters", "w123*", {}),
    (
        "everywhere, by council and model",
        f"{EVERYWHERE} ",
        {"council": COUNCILS[3], "model": MODELS[5]},
    ),
    ("rare, by model", f"{RARE} ", {"model": MODELS[5]}),
]


def _fill(answers: int) -> tuple[int, int]:
    """Write everything; the ids of the person who owns all and of one of the others."""
    from council.models import Person

    people = [Person(username=f"reader-{n}") for n in range(OTHERS + 1)]
    people = Person.objects.bulk_create(people)
    chance = random.Random(7)
    ranks = [1 / (n + 2) for n in range(VOCABULARY)]
    vocabulary = [f"w{n}" for n in range(VOCABULARY)]
    texts = _texts(chance, vocabulary, ranks)
    with _IndexAtTheEnd():
        # The others first and last, so that the owner's are among theirs.
        half = len(people) // 2
        for person in people[1:half]:
            _write(person.id, OTHERS_ANSWERS, texts, chance, is_old=True)
        for third in range(3):
            _write(people[0].id, answers // 3 + 1, texts, chance, is_old=not third)
        for person in people[half:]:
            _write(person.id, OTHERS_ANSWERS, texts, chance, is_old=False)
    return people[0].id, people[-1].id


def _texts(chance: random.Random, vocabulary: list[str], ranks: list[float]) -> Iterator[str]:
    from itertools import accumulate

    weights = list(accumulate(ranks))
    while True:
        drawn = chance.choices(vocabulary, cum_weights=weights, k=WORDS * 200)
        for start in range(0, len(drawn), WORDS):
            yield " ".join(drawn[start : start + WORDS])


def _write(
    person_id: int, answers: int, texts: Iterator[str], chance: random.Random, *, is_old: bool
) -> None:
    from django.db import transaction

    from council.models import Conversation, Run
    from council.searching import passages

    runs_left = answers // SEATS
    while runs_left > 0:
        batch = min(500, runs_left)
        runs_left -= batch
        with transaction.atomic():
            threads = [
                Conversation(person_id=person_id, title=next(texts)[:80]) for _ in range(batch)
            ]
            Conversation.objects.bulk_create(threads)
            runs = Run.objects.bulk_create(
                Run(
                    conversation=thread,
                    number=1,
                    prompt=next(texts)[:200],
                    plan={},
                    state="done",
                    council_name=chance.choice(COUNCILS),
                )
                for thread in threads
            )
            passages.index([row for run in runs for row in _passages(run, texts, chance, is_old)])


def _passages(
    run: "Run", texts: Iterator[str], chance: random.Random, is_old: bool
) -> "list[Passage]":
    from council.models import Passage

    def row(kind: str, text: str, seat: str = "") -> Passage:
        return Passage(
            person_id=run.conversation.person_id,
            run=run,
            kind=kind,
            seat=seat,
            place=f"seat-{seat}" if seat else kind,
            model=chance.choice(MODELS) if kind != "prompt" else "",
            council_name=run.council_name,
            state="done",
            text=text,
        )

    rows = [row("finding", next(texts)[:120]) for _ in range(FINDINGS)]
    for seat in "DCBA"[:SEATS]:
        said = [next(texts), EVERYWHERE]
        said += [OLD] if is_old else []
        said += [RARE] if chance.random() < 20 / ANSWERS else []
        rows.append(row("answer", " ".join(said), seat))
    return [*rows, row("synthesis", next(texts)), row("prompt", run.prompt)]


class _IndexAtTheEnd:
    """PostgreSQL writes many rows faster than it indexes each; the product never writes so many."""

    def __enter__(self) -> None:
        from django.db import connection

        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off; DROP INDEX council_passage_words")

    def __exit__(self, *exc: object) -> None:
        from django.db import connection

        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "CREATE INDEX council_passage_words ON council_passage USING gin (words) "
                    "WITH (fastupdate = off)"
                )
                cursor.execute("ANALYZE")


def _size_mb() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_database_size(current_database())")
        else:
            cursor.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return f"{cursor.fetchone()[0] / 2**20:,.0f} MB"


def _fetch() -> Callable[[], object]:
    from council.models import Passage

    newest = Passage.objects.order_by("-id").values_list("id", flat=True)[0]

    def fetch() -> object:
        from council.searching import search

        ids = random.sample(range(1, newest), search.PER_PAGE)
        return list(
            Passage.objects.filter(id__in=ids)
            .select_related("run__conversation")
            .defer("run__plan", "run__fold", "run__synthesis")
        )

    return fetch


def _search(person_id: int, text: str, more: dict[str, str]) -> Callable[[], object]:
    from council.models import Person
    from council.searching import queries, search

    person = Person.objects.get(id=person_id)

    def one() -> object:
        return search.find(person, queries.parse(text), **more)  # type: ignore[arg-type]

    return one


def _times(work: Callable[[], object]) -> list[float]:
    work()
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)


def _say(label: str, times: list[float], floor: list[float]) -> None:
    p50, p95 = statistics.median(times), times[int(len(times) * 0.95)]
    print(
        f"{label:46} {p50:6.1f}ms {p95:6.1f}ms   {p50 / statistics.median(floor):5.1f}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
