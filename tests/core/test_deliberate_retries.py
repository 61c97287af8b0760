"""Asking again: when it may help, after how long, and never once something was said."""

import pytest

from council.core.delta import Ended, Queued, Text
from council.core.failures import Failure, Kind
from tests.core.fakes import BUSY, NO_KEY, Script, World, fails, kitchen, plan_for, says

SICK = Failure(kind=Kind.PROVIDER_ERROR, message="It reports an error.", status=500)
DOWN = Failure(kind=Kind.UNREACHABLE, message="Nobody is there.")


def busy_for(seconds: float) -> Failure:
    return BUSY.model_copy(update={"retry_after_s": seconds})


def test_a_busy_provider_is_asked_again_after_the_time_it_names() -> None:
    world = World(kitchen(A=[fails(busy_for(3)), says("tea")])).run()
    (waiting,) = world.of("retry_waiting", "A")
    assert waiting.wait_s == 3
    assert world.events[world.events.index(waiting) - 1] == world.of("call_ended", "A")[0]
    first, second = world.calls("A")
    assert first.closed_s is not None
    assert second.at_s - first.closed_s == pytest.approx(3, abs=0.1)
    assert world.state.state == "done"


def test_each_attempt_is_a_call_of_its_own() -> None:
    world = World(kitchen(A=[fails(BUSY), says("tea")])).run()
    calls = world.of("call_started", "A")
    assert [(call.attempt, call.why) for call in calls] == [(1, "first"), (2, "retry")]
    assert calls[0].call != calls[1].call
    assert [end.state for end in world.of("call_ended", "A")] == ["failed", "done"]
    assert world.state.seats["A"].retry is None


def test_three_failures_are_enough() -> None:
    world = World(kitchen(A=[fails(BUSY)])).run()
    assert len(world.calls("A")) == 3
    assert world.state.seats["A"].failure == BUSY


def test_a_host_nobody_reaches_is_asked_twice() -> None:
    world = World(kitchen(A=[fails(DOWN)])).run()
    assert len(world.calls("A")) == 2


def test_a_key_that_is_not_valid_is_not_tried_again() -> None:
    world = World(kitchen(A=[fails(NO_KEY)])).run()
    assert len(world.calls("A")) == 1
    assert world.of("retry_waiting") == []


def test_too_long_a_wait_fails_at_once_and_says_when_to_come_back() -> None:
    world = World(kitchen(A=[fails(busy_for(600))])).run()
    assert len(world.calls("A")) == 1
    failure = world.state.seats["A"].failure
    assert failure is not None
    assert failure.message == "Too many requests. Try again in about 10 minutes (after 12:11 UTC)."
    assert world.time_of(world.events[-1]) < 10


def test_once_a_word_was_said_a_failure_is_not_hidden_by_a_retry() -> None:
    steps: Script = [0.1, Text(text="te"), 0.1, Ended(outcome="failed", failure=BUSY)]
    world = World(kitchen(A=[steps, says("tea")])).run()
    assert len(world.calls("A")) == 1
    assert world.state.seats["A"].text == "te"
    assert world.state.seats["A"].state == "failed"


def test_a_seat_that_waits_to_be_asked_again_is_not_final_for_the_judge() -> None:
    world = World(kitchen(C=[fails(busy_for(20)), says("coffee")])).run()
    assert sorted(world.state.judged) == ["A", "B", "C"]
    types = [event.type for event in world.events]
    assert types.index("retry_waiting") < types.index("judging_started")


def test_the_judge_and_the_writer_are_asked_again_as_well() -> None:
    good = kitchen()
    world = World(
        kitchen(judge=[fails(BUSY), *good["judge"]], writer=[fails(BUSY), *good["writer"]])
    ).run()
    assert world.state.state == "done"
    assert len(world.calls("judge")) == len(world.calls("writer")) == 2
    assert len(world.state.findings) == 2


def test_a_writer_that_fails_leaves_a_partial_run_with_its_breakdown() -> None:
    world = World(kitchen(writer=[fails(NO_KEY)])).run()
    assert world.state.state == "partial"
    assert world.state.breakdown == "done"
    assert world.state.writer.failure == NO_KEY


def test_a_pause_the_provider_asked_for_is_shown_while_it_lasts() -> None:
    world = World(kitchen(A=[[Queued(wait_s=3.0), 3.0, *says("tea")]])).run()
    (queued,) = world.of("call_queued", "A")
    assert queued.wait_s == 3.0
    assert world.state.seats["A"].wait_s is None


def test_only_three_calls_of_one_provider_are_tried_again_at_once() -> None:
    letters = "ABCDE"
    scripts = {letter: [fails(BUSY), says("tea")] for letter in letters}
    world = World(kitchen(**scripts), plan=plan_for(letters)).run()
    tried = [letter for letter in letters if len(world.calls(letter)) == 2]
    assert len(tried) == 3
    (left, *_) = [one for one in letters if one not in tried]
    failure = world.state.seats[left].failure
    assert failure is not None
    assert failure.message == (
        "Too many requests. It was not asked again: "
        "too many calls there are being tried again already."
    )


def test_after_five_failures_in_a_row_nobody_is_tried_again_and_it_says_so() -> None:
    letters = "ABCDE"
    scripts = {letter: [fails(SICK), says("tea")] for letter in letters}
    world = World(kitchen(**scripts), plan=plan_for(letters)).run()
    failure = world.state.seats["E"].failure
    assert failure is not None
    assert failure.message.endswith("It was not asked again: 5 calls in a row have failed there.")
    assert len(world.calls("E")) == 1
    assert len(world.calls("A")) == 2, "what was granted before is still done"
