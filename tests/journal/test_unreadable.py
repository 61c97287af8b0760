"""A journal nobody can read (damaged, or from a newer version) costs its own run, and no other."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from council.claims import compact_old
from council.models import JournalEntry, Run
from tests.journal import make

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def _ended() -> Run:
    """A run that ended long enough ago to be compacted."""
    run = make.run()
    long_ago = timezone.now() - timedelta(hours=1)
    Run.objects.filter(id=run.id).update(state=Run.State.STOPPED, ended_at=long_ago)
    return run


def test_runs_beside_an_unreadable_one_are_compacted(caplog: pytest.LogCaptureFixture) -> None:
    runs = [_ended() for _ in range(3)]
    bad = runs[1]
    JournalEntry.objects.filter(run=bad).update(events='[{"type": "from_the_future"}]')
    with caplog.at_level(logging.ERROR, "council.claims"):
        compact_old()
    kept = [run.id for run in runs if make.numbers(run.id)]
    assert kept == [bad.id]
    assert str(bad.id) in caplog.text
