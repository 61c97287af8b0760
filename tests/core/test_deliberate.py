"""The main line: members side by side, the judge when there is enough, the writer."""

import pytest

from council.core import events as ev
from council.core.deliberate import Inbox, JudgeNow, Stop
from council.core.delta import Connected, Ended, Queued, Reasoning, Text, Usage
from council.core.plan import Council, Judge, Patience, Plan, Seat
from tests.core.fakes import (
    BUSY,
    COMMIT_S,
    DONE,
    NO_KEY,
    Script,
    World,
    cut_after,
    fails,
    kitchen,
    plan_for,
    says,
)

FOREVER = 10_000.0


def test_a_whole_council_ends_done_with_everybody_judged_and_a_synthesis() -> None:
    world = World(kitchen()).run()
    assert world.state.state == "done"
    assert [part.text for part in world.state.seats.values()] == ["tea and soup", "tea", "coffee"]
    assert world.state.breakdown == "done"
    assert world.state.unjudged == []
    assert world.state.writer.text == "Tea [A], coffee [C]."


def test_all_members_speak_at_the_same_time() -> None:
    world = World(kitchen()).run()
    first_end = world.time_of(world.of("call_ended")[0])
    for letter in "ABC":
        assert world.time_of(world.of("text", letter)[0]) < first_end


def test_every_call_is_committed_before_it_is_sent() -> None:
    world = World(kitchen(B=[fails(BUSY), says("tea")])).run()
    assert len(world.asked) == 6
    for asked in world.asked:
        known = [e for e in world.events[: asked.journal] if isinstance(e, ev.CallStarted)]
        assert asked.request.call in {event.call for event in known}


def test_phases_follow_each_other() -> None:
    world = World(kitchen()).run()
    assert [event.phase for event in world.of("phase_changed")] == ["members", "judging", "writing"]
    types = [event.type for event in world.events]
    assert types.index("judging_started") < types.index("breakdown_ended")
    assert types[-1] == "run_ended"


def test_time_in_events_is_the_runs_own_and_never_goes_back() -> None:
    world = World(kitchen()).run()
    at_ms = [event.at_ms for event in world.events if hasattr(event, "at_ms")]
    assert at_ms == sorted(at_ms)
    assert at_ms[0] == 0
    assert at_ms[-1] > 1000


def test_what_a_call_tells_at_its_end_is_kept() -> None:
    end = Ended(
        outcome="done", finish_reason="stop", usage=Usage(total=7), cost_usd=0.5,
        cost_source="provider", model_served="tea-2", host="tea.example",
    )  # fmt: skip
    steps: Script = [
        0.25,
        Connected(),
        0.25,
        Reasoning(text="hm"),
        0.25,
        Text(text="tea"),
        0.25,
        end,
    ]
    world = World(kitchen(A=[steps])).run()
    (ended,) = world.of("call_ended", "A")
    assert (ended.usage.total, ended.cost_usd, ended.cost_source) == (7, 0.5, "provider")
    assert (ended.model_served, ended.host, ended.finish_reason) == ("tea-2", "tea.example", "stop")
    assert ended.first_token_ms == pytest.approx(500, abs=2000 * COMMIT_S)
    assert ended.duration_ms == pytest.approx(1000, abs=2000 * COMMIT_S)
    assert world.state.seats["A"].reasoning == "hm"


def test_a_call_that_waits_for_a_place_is_shown_queued_then_waiting() -> None:
    world = World(kitchen(A=[[0.1, Queued(), 0.1, *says("tea")]])).run()
    order = [event.type for event in world.events if getattr(event, "seat", "") == "A"]
    assert order[:4] == ["call_started", "call_queued", "call_connected", "text"]


