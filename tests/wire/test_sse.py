import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.wire.sse import Decoder, Event, LineTooLongError


def _events(*pieces: bytes, limit: int = 1000) -> list[Event]:
    decoder = Decoder(limit)
    return [e for p in pieces for e in decoder.feed(p)] + decoder.flush()


def _data(*pieces: bytes) -> list[str]:
    return [event.data for event in _events(*pieces)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_ends_a_line(end: bytes) -> None:
    assert _data(end.join([b"data: a", b"data: b", b"", b"data:c", b"", b""])) == ["a\nb", "c"]


def test_a_crlf_cut_in_two_is_one_line_end() -> None:
    assert _data(b"data: a\r", b"\ndata: b\r", b"\n\r", b"\n") == ["a\nb"]


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert _data(b"data:  a \n\ndata:b\n\n") == [" a ", "b"]


def test_a_byte_order_mark_is_not_part_of_the_first_field() -> None:
    assert _data(b"\xef\xbb", b"\xbfdata: a\n\n") == ["a"]


def test_comments_ids_and_retries_are_no_events() -> None:
    assert _data(b": ping\n\nid: 4\nretry: 10\n\ndata: a\nid: 5\n\n") == ["a"]


def test_an_event_has_the_name_it_was_given_and_the_next_has_none() -> None:
    stream = b"event: error\ndata: bad\n\ndata: good\n\n"
    assert _events(stream) == [Event("error", "bad"), Event("", "good")]


def test_a_field_named_error_is_an_error_event() -> None:
    assert _events(b'error: {"code": 500}\n') == [Event("error", '{"code": 500}')]


def test_a_line_separator_inside_text_does_not_split() -> None:
    assert _data("data: a\u2028b\u2029c\u0085d\n\n".encode()) == ["a\u2028b\u2029c\u0085d"]


def test_an_event_nobody_terminated_counts() -> None:
    assert _data(b"data: a\n\ndata: b") == ["a", "b"]


def test_bytes_that_are_no_utf8_become_the_replacement_character() -> None:
    assert _data(b"data: a\xffb\n\n") == ["a\ufffdb"]


@pytest.mark.parametrize("half", [b"x" * 501, b"data: " + b"x" * 501 + b"\n"])
def test_what_is_longer_than_the_limit_is_refused(half: bytes) -> None:
    decoder = Decoder(limit=1000)
    assert decoder.feed(half) == []
    with pytest.raises(LineTooLongError):
        decoder.feed(half)


def test_one_byte_at_a_time_takes_linear_time() -> None:
    def seconds(size: int) -> float:
        decoder, started = Decoder(), time.perf_counter()
        for _ in range(size):
            decoder.feed(b"x")
        return time.perf_counter() - started

    short = min(seconds(20_000) for _ in range(3))
    assert seconds(200_000) < 40 * short  # quadratic time would be a hundredfold


_LINES = st.sampled_from(
    ["data: {}", "data:é", "data: 😀\u2028", ": c", "event: error", "error: x", "", "id: 1", "data"]
)
_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(st.lists(st.tuples(_LINES, _ENDS)), st.data())
def test_any_split_of_any_stream_gives_the_same_events(
    lines: list[tuple[str, str]], data: st.DataObject
) -> None:
    stream = "".join(line + end for line, end in lines).encode()
    cuts = data.draw(st.lists(st.integers(0, len(stream))).map(sorted))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    assert _events(*pieces) == _events(stream)
