"""Shapes that real endpoints were seen to send, one minimal case each."""

import json
import time
from typing import Any

import pytest

from council.core.delta import Usage
from council.core.failures import Kind
from council.wire.sse import Decoder
from tests.wire.chunks import DONE, STOP, Read, body, finish, read, stream, words

ERROR = {"message": "Upstream broke", "code": 502}


def whole(**message: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message}]}


def piece(**given: Any) -> dict[str, Any]:
    function = {k: given.pop(k) for k in ("name", "arguments") if k in given}
    return words(tool_calls=[given | {"function": function}])


def calls(*chunks: Any) -> list[tuple[str, str, str]]:
    answer = read(*chunks, finish("tool_calls"), DONE)
    assert answer.outcome == "done"
    assert answer.ended.finish_reason == "tool_calls"
    return [(c.id, c.name, c.arguments) for c in answer.ended.tool_calls]


# Errors


@pytest.mark.parametrize(
    "data",
    [
        b'{"error": {"message": "Upstream broke", "code": 500}}\n\n',
        stream({"code": "InternalError", "message": "Upstream broke", "request_id": "r"}),
        stream({"errors": [{"message": "Upstream broke"}], "success": False}),
        stream({"detail": "Upstream broke"}),
        stream({"error": ERROR, "choices": [{"delta": {}, "finish_reason": "error"}]}, DONE),
        stream(finish("length") | {"error": ERROR}, DONE),
        b"event: error\ndata: Upstream broke\n\ndata: [DONE]\n\n",
        b'error: {"code":500,"message":"Upstream broke"}\n\ndata: [DONE]\n\n',
    ],
)
def test_an_error_is_heard_in_whatever_dress_it_comes(data: bytes) -> None:
    answer = Read(stream(words(content="kept")) + data)
    assert (answer.text, answer.outcome, answer.kind) == ("kept", "failed", Kind.PROVIDER_ERROR)
    assert answer.ended.failure is not None
    assert "Upstream broke" in answer.ended.failure.message


@pytest.mark.parametrize("null", [None, {}, "", False])
def test_an_error_field_that_is_empty_is_no_error(null: Any) -> None:
    assert read(words(content="a") | {"error": null}, STOP | {"error": null}).outcome == "done"


def test_a_filtered_prompt_that_comes_as_a_success_is_a_matter_of_policy() -> None:
    error = {"code": "content_filter", "message": "The prompt was filtered", "status": 400}
    assert body({"error": error}).kind is Kind.POLICY


def test_a_filtered_answer_without_a_message_is_filtered() -> None:
    choice = {"index": 0, "finish_reason": "content_filter", "content_filter_results": {}}
    assert body({"choices": [choice]}).outcome == "filtered"


# Framing

A, B = words(content="a"), words(content="b")


def lines(*chunks: Any, lead: str = "") -> bytes:
    return "".join(f"{lead}{c if isinstance(c, str) else json.dumps(c)}\n" for c in chunks).encode()


@pytest.mark.parametrize(
    "data",
    [
        lines(A, B, STOP),
        b"\xef\xbb\xbf" + lines(A, B, STOP),
        lines(A, B, STOP, lead="data: "),
        lines(A, B, STOP, DONE, lead="data:"),
        stream(A, "", B, STOP, "", DONE),
        stream(A, B, STOP, "[done]"),
        stream(A, B, STOP, '"[DONE]"'),
        stream(A, B, STOP, "bye"),
        stream(*(f"data: {json.dumps(c)}" for c in (A, B, STOP)), "data: [DONE]"),
        json.dumps([A, B, STOP]).encode(),
        b"retry: 3000\n: hello\n\n" + stream(A, B, STOP),
    ],
    ids=[
        *("json-lines", "bom-json-lines", "one-break", "one-break-done", "empty-data"),
        *("done-small", "done-quoted", "junk-after", "wrapped-twice", "array", "comment-first"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_answer_is_whole_in_whatever_frame_it_comes(data: bytes, size: int) -> None:
    answer = Read(data, size=size)
    assert (answer.text, answer.outcome) == ("ab", "done")


def test_events_with_one_line_break_are_read_as_they_come() -> None:
    decoder = Decoder()
    assert [e.data for e in decoder.feed(lines(A, B, lead="data: "))] == [json.dumps(A)]


def test_json_lines_that_are_cut_keep_what_came() -> None:
    answer = Read(lines(A, B) + b'{"choices": [{"del')
    assert (answer.text, answer.outcome, answer.kind) == ("ab", "truncated", Kind.CUT_OFF)


@pytest.mark.parametrize(
    "data",
    [
        b"upstream connect error or disconnect/reset before headers",
        stream({"message": {"role": "assistant", "content": "hi"}, "done": False}),
        stream({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "hi"}}),
        stream({"candidates": [{"content": {"parts": [{"text": "hi"}]}}]}),
    ],
    ids=["plain", "ollama", "anthropic", "gemini"],
)
def test_what_is_no_chat_completion_is_called_that(data: bytes) -> None:
    answer = Read(data)
    assert (answer.outcome, answer.kind) == ("failed", Kind.BAD_STREAM)
    assert answer.ended.failure is not None
    assert "not an answer" in answer.ended.failure.message


# Text


def test_azures_empty_first_chunk_and_choices_without_delta_say_nothing() -> None:
    first = {"id": "", "choices": [], "model": "", "prompt_filter_results": [{}]}
    late = {"choices": [{"index": 0, "content_filter_offsets": {}, "finish_reason": None}]}
    answer = read(first, words(content="a"), late, words(content="b"), STOP, DONE)
    assert (answer.text, answer.outcome) == ("ab", "done")


def test_an_empty_finish_and_text_after_it_are_no_end() -> None:
    after = {"choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": ""}]}
    answer = read(words(content="a"), finish("stop"), after, DONE)
    assert (answer.text, answer.outcome, answer.ended.finish_reason) == ("ab", "done", "stop")