def test_a_member_is_asked_as_its_seat_says_and_within_the_runs_limits() -> None:
    seat = Seat(model="fake/A", temperature=0.3, max_tokens=50, reasoning_effort="low")
    plan = Plan(
        prompt="What is warm?",
        council=Council(name="One", seats=(seat,), judge=Judge(model="fake/judge")),
    )
    world = World({"A": [says("tea")]}, plan=plan).run()
    request = world.asked[0].request
    assert (request.temperature, request.max_tokens, request.reasoning_effort) == (0.3, 50, "low")
    assert (request.first_token_s, request.stall_s, request.total_s) == (300, 45, 600)
    assert request.max_chars == 400_000
    assert request.messages[-1].content == "What is warm?"


def test_a_model_that_does_not_reason_gets_the_shorter_first_token_limit() -> None:
    world = World(kitchen()).run()
    assert {asked.request.first_token_s for asked in world.asked} == {60}


def test_when_all_fail_the_run_fails_with_each_reason_and_no_judge() -> None:
    world = World(kitchen(A=[fails(NO_KEY)], B=[fails(NO_KEY)], C=[fails(NO_KEY)])).run()
    assert world.state.state == "failed"
    assert [part.failure for part in world.state.seats.values()] == [NO_KEY] * 3
    assert world.calls("judge") == world.calls("writer") == []


def test_one_answer_is_shown_and_neither_judged_nor_rewritten() -> None:
    world = World(kitchen(A=[fails(NO_KEY)], C=[fails(NO_KEY)])).run()
    assert world.state.state == "partial"
    assert world.state.breakdown == "skipped"
    assert world.state.breakdown_note == "Only B answered, so there is nothing to compare."
    assert world.calls("judge") == world.calls("writer") == []


def test_a_council_of_one_that_answers_is_done() -> None:
    world = World({"A": [says("tea")]}, plan=plan_for("A")).run()
    assert world.state.state == "done"
    assert world.state.breakdown == "skipped"


def test_with_one_of_three_missing_the_run_is_partial_never_done() -> None:
    world = World(kitchen(C=[fails(NO_KEY)])).run()
    assert world.state.state == "partial"
    assert sorted(world.state.judged) == ["A", "B"]
    assert world.state.writer.is_usable


@pytest.mark.parametrize("outcome", ["refused", "filtered", "empty"])
def test_refused_filtered_and_empty_answers_do_not_count(outcome: str) -> None:
    end = Ended.model_validate({"outcome": outcome})
    world = World(kitchen(C=[says("Sorry.", end=end)])).run()
    assert sorted(world.state.judged) == ["A", "B"]
    assert world.state.state == "partial"


def test_a_cut_stream_is_truncated_never_done_and_the_judge_is_told() -> None:
    world = World(kitchen(C=[cut_after("cof")])).run()
    assert world.state.seats["C"].state == "truncated"
    assert world.state.partial == "C"
    assert world.calls("judge")[0].request.messages[-1].content.count('"stops_short": true') == 1


def test_the_late_have_thirty_seconds_once_two_answers_are_there() -> None:
    world = World(kitchen(C=[says("coffee", pause=100.0)])).run()
    second = world.time_of(world.of("call_ended")[1])
    judging = world.time_of(world.of("judging_started")[0])
    assert judging == pytest.approx(second + 30, abs=0.1)
    assert sorted(world.state.judged) == ["A", "B"]


def test_a_late_answer_stays_on_the_page_unjudged_and_makes_the_run_partial() -> None:
    world = World(kitchen(C=[says("coffee", pause=100.0)])).run()
    assert world.state.seats["C"].text == "coffee"
    assert world.state.unjudged == ["C"]
    assert world.state.state == "partial"
    assert world.events[-1].type == "run_ended"
    assert len(world.calls("judge")) == 1


def test_one_answer_alone_never_starts_the_clock_for_the_others() -> None:
    slow = [says("tea", pause=60.0)]
    world = World(kitchen(B=slow, C=slow)).run()
    assert sorted(world.state.judged) == ["A", "B", "C"]
    assert world.state.state == "done"


