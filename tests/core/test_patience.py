import math

import pytest

from council.core.failures import Failure, Kind
from council.core.patience import in_words, retry_wait, with_advice
from council.core.plan import Patience

PATIENCE = Patience()


def failure(kind: Kind = Kind.RATE_LIMITED, after_s: float | None = None) -> Failure:
    return Failure(kind=kind, message="Too many requests.", retry_after_s=after_s)


def wait(failed: Failure, retries: int = 0, draw: float = 0.5) -> float | None:
    return retry_wait(failed, retries, PATIENCE, lambda: draw)


def test_a_wait_the_provider_asks_for_is_obeyed_exactly() -> None:
    assert wait(failure(after_s=3)) == 3
    assert wait(failure(after_s=30), retries=1) == 30


@pytest.mark.parametrize("after_s", [30.1, 600, 1_893_456_000_000, math.inf])
def test_nobody_waits_beyond_the_limit(after_s: float) -> None:
    assert wait(failure(after_s=after_s)) is None


@pytest.mark.parametrize("after_s", [None, 0, -5, math.nan])
def test_without_a_usable_number_the_wait_is_drawn(after_s: float | None) -> None:
    assert wait(failure(after_s=after_s), draw=0.0) == 0.5


def test_waits_are_drawn_from_a_range_that_grows_up_to_the_limit() -> None:
    assert [wait(failure(), 0, draw) for draw in (0.0, 1.0)] == [0.5, 2.0]
    assert [wait(failure(), 1, draw) for draw in (0.0, 1.0)] == [0.5, 8.0]
    patient = Patience(retries=9)
    assert retry_wait(failure(), 8, patience=patient, jitter=lambda: 1.0) == 8.0


def test_after_two_retries_there_is_no_third() -> None:
    assert wait(failure(), retries=1) is not None
    assert wait(failure(), retries=2) is None


def test_a_host_that_cannot_be_reached_is_tried_once_more_only() -> None:
    unreachable = failure(Kind.UNREACHABLE)
    assert wait(unreachable) is not None
    assert wait(unreachable, retries=1) is None


def test_no_patience_means_no_retry_even_for_an_unreachable_host() -> None:
    none = Patience(retries=0)
    assert retry_wait(failure(Kind.UNREACHABLE), 0, none, lambda: 0.0) is None


@pytest.mark.parametrize("kind", [kind for kind in Kind if not kind.may_retry])
def test_what_asking_again_cannot_heal_is_not_asked_again(kind: Kind) -> None:
    assert wait(failure(kind, after_s=1)) is None


def test_a_final_failure_is_not_asked_again() -> None:
    final = Failure(kind=Kind.UNREACHABLE, message="Bad certificate.", final=True)
    assert wait(final) is None


def test_advice_names_the_time_to_try_again_only_where_it_is_too_long_to_wait() -> None:
    said = with_advice(failure(after_s=600), PATIENCE).message
    assert said == "Too many requests. Try again in about 10 minutes."
    for after_s in (None, 3.0, -1.0, math.nan, math.inf):
        assert with_advice(failure(after_s=after_s), PATIENCE).message == "Too many requests."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (1, "1 second"),
        (45, "45 seconds"),
        (90, "90 seconds"),
        (1200, "20 minutes"),
        (7200, "2 hours"),
        (259_200, "3 days"),
    ],
)
def test_durations_are_said_as_a_person_says_them(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
