"""Saved councils in the database, on SQLite and on PostgreSQL: use, versions, undo, and its end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from council import council_file, usage
from council.actions import councils
from council.core import plan
from council.models import Conversation, Council, CouncilVersion, Person, Run

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

SPEC = plan.Council(
    name="Kept 銅",
    seats=(plan.Seat(model="fake/m1", temperature=0.1 + 0.2, instructions="a\u2028b\x01"),),
    judge=plan.Judge(model="fake/j"),
    routing={"order": [1, 1.5, None, "é"]},
)


def _person(name: str) -> Person:
    return Person.objects.create(username=name)


def _run(person: Person, row: Council, cost_usd: float | None, seconds: float) -> Run:
    thread = Conversation.objects.create(person=person, title="t")
    run = Run.objects.create(
        conversation=thread, number=1, prompt="?", plan={}, state="done", council=row,
        cost_usd=cost_usd, cost_complete=cost_usd is not None,
    )  # fmt: skip
    run.ended_at = run.created_at + timedelta(seconds=seconds)
    run.save(update_fields=["ended_at"])
    return run


def test_a_council_comes_back_from_the_database_as_it_was_written() -> None:
    row = councils.save(person=_person("ada"), council=SPEC)
    row.refresh_from_db()
    again = plan.Council.model_validate(row.spec)
    assert council_file.write(again) == council_file.write(SPEC)


def test_averages_are_of_ones_own_runs_with_a_known_cost_and_end() -> None:
    ada, boole = _person("ada"), _person("boole")
    row, other = (councils.save(person=ada, council=SPEC) for _ in range(2))
    _run(ada, row, 0.02, 10)
    _run(ada, row, 0.04, 20)
    _run(ada, row, None, 90_000)  # taken up again a day later
    _run(boole, row, 100, 1)
    used = usage.of(ada, [row.id, other.id])
    assert used.keys() == {row.id}
    assert (used[row.id].runs, used[row.id].cost, used[row.id].time) == (3, "$0.030", "15 s")
    assert used[row.id].when == "today"


def test_a_version_comes_back_as_the_next_one() -> None:
    row = councils.save(person=_person("ada"), council=SPEC)
    councils.rename(row=row, name="Other")
    assert councils.restore_version(version=row.versions.get(number=1)).version == 3
    names = [v.spec["name"] for v in CouncilVersion.objects.order_by("number")]
    assert names == ["Kept 銅", "Other", "Kept 銅"]


def test_what_was_deleted_is_gone_for_good_after_a_week_and_its_runs_stay() -> None:
    ada = _person("ada")
    old, young, kept = (councils.save(person=ada, council=SPEC) for _ in range(3))
    run = _run(ada, old, 0.02, 10)
    for row in (old, young):
        councils.delete(row=row)
    week = timezone.now() - councils.UNDO - timedelta(minutes=1)
    Council.objects.filter(id=old.id).update(deleted_at=week)
    councils.forget_deleted()
    assert set(Council.objects.values_list("id", flat=True)) == {young.id, kept.id}
    run.refresh_from_db()
    assert run.council is None


def test_an_undone_deletion_gives_back_what_was_published() -> None:
    ada = _person("ada")
    Person.objects.filter(id=ada.id).update(role=Person.Role.OWNER)
    ada.refresh_from_db()
    row = councils.save(person=ada, council=SPEC)
    councils.publish(row=row, is_public=True)
    councils.delete(row=row)
    councils.restore(row=Council.objects.get(id=row.id))
    assert Council.objects.get(id=row.id).is_public
