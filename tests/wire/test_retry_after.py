import time
from typing import Any

import pytest

from council.wire.retry_after import retry_after_s

DATE = "Wed, 21 Oct 2015 07:28:00 GMT"
EPOCH = 1445412480


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "600"}, 600.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:07 GMT"}, 7.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:27:00 GMT"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "30s"}, 30.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e300"}, None),
        ({"retry-after": "1", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "1", "retry-after-ms": "0"}, 1.0),
        ({"x-ratelimit-reset": str(EPOCH * 1000 + 4000)}, 4.0),
        ({"x-ratelimit-reset": str(EPOCH + 5)}, 5.0),
        ({"x-ratelimit-reset": "6"}, 6.0),
        ({"x-ratelimit-reset": str(EPOCH * 1000 - 4000)}, None),
        ({}, None),
    ],
)
def test_every_way_of_saying_when_gives_seconds_or_nothing(
    headers: dict[str, str], expected: float | None
) -> None:
    assert retry_after_s({"date": DATE, **headers}, None) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"error": {"message": "Rate limit reached. Please try again in 1m30.5s."}}, 90.5),
        ({"error": {"message": "Please try again in 20ms. Visit https://a.test"}}, 0.02),
        ({"error": {"message": "Please retry after 26 seconds."}}, 26.0),
        ({"error": {"message": "Try again in 2 hours 5 minutes"}}, 7500.0),
        ({"error": {"message": "x", "details": [{"retryDelay": "34.5s"}]}}, 34.5),
        ("Please wait 7 s", 7.0),
        ("Try again with 4096 max_tokens, or wait.", None),
        ("Retry in 5 months", None),
        ({"error": {"message": "Please try again in 99999999 hours"}}, None),
        ({"error": {"message": "Please try again later. Limit 6000 tokens"}}, None),
        ({"error": {"message": "Limit 20, used 20. Try again."}}, None),
    ],
)
def test_words_say_when_where_no_header_does(error: Any, expected: float | None) -> None:
    assert retry_after_s({}, error) == expected
    assert retry_after_s({"retry-after": "3"}, error) == 3.0


@pytest.mark.parametrize("piece", ["again ", "retry 1s ", "1s ", "1m1"])
def test_words_without_end_take_no_time(piece: str) -> None:
    started = time.process_time()
    retry_after_s({}, "retry " + piece * 200_000)
    assert time.process_time() - started < 0.2


def test_headers_quoted_in_the_body_count_by_our_own_clock() -> None:
    reset = str(int((time.time() + 20) * 1000))
    error = {"error": {"metadata": {"headers": {"X-RateLimit-Reset": reset}}}}
    wait = retry_after_s({}, error)
    assert wait is not None
    assert 15 < wait <= 20
