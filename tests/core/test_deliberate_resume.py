"""A run is taken up at any cut of its journal, and after its end because a reader asks."""

from collections.abc import Sequence
from functools import cache

from council.core import events as ev
from council.core.deliberate import JudgeNow, RetrySeat, Stop
from council.core.delta import Text
from council.core.state import FINAL_ANSWER, FINAL_RUN, RunState, fold
from tests.core.fakes import (
    BUSY,
    DONE,
    NO_KEY,
    Script,
    World,
    cut_after,
    fails,
    judges,
    kitchen,
    plan_for,
    says,
)

EVENTFUL = kitchen(
    A=[says("tea ", "and soup", pause=0.3)],
    B=[fails(BUSY), says("tea")],
    C=[cut_after("cof", "fee")],
    judge=[judges("nonsense"), judges()],
    writer=[fails(BUSY), says("Tea [A], ", "coffee [C].")],
)
WELL = kitchen()
WHOLE = World(EVENTFUL).run()
AGAIN = World(WELL, events=list(WHOLE.events), orders=[RetrySeat("C"), JudgeNow()]).run()
FAILED = World(kitchen(B=[fails(NO_KEY)], C=[fails(NO_KEY)])).run()
HEALED = World(WELL, events=list(FAILED.events), orders=[RetrySeat("B")]).run()
JOURNALS = {"whole": WHOLE.events, "again": AGAIN.events, "healed": HEALED.events}
CUTS = [
    (name, k)
    for name, events in JOURNALS.items()
    for k in range(1, len(events))
    if not isinstance(events[k - 1], ev.RunEnded)
]


@cache
def at_cut(name: str, k: int) -> tuple[RunState, World]:
    """The state after ``k`` events, and the same run taken up from there and played out."""
    return fold(JOURNALS[name][:k]), resumed(JOURNALS[name][:k])


def resumed(events: Sequence[ev.Event]) -> World:
    return World(WELL, events=list(events)).run()


def test_from_every_cut_the_run_reaches_its_end() -> None:
    for cut in CUTS:
        state = at_cut(*cut)[1].state
        assert state.state in FINAL_RUN, cut
        assert all(part.state in FINAL_ANSWER for part in state.seats.values()), cut
        assert all(part.is_final for part in state.parts if part.attempt), cut
        assert state.breakdown in ("done", "skipped"), cut


def test_from_every_cut_no_member_that_ended_or_was_cut_off_is_asked_again() -> None:
    for cut in CUTS:
        before, world = at_cut(*cut)
        for part in before.seats.values():
            if part.is_final or (part.attempt and part.retry is None):
                assert world.calls(part.seat) == [], cut


def test_from_every_cut_no_member_loses_a_word() -> None:
    for cut in CUTS:
        before, world = at_cut(*cut)
        for letter, part in before.seats.items():
            after = world.state.seats[letter]
            assert after.text.startswith(part.text), cut
            if part.attempt and not part.is_final and part.retry is None:
                assert (after.state, after.text) == ("interrupted", part.text), cut


def test_from_every_cut_a_finished_comparison_or_synthesis_is_not_paid_twice() -> None:
    for cut in CUTS:
        before, world = at_cut(*cut)
        if before.state == "writing":
            assert world.calls("judge") == [], cut
        is_newer = (before.writer.started_ms or 0) >= (before.judging_ms or 0)
        if before.state == "writing" and before.writer.is_final and is_newer:
            assert world.calls("writer") == [], cut


def test_from_every_cut_every_call_has_one_start_and_an_end() -> None:
    for cut in CUTS:
        world = at_cut(*cut)[1]
        starts = [event.call for event in world.of("call_started")]
        assert len(starts) == len(set(starts)), cut
        assert {event.call for event in world.of("call_ended")} == set(starts), cut
        at_ms = [event.at_ms for event in world.events if hasattr(event, "at_ms")]
        assert at_ms == sorted(at_ms), cut


def test_a_synthesis_is_always_newer_than_the_comparison_it_rests_on() -> None:
    for cut in CUTS:
        before, world = at_cut(*cut)
        state = world.state
        if state.breakdown == "done" and before.writer.state != "failed":
            assert state.writer.text == "Tea [A], coffee [C].", cut
            assert (state.writer.started_ms or 0) >= (state.judging_ms or 0), cut


def test_a_stop_at_every_cut_asks_nobody() -> None:
    for name, k in CUTS:
        world = World(WELL, events=JOURNALS[name][:k], orders=[Stop()]).run()
        assert world.asked == [], (name, k)
        assert world.state.state == "stopped", (name, k)
        assert world.state.breakdown != "running", (name, k)


def test_a_finished_run_without_orders_is_left_alone() -> None:
    world = resumed(WHOLE.events)
    assert world.events == WHOLE.events
    assert world.asked == []


def cut_at(world: World, type_: str, seat: str) -> list[ev.Event]:
    """The journal up to and with the first event of this type of this part."""
    index = world.events.index(world.of(type_, seat)[0])
    return world.events[: index + 1]


def test_a_judge_that_was_cut_off_is_asked_again_by_itself() -> None:
    world = resumed(cut_at(WHOLE, "call_connected", "judge"))
    calls = world.of("call_started", "judge")
    assert [(call.attempt, call.why) for call in calls] == [(1, "first"), (2, "restart")]
    assert world.of("call_ended", "judge")[0].state == "interrupted"
    assert world.state.breakdown == "done"


