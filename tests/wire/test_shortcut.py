"""Most chunks are read by a short cut; here every chunk is also read the long way round."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.core.delta import Delta
from council.wire.faults import Faults
from council.wire.payload import JSON, plain_text
from council.wire.reading import Reader
from tests.wire import corpus
from tests.wire.chunks import STOP, stream, words


class LongWayRound(Reader):
    def _chunk(self, chunk: dict[str, JSON]) -> None:
        self._any_chunk(chunk)


def _deltas(reader: Reader, pieces: list[bytes]) -> tuple[list[Delta], int]:
    deltas = [delta for piece in pieces for delta in reader.feed(piece)]
    return [*deltas, *reader.end()], reader.heard


def _both_ways(pieces: list[bytes]) -> None:
    short, long = (kind(Faults("x"), max_chars=1_000_000) for kind in (Reader, LongWayRound))
    assert _deltas(short, pieces) == _deltas(long, pieces)


_NOTE = {"url_citation": {"url": "https://a.test/"}}
_FULL: dict[str, Any] = {"error": "e", "content": "c", "name": "n", "annotations": [_NOTE]}
_FULL |= {"total_tokens": 3, "usage": {"total_tokens": 4}}
_ODD = [None, "", 0, 1, "x", [], {}, ["https://a.test/"], [_NOTE], [_FULL], _FULL]
_NAMES = [
    "error", "usage", "x_groq", "annotations", "citations", "search_results", "references",
    "web_search", "context", "provider", "provider_metadata", "model", "id", "object", "detail",
    "message", "text", "refusal", "reasoning", "reasoning_content", "reasoning_details", "thinking",
    "tool_calls", "function_call", "role", "logprobs", "index", "finish_reason", "type",
]  # fmt: skip
_MORE = st.dictionaries(st.sampled_from(_NAMES), st.sampled_from(_ODD), max_size=2)
_TEXT = st.sampled_from(["a", "", " ", "\ud83d", "\ude80", "\0", None, ["b"], {"c": 1}])


@st.composite
def _chunk(draw: st.DrawFn) -> dict[str, Any]:
    delta = draw(_MORE) | {"content": draw(_TEXT)}
    choice = {"index": 0, "delta": draw(st.sampled_from([delta, delta, delta, None]))}
    choices = [choice | draw(_MORE)] * draw(st.sampled_from([1, 1, 1, 0, 2]))
    return {"choices": choices} | draw(_MORE)


@given(st.lists(_chunk(), max_size=6))
def test_the_short_cut_and_the_long_way_read_the_same(chunks: list[dict[str, Any]]) -> None:
    _both_ways([stream(chunk) for chunk in chunks])


@pytest.mark.parametrize("name", _NAMES)
def test_no_field_is_overlooked_by_the_short_cut(name: str) -> None:
    for odd in _ODD:
        for place in range(3):
            fields: list[dict[str, Any]] = [{}, {"index": 0}, {"content": "b"}]
            fields[place] |= {name: odd}
            chunk, choice, delta = fields
            odd_one = chunk | {"choices": [choice | {"delta": delta}]}
            _both_ways([stream(c) for c in (words(content="a"), odd_one, words(content="c"), STOP)])


@corpus.needs_corpus
@pytest.mark.parametrize("split", ["recorded", "random:1"])
def test_they_read_the_same_in_all_that_was_recorded(split: str) -> None:
    for side in corpus.sides("stream", "json", "error"):
        _both_ways(corpus.pieces(side, corpus.data_of(side), split))


def test_what_most_providers_send_takes_the_short_cut() -> None:
    delta: Any = {"role": "assistant", "content": "a", "refusal": None, "tool_calls": []}
    choice = {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}
    chunk = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "usage": None,
    }
    assert plain_text(chunk | {"choices": [choice]}) == "a"
    assert plain_text(json.loads('{"choices":[{"delta":{"content":"a"}}]}')) == "a"
