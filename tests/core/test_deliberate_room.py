"""Too long for a model: a member is passed over, judge and writer read parts or give way."""

import json
from typing import Any

from council.core.facts import NOTHING, Facts
from council.core.failures import Kind
from council.core.plan import Plan
from tests.core.fakes import World, comparison, finding, judges, kitchen, plan_for, says

LONG = " ".join(f"word{n} is warm." for n in range(5_000))


def reading(**contexts: int) -> Any:
    """Facts that give these parts a context of so many tokens."""
    return lambda model: Facts(context=contexts.get(model.removeprefix("fake/")))


def long_plan() -> Plan:
    return plan_for().model_copy(update={"prompt": "What is warm? " + "Tell me. " * 9_000})


def sent(world: World, part: str) -> Any:
    return json.JSONDecoder().raw_decode(world.calls(part)[0].request.messages[-1].content)[0]


def test_a_member_that_cannot_read_the_question_is_never_asked_and_says_why() -> None:
    world = World(kitchen(), plan=long_plan(), know=reading(B=4_096)).run()
    (end,) = world.of("call_ended", "B")
    assert world.calls("B") == world.of("call_started", "B") == []
    assert (end.state, end.call, end.attempt, end.cost_usd) == ("failed", "", 0, None)
    assert end.failure.kind is Kind.CONTEXT_TOO_LONG
    assert "this model reads 4,096. It was not asked." in end.failure.message
    assert world.state.seats["B"].is_final
    assert world.state.state == "partial"
    assert world.state.breakdown == "done"
    assert world.state.cost_complete


def test_when_nobody_can_read_the_question_nobody_is_asked() -> None:
    world = World(kitchen(), plan=long_plan(), know=lambda _: Facts(context=2_000)).run()
    assert world.asked == []
    assert world.state.state == "failed"


def test_answers_too_long_for_the_judge_are_shortened_and_everybody_is_told() -> None:
    quoted = comparison(finding("Warm.", A="word2500 is warm.", B="tea"))
    script = kitchen(A=[says(LONG)], judge=[judges(quoted)])
    world = World(script, know=reading(judge=16_000)).run()
    by_seat = {one["seat"]: one for one in sent(world, "judge")["answers"]}
    assert world.state.trimmed == "A"
    assert by_seat["A"]["shortened"] is True
    assert LONG.startswith(by_seat["A"]["text"])
    assert LONG.endswith(by_seat["A"]["ending"])
    assert "word2500" not in by_seat["A"]["text"] + by_seat["A"]["ending"]
    assert by_seat["B"] == {"seat": "B", "stops_short": False, "text": "tea"}
    position = world.state.findings[0].finding.positions[0]
    assert position.verified, "a quote is looked up in the whole answer"
    assert LONG[position.start : position.end] == "word2500 is warm"
    assert '"shortened"' not in world.calls("writer")[0].request.messages[-1].content


def test_answers_too_long_for_the_writer_alone_are_shortened_for_it() -> None:
    world = World(kitchen(A=[says(LONG)]), know=reading(writer=16_000)).run()
    assert (world.state.trimmed, world.state.writer_trimmed) == ("", "A")
    assert sent(world, "writer")["answers"][0].keys() >= {"seat", "text"}
    assert any(one.get("shortened") for one in sent(world, "writer")["answers"])
    assert world.state.state == "done"


def test_a_judge_that_reads_too_little_is_not_asked_and_the_writer_goes_on() -> None:
    world = World(kitchen(A=[says(LONG)]), know=reading(judge=1_000)).run()
    assert world.calls("judge") == []
    assert world.state.breakdown == "failed"
    assert world.state.breakdown_failure is not None
    assert world.state.breakdown_failure.kind is Kind.CONTEXT_TOO_LONG
    assert world.state.writer.state == "done"
    assert world.state.state == "partial"


def test_a_writer_that_reads_too_little_is_not_asked_and_the_run_says_so() -> None:
    world = World(kitchen(A=[says(LONG)]), know=reading(writer=1_000)).run()
    assert world.calls("writer") == []
    assert world.state.breakdown == "done"
    assert (world.state.writer.state, world.state.writer.attempt) == ("failed", 0)
    assert world.state.state == "partial"


def test_where_nobody_knows_a_context_a_cap_holds() -> None:
    patience = plan_for().patience.model_copy(update={"judge_chars": 20_000})
    world = World(
        kitchen(A=[says(LONG)]), plan=plan_for(patience=patience), know=lambda _: NOTHING
    ).run()
    assert world.state.trimmed == world.state.writer_trimmed == "A"