@pytest.mark.parametrize("reason", ["eos", "tool_call", "end_turn", "STOP", "unheard_of"])
def test_a_finish_reason_nobody_agreed_on_is_an_end(reason: str) -> None:
    answer = read(words(content="a"), finish(reason))
    assert (answer.outcome, answer.ended.finish_reason) == ("done", reason)


def test_an_answer_in_an_object_is_its_json() -> None:
    assert json.loads(body(whole(content={"age": 3})).text) == {"age": 3}


def test_messages_in_a_stream_that_repeat_all_before_are_told_once() -> None:
    chunks = [whole(content="one " * n, reasoning="hm" * n) for n in range(1, 4)]
    answer = read(*chunks, STOP)
    assert (answer.text, answer.reasoning) == ("one one one ", "hmhmhm")


def test_messages_in_a_stream_that_are_pieces_are_put_together() -> None:
    answer = read(*(whole(content=t) for t in ("one", " two", " three")), STOP)
    assert answer.text == "one two three"


def test_a_message_at_the_end_that_repeats_the_deltas_adds_nothing() -> None:
    last = whole(content="one two", reasoning="hm", refusal=None)
    answer = read(words(reasoning="hm"), words(content="one"), words(content=" two"), last, STOP)
    assert (answer.text, answer.reasoning) == ("one two", "hm")


def test_text_where_completions_had_it_is_read_and_not_doubled() -> None:
    old = {"choices": [{"index": 0, "text": "a", "finish_reason": None}]}
    both = {"choices": [{"index": 0, "text": "b", "delta": {"content": "b"}}]}
    assert read(old, both, STOP).text == "ab"


def test_litellms_answer_number_one_is_the_answer_with_its_tool_call() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    thought = {"choices": [{"index": 0, "delta": {"reasoning_content": "hm"}}]}
    said = {"choices": [{"index": 1, "delta": {"content": "B", "tool_calls": [call]}}]}
    answer = read(thought, said, finish("tool_calls"), DONE)
    assert (answer.reasoning, answer.text, answer.outcome) == ("hm", "B", "done")
    assert [c.name for c in answer.ended.tool_calls] == ["f"]


def test_of_several_other_choices_one_is_read_when_choice_zero_is_silent() -> None:
    other = [{"choices": [{"index": n, "delta": {"content": t}}]} for n, t in ((1, "B"), (2, "C"))]
    assert read(*other, *other, STOP).text == "BB"


# Reasoning


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_text": "hm"},
        {"thinking": "hm"},
        {"thinking_blocks": [{"type": "thinking", "thinking": "hm", "signature": "s"}]},
        {"reasoning": {"content": "hm"}},
        {"content": None, "reasoning": "hm"},
        {"content": "", "reasoning_content": "hm", "reasoning": None},
        {"reasoning_content": "hm", "thinking_blocks": [{"type": "thinking", "thinking": "hm"}]},
    ],
)
def test_reasoning_has_more_spellings_than_four(delta: dict[str, Any]) -> None:
    answer = read(words(**delta), words(content="a"), STOP)
    assert (answer.reasoning, answer.text) == ("hm", "a")


def _details(*details: dict[str, Any]) -> dict[str, Any]:
    return words(content="", reasoning_details=list(details))


def test_encrypted_details_between_the_words_are_silent() -> None:
    answer = read(
        _details({"type": "reasoning.summary", "summary": "h", "index": 0}),
        _details({"type": "reasoning.encrypted", "data": "c2VjcmV0"}),
        _details({"type": "reasoning.text", "text": "m", "signature": None}),
        _details({"type": "reasoning.text", "text": None, "signature": "s"}),
        words(content="a"),
        STOP,
    )
    assert (answer.reasoning, answer.text) == ("hm", "a")


