"""The journal's promises: numbers without a gap, ours alone, the same run after compaction."""

import pytest
from django.db import IntegrityError, transaction

from council import journal
from council.core import events as ev
from council.frames import Page
from council.journal import Tick
from council.models import Call, Run
from tests.golden import tape
from tests.golden.reading import seen
from tests.journal import make

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def _text(run: Run, seq: int, words: str = "more") -> Tick:
    return Tick(run.id, seq, (ev.TextAdded(seat="A", text=words),))


def test_a_run_begins_with_entry_one() -> None:
    run = make.run()
    assert make.numbers(run.id) == [1]
    ticks = journal.after(run.id, 0)
    assert ticks is not None
    assert [event.type for event in ticks[0].events] == ["run_started"]


def test_what_is_read_back_is_what_was_written() -> None:
    run = make.run("us")
    make.play(run)
    written = [tick.events for tick in make.golden(run)]
    assert [tick.events for tick in journal.after(run.id, 1) or []] == written
    assert make.numbers(run.id) == list(range(1, len(written) + 2))


def test_a_number_can_be_written_only_once() -> None:
    run = make.run()
    with pytest.raises(IntegrityError), transaction.atomic():
        journal.append(run.id, 1, [ev.TextAdded(seat="A", text="again")])


def test_the_ticks_of_a_lost_lease_are_left_out_and_the_others_kept() -> None:
    ours, theirs, nobodys = make.run("us"), make.run("them"), make.run()
    lost = journal.write("us", [_text(theirs, 2), _text(ours, 2), _text(nobodys, 2)])
    assert lost == {theirs.id, nobodys.id}
    assert make.numbers(ours.id) == [1, 2]
    assert make.numbers(theirs.id) == make.numbers(nobodys.id) == [1]


def test_a_number_somebody_took_loses_only_that_run() -> None:
    ours, taken = make.run("us"), make.run("us")
    journal.append(taken.id, 2, [ev.TextAdded(seat="A", text="by another process")])
    assert journal.write("us", [_text(ours, 2), _text(taken, 2)]) == {taken.id}
    assert make.numbers(ours.id) == [1, 2]
    ticks = journal.after(taken.id, 1) or []
    assert [tick.events[0] for tick in ticks] == [ev.TextAdded(seat="A", text="by another process")]


def test_a_tick_no_database_takes_leaves_nothing_and_holds_up_nobody() -> None:
    ours, broken = make.run("us"), make.run("us")
    call = ev.CallStarted(seat="A", call="no uuid", attempt=1, model="lab/a", at_ms=0)
    lost = journal.write("us", [Tick(broken.id, 2, (call,)), _text(ours, 2)])
    assert lost == {broken.id}
    assert make.numbers(broken.id) == [1]
    assert make.numbers(ours.id) == [1, 2]


def test_rows_say_what_the_journal_says() -> None:
    run = make.run()
    make.play(run)
    state = journal.folded(run.id).state
    run.refresh_from_db()
    assert (run.state, run.synthesis) == ("done", state.result)
    assert run.cost_usd == pytest.approx(state.cost_usd)
    assert (run.lease_owner, run.lease_until) == ("", None)
    calls = {(c.seat, c.attempt): c.state for c in Call.objects.filter(run=run)}
    assert calls[("B", 1)] == "failed"
    assert calls[("writer", 1)] == "interrupted"
    assert "open" not in calls.values()


def test_compaction_leaves_the_same_page_and_no_entries() -> None:
    run = make.run()
    make.play(run)
    before = journal.folded(run.id)
    shown = seen(Page(tape.RUN_ID, before))
    journal.compact(run.id)
    after = journal.folded(run.id)
    assert after == before
    assert seen(Page(tape.RUN_ID, after)) == shown
    assert make.numbers(run.id) == []


def test_a_run_that_goes_on_is_not_compacted() -> None:
    run = make.run()
    journal.compact(run.id)
    assert make.numbers(run.id) == [1]


def test_a_cursor_before_the_compaction_is_told_that_entries_are_gone() -> None:
    run = make.run()
    make.play(run)
    last = journal.folded(run.id).seq
    journal.compact(run.id)
    assert journal.after(run.id, 0) is None
    assert journal.after(run.id, last - 1) is None
    assert journal.after(run.id, last) == []


def test_a_run_taken_up_again_after_compaction_goes_on_with_the_next_number() -> None:
    run = make.run()
    make.play(run)
    last = journal.folded(run.id).seq
    journal.compact(run.id)
    make.hold(run, "us")
    more = Tick(run.id, last + 1, (ev.PhaseChanged(phase="members", at_ms=9),))
    assert journal.write("us", [more]) == set()
    assert journal.after(run.id, last) == [more]
    assert journal.after(run.id, last - 1) is None
    assert journal.folded(run.id).state.state == "members"
    assert journal.folded(run.id).seq == last + 1


def test_a_compaction_between_two_ends_keeps_both_halves() -> None:
    run = make.run("us")
    ticks = make.golden(run)
    middle = next(i for i, t in enumerate(ticks) if isinstance(t.events[-1], ev.RunEnded))
    for tick in ticks[: middle + 1]:
        journal.write("us", [tick])
    journal.compact(run.id)
    make.hold(run, "us")
    for tick in ticks[middle + 1 :]:
        make.hold(run, "us")
        journal.write("us", [tick])
    journal.compact(run.id)
    whole = [*(tape.ticks()[:1]), *ticks]
    assert journal.folded(run.id).state.result == journal.fold_ticks(whole).state.result
    assert journal.folded(run.id).seq == len(whole)
