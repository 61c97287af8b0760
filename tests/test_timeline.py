"""Who worked when."""

from council import timeline
from council.core.state import Part, RunState


def _part(seat: str, started_ms: int, duration_ms: int, first_token_ms: int | None) -> Part:
    return Part(
        seat=seat, started_ms=started_ms, duration_ms=duration_ms, first_token_ms=first_token_ms
    )


def test_bars_lie_on_one_clock_and_split_at_the_first_token() -> None:
    seats = {"A": _part("A", 0, 10_000, 2_000), "B": _part("B", 5_000, 5_000, None)}
    run = RunState(seats=seats, writer=_part("writer", 10_000, 10_000, 1_000), ended_ms=20_000)
    a, b, writer = timeline.bars(run)
    assert (a.x, a.width, a.wait) == (0, 500, 100)
    assert (b.x, b.width, b.work) == (250, 250, 0)
    assert (writer.x, writer.work_x, writer.work) == (500, 550, 450)


def test_a_call_of_no_time_is_still_seen_inside_the_line() -> None:
    run = RunState(seats={"A": _part("A", 20_000, 0, None)}, ended_ms=20_000)
    (bar,) = timeline.bars(run)
    assert bar.width > 0
    assert bar.x + bar.width <= timeline.WIDTH


def test_what_was_never_asked_has_no_bar() -> None:
    assert timeline.bars(RunState(seats={"A": Part(seat="A")})) == []
