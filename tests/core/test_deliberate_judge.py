"""The judge: blind, in a drawn order, read while it streams, asked once more at most."""

import pytest

from council.core import events as ev
from council.core import prompts
from council.core.deliberate import JudgeNow, RetrySeat
from council.core.delta import Ended, Text
from council.core.facts import Facts
from council.core.failures import Failure, Kind
from tests.core.fakes import (
    JUDGEMENT,
    NO_KEY,
    Script,
    World,
    comparison,
    fails,
    finding,
    judges,
    kitchen,
    plan_for,
    says,
)

NO_SCHEMA = Failure(kind=Kind.BAD_REQUEST, message="response_format is unknown.", status=400)
GARBAGE = "I would rather talk about the weather."


def test_findings_are_shown_before_the_judges_json_is_complete() -> None:
    world = World(kitchen()).run()
    first, *_ = world.of("found")
    assert world.time_of(first) < world.time_of(world.of("call_ended", "judge")[0]) - 0.3
    assert [found.finding.claim for found in world.of("found")] == ["Tea is warm.", "So is soup."]


def test_quotes_are_checked_against_the_answers_as_they_arrive() -> None:
    world = World(kitchen(judge=[judges(comparison(finding("So.", A="soup", B="soup")))])).run()
    by_seat = {p.seat: p for p in world.state.findings[0].finding.positions}
    assert (by_seat["A"].verified, by_seat["A"].start, by_seat["A"].end) == (True, 8, 12)
    assert by_seat["B"].verified is False
    assert world.state.unverified_quotes == 1


def test_the_judges_own_words_are_never_shown_as_text() -> None:
    world = World(kitchen()).run()
    assert world.of("text", "judge") == world.of("reasoning", "judge") == []
    assert world.state.judge.text == ""


def test_the_judge_is_asked_cold_with_a_schema_and_without_model_names() -> None:
    world = World(kitchen()).run()
    request = world.calls("judge")[0].request
    assert request.temperature == 0
    assert request.json_schema == prompts.JUDGE_SCHEMA
    assert not any("fake/" in message.content for message in request.messages)


def test_the_order_in_which_the_judge_reads_is_drawn_and_recorded() -> None:
    world = World(kitchen()).run()
    assert world.state.order == prompts.reading_order("ABC", world.plan.seed)
    asked = world.calls("judge")[0].request.messages[-1].content
    places = [asked.index(f'"seat": "{letter}"') for letter in world.state.order]
    assert places == sorted(places)


def test_a_refused_field_leads_to_another_attempt_at_once() -> None:
    refused: Script = [0.1, Ended(outcome="failed", failure=NO_SCHEMA, will_change=True)]
    world = World(kitchen(judge=[refused, refused, judges()])).run()
    assert [call.why for call in world.of("call_started", "judge")] == ["first", "retry", "retry"]
    assert [waiting.wait_s for waiting in world.of("retry_waiting", "judge")] == [0, 0]
    assert world.state.breakdown == "done"


def test_refusals_without_end_come_to_one() -> None:
    refused: Script = [0.1, Ended(outcome="failed", failure=NO_SCHEMA, will_change=True)]
    world = World(kitchen(judge=[refused])).run()
    assert len(world.calls("judge")) == 5
    assert world.state.breakdown_failure == NO_SCHEMA


def test_a_refusal_that_comes_after_words_is_not_asked_again() -> None:
    end = Ended(outcome="failed", failure=NO_SCHEMA, will_change=True)
    world = World(kitchen(judge=[says("{", end=end), judges()])).run()
    assert len(world.calls("judge")) == 1
    assert world.state.breakdown_failure == NO_SCHEMA


def test_a_model_known_for_no_schema_is_asked_for_plain_json() -> None:
    facts = Facts(can_schema=False, parameters=frozenset({"response_format"}))
    world = World(kitchen(), know=lambda _model: facts).run()
    request = world.calls("judge")[0].request
    assert (request.json_schema, request.json_object) == (None, True)
    assert request.accepts == frozenset({"response_format"})


def test_what_cannot_be_read_is_asked_for_once_more() -> None:
    world = World(kitchen(judge=[judges(GARBAGE), judges()])).run()
    again = world.calls("judge")[1].request.messages
    assert again[-2].content == GARBAGE
    assert [call.why for call in world.of("call_started", "judge")] == ["first", "reask"]
    assert world.state.breakdown == "done"
    assert world.state.state == "done"


def test_after_two_unreadable_answers_the_page_says_so_and_keeps_the_words() -> None:
    world = World(kitchen(judge=[judges(GARBAGE)])).run()
    assert len(world.calls("judge")) == 2
    assert world.state.breakdown == "failed"
    assert world.state.breakdown_raw == GARBAGE
    assert world.state.breakdown_failure is not None
    assert world.state.breakdown_failure.kind is Kind.BAD_STREAM
    assert world.state.state == "partial"