def test_a_writer_that_was_cut_off_is_asked_again_by_itself() -> None:
    whole = World(WELL).run()
    world = resumed(cut_at(whole, "text", "writer"))
    assert [call.why for call in world.of("call_started", "writer")] == ["first", "restart"]
    assert world.state.writer.replaced == 1
    assert world.state.writer.text == "Tea [A], coffee [C]."
    assert world.calls("judge") == []


def test_an_interrupted_call_may_have_cost_something_nobody_knows() -> None:
    world = resumed(cut_at(WHOLE, "text", "A"))
    part = world.state.seats["A"]
    assert (part.state, part.text, part.cost_usd) == ("interrupted", "tea ", None)
    assert not part.cost_complete
    assert "A" in world.state.partial


def test_a_run_whose_members_were_all_cut_off_before_a_word_is_interrupted() -> None:
    slow: list[Script] = [[1.0, DONE]]
    first = World(kitchen(A=slow, B=slow, C=slow)).run()
    index = first.events.index(first.of("call_started", "C")[0])
    world = resumed(first.events[: index + 1])
    assert world.state.state == "interrupted"
    assert world.asked == []


def test_a_retry_that_waited_is_made_after_the_restart_as_one_of_the_two() -> None:
    busy = World(kitchen(B=[fails(BUSY)])).run()
    world = World(kitchen(B=[fails(BUSY)]), events=cut_at(busy, "retry_waiting", "B")).run()
    assert [call.why for call in world.of("call_started", "B")] == ["first", "retry", "retry"]
    assert world.state.seats["B"].state == "failed"


def test_time_goes_on_where_the_journal_ends() -> None:
    cut = cut_at(WHOLE, "call_connected", "judge")
    world = resumed(cut)
    last_ms = max(event.at_ms for event in cut if hasattr(event, "at_ms"))
    assert all(e.at_ms >= last_ms for e in world.events[len(cut) :] if hasattr(e, "at_ms"))


def test_a_restart_does_not_give_a_run_more_time_than_it_has() -> None:
    slow = kitchen(A=[[0.1, Text(text="te"), 100.0, DONE]], B=[says("tea", pause=20.0)])
    first = World(slow, plan=plan_for("AB", run_s=60)).run()
    judging = first.of("judging_started") or first.of("run_ended")
    cut = first.events[: first.events.index(judging[0])]
    world = World({**slow, "judge": [[500.0, DONE]]}, plan=first.plan, events=cut).run()
    assert world.time_of(world.events[-1]) < 30


def test_a_reader_may_ask_one_failed_member_again_and_then_all_are_compared() -> None:
    assert FAILED.state.breakdown == "skipped"
    assert [len(HEALED.calls(letter)) for letter in "ABC"] == [0, 1, 0]
    assert HEALED.of("call_started", "B")[-1].why == "reader"
    assert sorted(HEALED.state.judged) == ["A", "B"]
    assert HEALED.state.writer.is_usable
    assert HEALED.state.state == "partial"


def test_a_retry_cut_off_after_some_words_is_compared_all_the_same() -> None:
    index = HEALED.events.index(HEALED.of("text", "B")[-1])
    world = resumed(HEALED.events[: index + 1])
    assert world.state.seats["B"].state == "interrupted"
    assert sorted(world.state.judged) == ["A", "B"]
    assert world.state.breakdown == "done"


def test_what_was_already_said_of_a_skipped_comparison_is_not_said_again() -> None:
    world = resumed(FAILED.events[:-1])
    assert len(world.of("breakdown_ended")) == 1
    assert world.state.state == "partial"


def test_a_new_answer_beside_a_finished_comparison_stays_unjudged() -> None:
    first = World(kitchen(C=[fails(NO_KEY)])).run()
    world = World(WELL, events=first.events, orders=[RetrySeat("C")]).run()
    assert world.state.seats["C"].text == "coffee"
    assert world.state.unjudged == ["C"]
    assert world.calls("judge") == world.calls("writer") == []
    assert world.state.state == "partial"


def test_asking_a_judged_member_again_takes_its_quotes_out_of_the_evidence() -> None:
    first = World(WELL).run()
    world = World(kitchen(A=[says("milk")]), events=first.events, orders=[RetrySeat("A")]).run()
    positions = [p for found in world.state.findings for p in found.finding.positions]
    assert not any(p.verified for p in positions if p.seat == "A")
    assert any(p.verified for p in positions if p.seat == "B")
    assert world.state.state == "partial"


def test_a_reader_gives_a_finished_run_its_time_anew() -> None:
    late = kitchen(C=[[5000.0, DONE]])
    first = World(late).run()
    assert first.state.last_ms >= 1_200_000
    world = World(WELL, events=first.events, orders=[RetrySeat("C"), JudgeNow()]).run()
    assert world.state.seats["C"].state == "done"


def test_a_reader_taking_a_run_up_is_the_first_thing_the_journal_says() -> None:
    taken_up = HEALED.events[len(FAILED.events)]
    assert isinstance(taken_up, ev.PhaseChanged)
    assert taken_up.phase == "members"


def test_judging_again_is_not_begun_with_fewer_than_two_answers() -> None:
    world = World(WELL, events=list(FAILED.events), orders=[JudgeNow()]).run()
    assert world.events == FAILED.events
    assert world.asked == []
