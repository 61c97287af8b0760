import math
from datetime import UTC, datetime

import pytest

from council.core.failures import Failure, Kind
from council.core.patience import in_words, retry_wait, saying, with_advice
from council.core.plan import Patience

PATIENCE = Patience()
LATE = datetime(2026, 3, 9, 23, 30, 30, tzinfo=UTC)


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


@pytest.mark.parametrize(
    ("after_s", "advice"),
    [
        (600, "Try again in about 10 minutes (after 23:41 UTC)."),
        (31, "Try again in about 31 seconds (after 23:32 UTC)."),
        (7200, "Try again in about 2 hours (after 01:31 UTC on 10 March)."),
    ],
)
def test_advice_names_the_time_to_try_again_where_it_is_too_long_to_wait(
    after_s: float, advice: str
) -> None:
    said = with_advice(failure(after_s=after_s), PATIENCE, LATE).message
    assert said == f"Too many requests. {advice}"


def test_no_advice_where_the_wait_is_short_or_unknown() -> None:
    for after_s in (None, 3.0, -1.0, math.nan, math.inf):
        assert with_advice(failure(after_s=after_s), PATIENCE, LATE).message == "Too many requests."


@pytest.mark.parametrize(
    ("message", "said"),
    [("Slow down", "Slow down. Wait."), ("Slow down!", "Slow down! Wait."), ("…", "… Wait.")],
)
def test_a_sentence_is_added_without_doubled_or_missing_full_stops(message: str, said: str) -> None:
    assert saying(Failure(kind=Kind.RATE_LIMITED, message=message), "Wait.").message == said


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
