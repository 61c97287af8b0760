"""A page that cannot be drawn: its readers come back, and nothing else notices."""

import pytest
from asgiref.sync import sync_to_async

from council.bell import bell
from council.core import events as ev
from council.journal import Tick
from council.readings import Reader, readings
from council.sharing.lens import OWNER
from tests.journal import make

pytestmark = pytest.mark.django_db(transaction=True)


def _undrawable() -> ev.Found:
    """A finding of no known stakes: no model can say it, so it stands for a fault of ours."""
    finding = ev.Finding(id="f1", claim="Steel rusts.").model_copy(update={"stakes": "none"})
    return ev.Found(group="consensus", finding=finding)


async def test_who_reads_a_page_that_cannot_be_drawn_is_sent_back_to_a_fresh_one() -> None:
    run = await sync_to_async(make.run)()
    woken: list[bool] = []
    async with readings.join(run.id, Reader(lambda: woken.append(True)), OWNER) as broken:
        bell.ring([Tick(run.id, 2, (_undrawable(),))])
        assert broken.failed
        assert woken
        async with readings.join(run.id, Reader(lambda: None), OWNER) as fresh:
            assert fresh is not broken
            assert not fresh.failed
            assert fresh.seq == 1


async def test_a_program_that_takes_words_needs_no_page_that_can_be_drawn() -> None:
    run = await sync_to_async(make.run)()
    woken: list[bool] = []
    async with readings.join(run.id, Reader(lambda: woken.append(True)), lens=None) as told:
        bell.ring([Tick(run.id, 2, (_undrawable(),))])
        assert woken
        assert not told.failed
        assert [found.finding.claim for found in told.run.findings] == ["Steel rusts."]