def test_unreadable_words_are_kept_up_to_a_limit() -> None:
    world = World(kitchen(judge=[says("x" * 50_000)])).run()
    assert len(world.state.breakdown_raw) == 20_000


@pytest.mark.parametrize(
    ("outcome", "kind"), [("refused", Kind.POLICY), ("empty", Kind.BAD_STREAM)]
)
def test_a_judge_that_will_not_compare_is_asked_once_more(outcome: str, kind: Kind) -> None:
    world = World(kitchen(judge=[says(end=Ended.model_validate({"outcome": outcome}))])).run()
    assert len(world.calls("judge")) == 2
    assert world.state.breakdown_failure is not None
    assert world.state.breakdown_failure.kind is kind


def test_a_judge_that_fails_leaves_the_writer_the_raw_answers() -> None:
    world = World(kitchen(judge=[fails(NO_KEY)])).run()
    assert world.state.breakdown == "failed"
    assert world.state.breakdown_failure == NO_KEY
    assert len(world.calls("judge")) == 1
    content = world.calls("writer")[0].request.messages[-1].content
    assert "coffee" in content
    assert '"findings"' not in content
    assert world.state.state == "partial"


def test_a_judge_cut_short_keeps_what_it_found_and_says_so() -> None:
    half = JUDGEMENT[: JUDGEMENT.index("So is")]
    cut = Ended(outcome="truncated", finish_reason="length")
    world = World(kitchen(judge=[says(half, end=cut)])).run()
    assert [found.finding.claim for found in world.state.findings] == ["Tea is warm."]
    assert world.state.breakdown == "done"
    assert "cut off" in world.state.breakdown_note
    assert len(world.calls("judge")) == 1


def test_the_writer_is_given_what_the_judge_found() -> None:
    world = World(kitchen()).run()
    content = world.calls("writer")[0].request.messages[-1].content
    assert "Tea is warm." in content
    assert "So is soup." in content


def test_an_answer_replaced_while_the_judge_reads_is_no_evidence_any_more() -> None:
    slow = judges(comparison(finding("Tea.", A="tea"), finding("Again.", A="tea")), pause=1.0)
    scripts = kitchen(A=[says("tea"), says("milk")], judge=[slow])
    world = World(scripts, at=[(3.0, RetrySeat("A"))]).run()
    positions = [p for found in world.state.findings for p in found.finding.positions]
    assert not any(p.verified for p in positions if p.seat == "A")
    assert world.state.unjudged == ["A"]
    assert world.state.state == "partial"


def test_judging_a_finished_run_again_reads_all_answers_and_writes_anew() -> None:
    scripts = kitchen(C=[says("coffee", pause=100.0)], judge=[judges(), judges(comparison())])
    first = World(scripts).run()
    again = World({**scripts, "judge": [judges()]}, events=first.events, orders=[JudgeNow()]).run()
    assert sorted(again.state.judged) == ["A", "B", "C"]
    assert again.state.state == "done"
    assert [len(again.calls(part)) for part in ("A", "C", "judge", "writer")] == [0, 0, 1, 1]
    last = [call for call in again.events if isinstance(call, ev.CallStarted)][-2:]
    assert [(call.seat, call.attempt, call.why) for call in last] == [
        ("judge", 2, "reader"),
        ("writer", 2, "reader"),
    ]


def test_judge_now_after_the_judging_compares_what_came_in_the_meantime() -> None:
    scripts = kitchen(C=[says("coffee", pause=100.0)], D=[says("cocoa", pause=300.0)])
    world = World(scripts, plan=plan_for("ABCD"), at=[(350.0, JudgeNow())]).run()
    assert [sorted(event.order) for event in world.of("judging_started")] == [
        ["A", "B"],
        ["A", "B", "C"],
    ]
    assert [call.why for call in world.of("call_started", "judge")] == ["first", "reader"]
    assert world.state.unjudged == ["D"]


def test_judge_now_while_the_judge_is_at_work_changes_nothing() -> None:
    world = World(kitchen(judge=[judges(pause=5.0)]), at=[(10.0, JudgeNow())]).run()
    assert len(world.calls("judge")) == 1
    assert world.state.state == "done"


def test_a_judge_whose_words_break_off_with_an_error_keeps_its_findings_but_not_its_claim() -> None:
    end = Ended(outcome="failed", failure=NO_KEY)
    world = World(kitchen(judge=[[0.1, Text(text=JUDGEMENT[:-40]), 0.1, end]])).run()
    assert world.state.breakdown == "failed"
    assert world.state.findings != []
