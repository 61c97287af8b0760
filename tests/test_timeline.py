"""Who worked when, what the run waited for, and every call it made."""

from typing import Any

from council import timeline
from council.core import events as ev
from council.core.delta import Usage
from council.core.failures import Failure, Kind
from council.core.state import RunState, fold


def _card(seat: Any) -> ev.Card:
    return ev.Card(seat=seat, role="", model=f"p/{seat}", host="h.test")


def _run(*events: ev.Event) -> RunState:
    start = ev.RunStarted(
        prompt="?",
        council="c",
        seats=tuple(map(_card, "ABC")),
        judge=_card("judge"),
        writer=_card("writer"),
    )
    return fold([start, *events])


def _call(
    seat: Any, start_ms: int, end_ms: int, first_token_ms: int | None = None, **more: Any
) -> list[ev.Event]:
    why, name = more.pop("why", "first"), f"{seat}{start_ms}"
    values = {"state": "done", "duration_ms": end_ms - start_ms, "at_ms": end_ms} | more
    return [
        ev.CallStarted(seat=seat, call=name, attempt=1, model=f"p/{seat}", why=why, at_ms=start_ms),
        ev.CallEnded(seat=seat, call=name, attempt=1, first_token_ms=first_token_ms, **values),
    ]


FAILED: dict[str, Any] = {
    "state": "failed",
    "failure": Failure(kind=Kind.RATE_LIMITED, message="slow down"),
}
WHOLE = [
    *_call("A", 0, 2_000, 500),
    *_call("B", 0, 1_000, **FAILED),
    *_call("B", 2_000, 6_000, 1_000, why="retry", usage=Usage(prompt=9, completion=4)),
    ev.JudgingStarted(order="AB", at_ms=6_000),
    *_call("judge", 6_000, 8_000, 500, cost_usd=0.01, cost_source="provider"),
    *_call("writer", 8_000, 10_000, 500),
    ev.RunEnded(state="done", at_ms=10_000),
]


def test_bars_lie_on_one_axis_of_whole_steps_and_split_at_the_first_word() -> None:
    time = timeline.timeline(_run(*WHOLE))
    assert [clock for _, clock in time.marks] == ["0 s", "2 s", "4 s", "6 s", "8 s"]
    a, b, judge, writer = time.lines
    assert [(bar.x, bar.wait, bar.width) for bar in a.bars] == [(0, 50, 200)]
    assert [(bar.x, bar.work_x, bar.work) for bar in b.bars] == [(0, 100, 0), (200, 300, 300)]
    assert (b.retries, judge.bars[0].x, writer.bars[0].x) == (1, 600, 800)


def test_what_the_run_waited_for_is_the_slowest_member_then_judge_then_writer() -> None:
    time = timeline.timeline(_run(*WHOLE))
    assert [line.part.seat for line in time.lines if line.is_waited_for] == ["B", "judge", "writer"]
    assert time.waited_for == (
        "The run waited for B (6.0 s), then the judge (2.0 s), then the writer (2.0 s)."
    )


def test_an_answer_after_the_comparison_is_not_what_it_waited_for() -> None:
    late = [*WHOLE[:-1], *_call("C", 0, 9_500, 100), WHOLE[-1]]
    seats = {line.part.seat for line in timeline.timeline(_run(*late)).lines if line.is_waited_for}
    assert seats == {"B", "judge", "writer"}


def test_every_call_is_told_with_its_tokens_its_cost_and_its_end() -> None:
    told = timeline.calls(_run(*WHOLE))
    assert [(t.part.seat, t.why) for t in told] == [
        ("A", "first"), ("B", "first"), ("B", "again after a failure"), ("judge", "first"),
        ("writer", "first"),
    ]  # fmt: skip
    assert (told[1].outcome, told[1].took_ms) == ("failed: rate limited", 1_000)
    assert told[2].call.usage.prompt == 9
    assert (told[3].call.cost_usd, told[3].call.cost_source) == (0.01, "provider")
    assert told[0].call.cost_usd is None


def test_a_part_that_is_stopped_between_two_calls_leaves_the_last_call_as_it_was() -> None:
    use = ev.ToolStarted(seat="A", id="t", name="web_search", arguments="{}", step=1, at_ms=1_000)
    stopped = ev.CallEnded(seat="A", call="A0", attempt=1, state="stopped", at_ms=3_000)
    run = _run(*_call("A", 0, 1_000, 10, state="using_tool"), use, stopped)
    (told,) = timeline.calls(run)
    assert (told.outcome, told.took_ms) == ("using tool", 1_000)


def test_a_call_of_no_time_is_still_seen_inside_the_line() -> None:
    run = _run(*_call("A", 20_000, 20_000), ev.RunEnded(state="done", at_ms=20_000))
    (line,) = timeline.timeline(run).lines
    assert line.bars[0].width > 0
    assert line.bars[0].x + line.bars[0].width <= timeline.WIDTH


def test_a_run_of_hours_has_few_steps_and_one_nobody_was_asked_in_has_no_line() -> None:
    run = _run(*_call("A", 0, 20_000_000))
    assert len(timeline.timeline(run).marks) <= 6
    assert timeline.timeline(_run()).lines == ()
