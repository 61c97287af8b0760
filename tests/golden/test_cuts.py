"""For every cut k: the page at k, plus frames after k, is the page rendered fresh there."""

import json
from typing import Any

import pytest

import council.frames as council_frames
from council.frames import Body, Page, encode
from council.journal import Folded, Tick
from council.render import html
from tests.golden import tape
from tests.golden.reading import compacted, frames, page_at, parts_of, read_on, seen

TICKS = tape.ticks()
CUTS = range(len(TICKS) + 1)


@pytest.fixture(scope="module")
def fresh() -> object:
    """The page of the whole journal, loaded once it is there."""
    return seen(page_at(TICKS, len(TICKS)))


def test_the_golden_file_is_what_the_code_makes_now() -> None:
    assert tape.FILE.read_text("utf-8") == tape.dump(), "see python -m tests.golden.make"


def ahead(cut: int) -> list[Tick]:
    """What is read on from ``cut``: everything now and then, else three entries. They are enough:
    the page after them is the one that is loaded there, from which it goes on alike."""
    return TICKS[cut : cut + 3] if cut % 8 else TICKS[cut:]


@pytest.mark.parametrize("cut", CUTS)
def test_a_page_loaded_anywhere_and_read_on_is_the_page_loaded_there(cut: int) -> None:
    upto = cut + len(ahead(cut))
    assert read_on(page_at(TICKS, cut), ahead(cut)) == seen(page_at(TICKS, upto))


@pytest.mark.parametrize("cut", range(len(TICKS)))
def test_a_page_that_catches_up_in_one_batch_is_the_page_loaded_there(cut: int) -> None:
    upto = cut + len(ahead(cut))
    assert read_on(page_at(TICKS, cut), ahead(cut), batched=True) == seen(page_at(TICKS, upto))


@pytest.mark.parametrize("cut", CUTS[::8])
def test_a_page_read_up_to_any_number_is_the_page_loaded_there(cut: int) -> None:
    assert read_on(page_at(TICKS, 0), TICKS[:cut]) == seen(page_at(TICKS, cut))


def test_every_reader_gets_the_same_frames_wherever_the_page_was_loaded() -> None:
    live = [encode(frame) for frame in frames(page_at(TICKS, 0), TICKS)]
    for cut in CUTS:
        got = [encode(frame) for frame in frames(page_at(TICKS, cut), ahead(cut))]
        for mine, theirs in zip(got, live[cut : cut + len(got)], strict=True):
            assert mine == theirs


def test_who_comes_late_has_nothing_drawn_that_was_there_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[int] = []

    def draw(source: str, start: int, *rest: Any) -> str:
        drawn.append(start)
        return html(source, start, *rest)

    monkeypatch.setattr(council_frames, "html", draw)
    cut = next(n for n in CUTS if len(page_at(TICKS, n).bodies.get("A", Body("A")).blocks) > 2)
    page = page_at(TICKS, cut)
    assert drawn == []
    body = page.bodies["A"]
    assert body.html == body.html  # drawn when it is asked for, and once
    assert drawn == [block.start for block in body.blocks]


@pytest.mark.parametrize("cut", CUTS)
def test_a_page_from_the_compacted_fold_is_the_page_from_the_entries(cut: int) -> None:
    from_entries = page_at(TICKS, cut)
    folded = compacted(Folded(from_entries.run, from_entries.seq))
    assert seen(Page(tape.RUN_ID, folded)) == seen(from_entries)


def test_a_page_that_starts_from_a_compacted_fold_reads_on_to_the_fresh_page(
    fresh: object,
) -> None:
    for cut in range(0, len(TICKS), 5):
        at_cut = page_at(TICKS, cut)
        page = Page(tape.RUN_ID, compacted(Folded(at_cut.run, at_cut.seq)))
        assert read_on(page, TICKS[cut:]) == fresh


@pytest.mark.parametrize("cut", CUTS)
def test_a_snapshot_holds_the_state_and_every_piece_of_the_page(cut: int) -> None:
    page = page_at(TICKS, cut)
    snapshot = page.snapshot()
    assert {name: snapshot[name] for name in page.state()} == page.state()
    assert set(snapshot["parts"]) == set(parts_of(page))


def test_the_golden_run_has_every_event_and_marked_words() -> None:
    run = json.loads(tape.FILE.read_text("utf-8"))
    types = {event["type"] for frame in run["frames"] for event in frame["events"]}
    assert types == {
        "run_started", "phase_changed", "call_started", "call_queued", "call_connected", "text",
        "reasoning", "call_ended", "retry_waiting", "judging_started", "found",
        "breakdown_ended", "run_ended", "tool_started", "tool_ended", "seat_changed",
    }  # fmt: skip
    assert any("set" in body for f in run["frames"] for body in f.get("bodies", {}).values())
    assert run["bodies"]["A"].count("<mark") == 1
    assert tape.FILE.stat().st_size < 400_000