@pytest.mark.parametrize("is_turned", [False, True])
def test_two_spellings_in_chunks_of_their_own_are_heard_once(is_turned: bool) -> None:
    pairs = [(words(reasoning=t), _details({"text": t})) for t in ("h", "m")]
    chunks = [c for pair in pairs for c in (reversed(pair) if is_turned else pair)]
    assert read(*chunks, words(content="a"), STOP).reasoning == "hm"


def test_mistrals_parts_hold_thinking_and_text_in_one_list() -> None:
    def part(text: str) -> list[dict[str, Any]]:
        return [{"type": "thinking", "thinking": [{"type": "text", "text": text}]}]

    both = [*part("m"), {"type": "text", "text": "a"}, {"type": "reference", "reference_ids": [1]}]
    answer = read(words(content=part("h")), words(content=both), words(content="b"), STOP)
    assert (answer.reasoning, answer.text) == ("hm", "ab")


@pytest.mark.parametrize(
    "content",
    [
        {"type": "text", "text": "a"},
        [{"type": "output_text", "text": "a"}],
        ["a"],
        [{"type": "reasoning_text", "text": "hm"}, {"type": "text", "text": "a"}],
        [{"type": "redacted_thinking", "data": "c2VjcmV0"}, {"text": "a"}],
    ],
)
def test_parts_come_in_several_kinds(content: Any) -> None:
    assert read(words(content=content), STOP).text == "a"


# Tool calls


def test_an_id_that_is_reset_to_nothing_belongs_to_the_call_before() -> None:
    first = piece(index=0, id="a", type="function", name="f", arguments="")
    more = [piece(index=0, id="", type="", name="", arguments=t) for t in ('{"x"', ":1}")]
    assert calls(first, *more) == [("a", "f", '{"x":1}')]


def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    both = [{"id": i, "function": {"name": "f", "arguments": "{}"}} for i in ("a", "b")]
    assert calls(words(tool_calls=both)) == [("a", "f", "{}"), ("b", "f", "{}")]


def test_calls_without_index_and_id_are_told_apart_by_their_wholeness() -> None:
    both = [{"function": {"name": n, "arguments": "{}"}} for n in ("f", "f", "g")]
    assert [name for _, name, _ in calls(words(tool_calls=both))] == ["f", "f", "g"]
    numbered = [piece(index=0, name=n, arguments="{}") for n in ("f", "g")]
    assert [name for _, name, _ in calls(*numbered)] == ["f", "g"]


def test_a_name_repeated_in_every_piece_is_one_call() -> None:
    pieces = [piece(index=0, id="a", name="f", arguments=t) for t in ('{"x"', ":1}")]
    assert calls(*pieces) == [("a", "f", '{"x":1}')]


def test_calls_that_share_one_id_are_told_apart_by_their_wholeness() -> None:
    both = [piece(id="a", name="f", arguments=t) for t in ('{"x":1}', '{"x":2}')]
    assert calls(*both) == [("a", "f", '{"x":1}'), ("a", "f", '{"x":2}')]
    assert calls(both[0], both[0]) == [("a", "f", '{"x":1}')]


def test_an_empty_object_before_the_arguments_is_no_part_of_them() -> None:
    first = piece(index=0, id="a", name="f", arguments="{}")
    assert calls(first, piece(index=0, arguments='{"x":1}')) == [("a", "f", '{"x":1}')]
    assert calls(first, piece(index=0, arguments="")) == [("a", "f", "{}")]


def test_an_index_may_be_written_as_text() -> None:
    pieces = [
        piece(index="0", id="a", name="f", arguments='{"x"'),
        piece(index="0", arguments=":1}"),
    ]
    assert calls(*pieces) == [("a", "f", '{"x":1}')]
    assert read({"choices": [{"index": "0", "delta": {"content": "a"}}]}, A, STOP).text == "aa"


def test_calls_are_in_the_order_of_their_indexes() -> None:
    later, sooner = (piece(index=n, id=f"i{n}", name="f", arguments="{}") for n in (2, 1))
    assert [i for i, _, _ in calls(later, sooner)] == ["i1", "i2"]


def test_arguments_may_be_absent_null_or_an_object() -> None:
    assert calls(piece(index=0, id="a", name="f")) == [("a", "f", "")]
    assert calls(piece(index=0, id="a", name="f", arguments=None)) == [("a", "f", "")]
    assert calls(piece(index=0, id="a", name="f", arguments={"x": 1})) == [("a", "f", '{"x": 1}')]


def test_the_function_call_of_old_is_a_tool_call() -> None:
    pieces = [{"name": "f", "arguments": '{"x"'}, {"arguments": ":1}"}]
    assert calls(*(words(content=None, function_call=p) for p in pieces)) == [("", "f", '{"x":1}')]
    empty = body(whole(content="a", function_call={"name": "", "arguments": ""}))
    assert (empty.text, empty.ended.tool_calls) == ("a", ())


