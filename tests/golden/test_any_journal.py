"""The cut-k property for journals nobody would write: whatever happens, readers agree."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from council.frames import Page, encode
from council.journal import Folded, Tick
from tests.golden.journals import journals
from tests.golden.reading import compacted, frames, page_at, read_on, seen
from tests.golden.tape import RUN_ID

bounded = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@bounded
@given(journals(), st.data())
def test_a_page_loaded_anywhere_and_read_on_is_the_fresh_page(
    ticks: list[Tick], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(ticks) - 1))
    batched = data.draw(st.booleans())
    fresh = seen(page_at(ticks, len(ticks)))
    assert read_on(page_at(ticks, cut), ticks[cut:], batched=batched) == fresh


@bounded
@given(journals(), st.data())
def test_every_reader_gets_the_same_frames(ticks: list[Tick], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(ticks) - 1))
    live = [encode(frame) for frame in frames(page_at(ticks, 0), ticks)]
    assert [encode(f) for f in frames(page_at(ticks, cut), ticks[cut:])] == live[cut:]


@bounded
@given(journals())
def test_compaction_changes_nothing_a_reader_sees(ticks: list[Tick]) -> None:
    page = page_at(ticks, len(ticks))
    folded = compacted(Folded(page.run, page.seq))
    assert seen(Page(RUN_ID, folded)) == seen(page)
    assert json.loads(encode(page.snapshot()))["seats"] == page.state()["seats"]
