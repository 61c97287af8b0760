"""The last minute of a key, against a log of all its requests."""

from hypothesis import given
from hypothesis import strategies as st

from council.api.minute import MINUTE_S, Minute

_GAPS = st.lists(st.sampled_from((0.0, 0.001, 0.4, 0.999, 1.0, 7.3, 59.0, 59.9, 60.0)), max_size=60)


@given(st.integers(1, 5), _GAPS, st.floats(1_796_000_000, 1_796_000_001))
def test_no_sixty_seconds_hold_more_and_who_waits_as_told_is_taken(
    most: int, gaps: list[float], now: float
) -> None:
    kept, taken = "", [0.0]
    for gap in gaps:
        now += gap
        minute = Minute.of(kept, now)
        wait_s = minute.wait_s(most)
        assert 0 <= wait_s <= MINUTE_S
        if wait_s:
            assert Minute.of(kept, now + wait_s).wait_s(most) == 0
            assert Minute.of(kept, now + wait_s - 1.001).wait_s(most) > 0, "a second early"
            continue
        kept = minute.one_more().text
        taken.append(now)
        assert sum(at > now - MINUTE_S for at in taken) <= most
        assert len(kept) < 61 * 40


def test_a_clock_that_was_set_back_frees_nothing() -> None:
    kept = Minute.of("", 1000.5).one_more().one_more().text
    assert Minute.of(kept, 10.0).wait_s(2) == MINUTE_S
    assert Minute.of(kept, 1060.4).wait_s(2) == 1
    assert Minute.of(kept, 1060.5).wait_s(2) == 0