def test_calls_of_a_stream_that_broke_are_no_answer() -> None:
    answer = read(piece(index=0, id="a", name="f", arguments='{"x"'))
    assert (answer.outcome, answer.kind) == ("failed", Kind.CUT_OFF)


# Counts, cost, sources, who served


def test_running_counts_with_nulls_between_are_never_added() -> None:
    counts = [(5, 1, None), (5, 2, 7), (None, None, None), (5, 9, 14)]
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    chunks = [words(content="a") | {"usage": dict(zip(names, c, strict=True))} for c in counts]
    usage = read(*chunks, words(content="b") | {"usage": None}, STOP).ended.usage
    assert (usage.prompt, usage.completion, usage.total) == (5, 9, 14)


def test_a_total_that_leaves_reasoning_to_itself_is_told_as_it_is() -> None:
    counts = {
        "prompt_tokens": 468,
        "completion_tokens": 77,
        "total_tokens": 1127,
        "completion_tokens_details": {"reasoning_tokens": 582},
    }
    usage = read(words(content="a"), STOP, {"choices": [], "usage": counts}, DONE).ended.usage
    assert usage == Usage(prompt=468, completion=77, reasoning=582, total=1127)


def test_counts_written_as_text_are_counts() -> None:
    counts = {"prompt_tokens": "5", "completion_tokens": "x", "total_tokens": "9" * 40}
    usage = read(words(content="a"), STOP, {"choices": [], "usage": counts}, DONE).ended.usage
    assert usage == Usage(prompt=5)


def test_an_error_after_the_counts_loses_none_of_them() -> None:
    counts = {"prompt_tokens": 3, "completion_tokens": 0, "cost": 8.586e-05}
    answer = read({"usage": counts, "choices": []}, {"error": ERROR})
    assert (answer.ended.usage.prompt, answer.ended.cost_usd) == (3, 8.586e-05)


@pytest.mark.parametrize(
    "chunk",
    [
        {"citations": [{"url": "https://a.test/", "title": "A"}]},
        {"web_search": [{"link": "https://a.test/", "title": "A"}]},
        {"choices": [{"delta": {}, "message": {"annotations": [{"url": "https://a.test/"}]}}]},
        {"choices": [{"delta": {"context": {"citations": [{"url": "https://a.test/"}]}}}]},
        {"choices": [{"delta": {}, "citations": ["https://a.test/"]}]},
    ],
)
def test_sources_are_found_wherever_they_stand(chunk: dict[str, Any]) -> None:
    (source,) = read(words(content="a"), chunk, STOP).ended.sources
    assert source.url == "https://a.test/"


def test_who_served_behind_a_router_is_kept() -> None:
    first = words(content="a") | {"provider": "Novita", "model": "a/b"}
    assert read(first, STOP).ended.upstream == "Novita"
    gateway = {"gateway": {"routing": {"resolvedProvider": "x", "finalProvider": "vertex"}}}
    assert read(words(provider_metadata=gateway), STOP).ended.upstream == "vertex"
    assert read(words(content="a"), STOP).ended.upstream is None


# Size


def test_an_answer_repeated_in_every_chunk_takes_linear_time() -> None:
    """As Perplexity streams: all text and all search results again with every word."""
    page = {"url": "https://a.test/", "title": "A", "snippet": "s" * 400}
    pages = [page | {"url": f"https://a.test/{n}"} for n in range(20)]

    def seconds(count: int) -> float:
        chunks = []
        for n in range(count):
            told = whole(role="assistant", content="word " * (n + 1))["choices"][0]
            told["delta"] = {"content": "word "}
            chunks.append({"choices": [told], "search_results": pages, "citations": ["x"] * 20})
        data = stream(*chunks, STOP)
        started = time.process_time()
        answer = Read(data)
        took = time.process_time() - started
        assert answer.text == "word " * count
        assert len(answer.ended.sources) == 20
        return took / len(data)

    seconds(20)
    assert seconds(200) < 8 * min(seconds(20) for _ in range(3))


def test_a_call_in_pieces_that_all_repeat_its_name_takes_linear_time() -> None:
    def seconds(count: int) -> float:
        pieces = [piece(name="f", arguments="}" * 20) for _ in range(count)]
        data = stream(piece(name="f", arguments='{"a":"'), *pieces, finish("tool_calls"))
        started = time.process_time()
        (call,) = Read(data, max_chars=400_000).ended.tool_calls
        took = time.process_time() - started
        assert len(call.arguments) == 6 + 20 * count
        return took / count

    seconds(200)
    assert seconds(6_000) < 4 * min(seconds(200) for _ in range(3))