def test_judge_now_does_not_wait_for_the_late() -> None:
    world = World(kitchen(C=[says("coffee", pause=100.0)]), at=[(5.0, JudgeNow())]).run()
    assert world.time_of(world.of("judging_started")[0]) == pytest.approx(5, abs=0.1)


def test_judge_now_before_two_answers_waits_for_the_second() -> None:
    scripts = kitchen(B=[says("tea", pause=10.0)], C=[says("coffee", pause=100.0)])
    world = World(scripts, at=[(5.0, JudgeNow())]).run()
    judging = world.time_of(world.of("judging_started")[0])
    assert judging == pytest.approx(world.time_of(world.of("call_ended", "B")[0]), abs=0.1)


def test_at_the_deadline_what_has_words_is_truncated_and_what_has_none_failed() -> None:
    scripts = kitchen(
        A=[[0.1, Text(text="te"), FOREVER, DONE]], B=[[FOREVER, DONE]], C=[fails(NO_KEY)]
    )
    world = World(scripts).run()
    assert [part.state for part in world.state.seats.values()] == ["truncated", "failed", "failed"]
    failure = world.state.seats["A"].failure
    assert failure is not None
    assert failure.message == "This took longer than 20 minutes, the limit for one run."
    assert world.time_of(world.events[-1]) == pytest.approx(1200, abs=0.1)


def test_two_answers_at_the_deadline_are_kept_and_the_page_says_they_were_not_compared() -> None:
    slow: list[Script] = [[0.1, Text(text="te"), FOREVER, DONE]]
    world = World({**kitchen(), "A": slow, "B": slow}, plan=plan_for("AB", run_s=60)).run()
    assert world.state.state == "partial"
    assert world.state.breakdown == "failed"
    assert world.state.breakdown_failure is not None
    assert "60 seconds" in world.state.breakdown_failure.message
    assert world.calls("judge") == []


def test_the_deadline_ends_a_judge_that_thinks_too_long() -> None:
    world = World(kitchen(judge=[[FOREVER, DONE]])).run()
    assert world.state.judge.state == "failed"
    assert world.state.breakdown == "failed"
    assert world.state.state == "partial"
    assert world.calls("writer") == []


def test_a_fault_of_our_own_ends_that_call_and_not_the_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(kitchen(A=[[0.1, RuntimeError("bug")]], B=[[0.1, Text(text="t"), 0.1]])).run()
    assert world.state.seats["A"].state == "failed"
    assert world.state.seats["B"].state == "truncated"
    assert len(world.calls("A")) == len(world.calls("B")) == 1
    assert "raised instead of ending" in caplog.text
    assert world.state.state == "partial"


def test_nothing_is_heard_after_the_end_of_a_call() -> None:
    world = World(kitchen(A=[[*says("tea"), Text(text="more")]])).run()
    assert world.state.seats["A"].text == "tea"


def test_every_stream_is_closed_before_its_end_is_said() -> None:
    open_ends = []

    def look(world: World, event: ev.Event) -> None:
        if isinstance(event, ev.CallEnded):
            (asked,) = [one for one in world.asked if one.request.call == event.call]
            open_ends.append(asked.closed_s is None)

    world = World(kitchen(A=[[*says("tea"), FOREVER, DONE]]), on_event=look).run()
    assert open_ends == [False] * 5
    assert world.time_of(world.events[-1]) < 10


def test_patience_of_the_plan_caps_the_run_as_well() -> None:
    plan = plan_for("AB", patience=Patience(run_s=5))
    world = World({**kitchen(), "A": [[FOREVER, DONE]], "B": [[FOREVER, DONE]]}, plan=plan).run()
    assert world.time_of(world.events[-1]) == pytest.approx(5, abs=0.1)
    assert world.state.state == "failed"


def test_an_inbox_gives_each_order_once_and_in_order() -> None:
    inbox = Inbox()
    inbox.put(JudgeNow())
    inbox.put(Stop())
    assert not inbox.is_empty
    assert inbox.take() == [JudgeNow(), Stop()]
    assert inbox.take() == []
    assert Inbox().is_empty
