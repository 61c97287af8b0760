from typing import Any

import pytest

from council.core.delta import Source
from council.core.failures import Kind
from tests.wire.chunks import COUNTS, DONE, STOP, Read, body, finish, read, stream, words

# How it ended


@pytest.mark.parametrize(
    ("chunks", "outcome"),
    [
        ([words(content="a"), STOP], "done"),
        ([words(content="a"), finish("eos")], "done"),
        ([words(content="a"), DONE], "done"),
        ([words(content="a"), COUNTS], "done"),
        ([words(content="a")], "truncated"),
        (
            [words(content="a"), {**words(), **COUNTS, "choices": []}, words(content="b")],
            "truncated",
        ),
        ([words(content="a") | {"usage": {"total_tokens": 3}}, COUNTS], "truncated"),
        ([words(content="a"), finish("length")], "truncated"),
        ([words(content="a"), finish("content_filter")], "filtered"),
        ([finish("SAFETY")], "filtered"),
        ([words(refusal="I can"), words(refusal="not."), STOP], "refused"),
        ([words(content="a"), finish("error")], "failed"),
        ([words(content=" \n"), STOP], "empty"),
        ([words(role="assistant", content=""), DONE], "empty"),
        ([words(reasoning="hm"), finish("length")], "empty"),
        ([words(reasoning="hm")], "failed"),
        ([], "empty"),
    ],
)
def test_the_outcome_follows_the_evidence(chunks: list[Any], outcome: str) -> None:
    assert read(*chunks).outcome == outcome


def test_an_answer_cut_inside_its_last_event_is_truncated_with_a_reason() -> None:
    answer = Read(stream(words(content="half")) + b'data: {"choices":[{"del')
    assert (answer.text, answer.outcome, answer.kind) == ("half", "truncated", Kind.CUT_OFF)


def test_the_last_finish_reason_that_says_something_counts() -> None:
    answer = read(words(content="a"), finish("stop"), finish(""), COUNTS, DONE)
    assert answer.ended.finish_reason == "stop"


def test_nothing_after_done_counts() -> None:
    assert read(words(content="a"), STOP, DONE, words(content="b")).text == "a"


def test_text_after_the_finish_reason_counts() -> None:
    assert read(words(content="a"), STOP, words(content="b"), DONE).text == "ab"


# Errors inside a success

ERROR = {"message": "Upstream broke", "code": 502}


@pytest.mark.parametrize(
    "data",
    [
        stream({"error": ERROR, "user_id": "u"}),
        stream({"choices": [{"delta": {}, "finish_reason": "stop"}], "error": ERROR}, DONE),
        stream({"choices": [{"delta": {}, "error": ERROR, "finish_reason": "length"}]}),
        stream({"error": "Upstream broke"}),
        stream({"x_groq": {"error": "Upstream broke"}, "choices": []}),
        stream({"object": "error", **ERROR}),
        b"event: error\n" + stream({"error": ERROR}),
        b"event: error\ndata: Upstream broke\n\n",
        b'error: {"code": 502, "message": "Upstream broke"}\n\n',
    ],
)
def test_an_error_in_the_stream_fails_and_keeps_the_text(data: bytes) -> None:
    answer = Read(stream(words(content="kept")) + data)
    assert (answer.text, answer.outcome, answer.kind) == ("kept", "failed", Kind.PROVIDER_ERROR)
    assert answer.ended.failure is not None
    assert "Upstream broke" in answer.ended.failure.message


def test_counts_that_follow_an_error_are_still_read() -> None:
    answer = read({"error": ERROR}, COUNTS | {"usage": {"total_tokens": 4, "cost": 0.25}})
    assert answer.ended.usage.total == 4
    assert answer.ended.cost_usd == 0.25


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"code": "429", "message": "slow"}, Kind.RATE_LIMITED),
        ({"code": "rate_limit_exceeded", "message": ""}, Kind.RATE_LIMITED),
        ({"code": "context_length_exceeded"}, Kind.CONTEXT_TOO_LONG),
        ({"code": "content_filter", "status": 400}, Kind.POLICY),
        ({"type": "invalid_request_error", "status_code": 400}, Kind.BAD_REQUEST),
        ({"code": 401}, Kind.BAD_KEY),
        ("anything", Kind.PROVIDER_ERROR),
    ],
)
def test_an_error_in_the_stream_has_its_own_kind(error: Any, kind: Kind) -> None:
    assert read({"error": error}).kind is kind


@pytest.mark.parametrize("junk", ["{not json", '"a string"', "12", "[" * 100_000])
def test_junk_between_events_is_a_bad_stream(junk: str) -> None:
    answer = read(words(content="a"), junk, words(content="b"), STOP, DONE)
    assert (answer.text, answer.outcome, answer.kind) == ("a", "truncated", Kind.BAD_STREAM)


def test_a_line_too_long_is_a_bad_stream() -> None:
    assert Read(b"data: " + b"x" * 2_000_000).kind is Kind.BAD_STREAM


# What is said


def test_content_in_parts_gives_text_and_reasoning() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    answer = read(words(content=[thinking, {"type": "text", "text": "yes"}]), STOP)
    assert (answer.text, answer.reasoning) == ("yes", "hm")


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning": "hm"},
        {"reasoning_content": "hm"},
        {"reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}]},
        {"reasoning": "hm", "reasoning_content": "hm", "reasoning_details": [{"text": "hm"}]},
        {"reasoning": None, "reasoning_content": "hm"},
    ],
)
def test_reasoning_in_any_spelling_is_read_once(delta: dict[str, Any]) -> None:
    answer = read(words(**delta), words(content="a"), STOP)
    assert (answer.reasoning, answer.text) == ("hm", "a")


def test_details_that_repeat_earlier_reasoning_are_not_said_again() -> None:
    answer = read(words(reasoning="hm"), words(reasoning_details=[{"text": "hm"}]), STOP)
    assert answer.reasoning == "hm"


@pytest.mark.parametrize(
    "chunk",
    [
        {},
        {"choices": None},
        {"choices": []},
        {"choices": [None, 3]},
        {"choices": [{}]},
        {"choices": [{"index": 0, "delta": None, "finish_reason": None}]},
        {"choices": [{"delta": {"content": None, "tool_calls": None, "annotations": 7}}]},
        {"choices": "x", "usage": "y", "model": 4},
        {"__proto__": {"x": 1}, "execute": "rm"},
    ],
)
def test_a_chunk_that_says_nothing_changes_nothing(chunk: Any) -> None:
    answer = read(words(content="a"), chunk, words(content="b"), STOP)
    assert (answer.text, answer.outcome) == ("ab", "done")


def test_the_other_choices_of_one_request_are_not_mixed_in() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "B"}}]}
    assert read(other, words(content="a"), other, STOP).text == "a"


def test_an_answer_numbered_one_counts_where_choice_zero_is_silent() -> None:
    other = {"choices": [{"index": 1, "delta": {"content": "B"}, "finish_reason": "stop"}]}
    answer = read(words(reasoning="hm"), other, DONE)
    assert (answer.text, answer.outcome) == ("B", "done")


def test_a_pair_of_surrogates_cut_in_two_is_one_character() -> None:
    data = stream(r'{"choices":[{"delta":{"content":"a\ud83d"}}]}')
    data += stream(r'{"choices":[{"delta":{"content":"\ude80b"}}]}', STOP)
    assert Read(data).text == "a🚀b"


def test_nul_and_lone_surrogates_become_the_replacement_character() -> None:
    data = stream(r'{"choices":[{"delta":{"content":"a\u0000b\udc00c\ud83d"}}]}', STOP)
    assert Read(data).text == "a\ufffdb\ufffdc\ufffd"


def test_an_answer_over_its_limit_is_cut_exactly_there() -> None:
    answer = Read(stream(words(content="abc"), words(content="defg"), STOP, DONE), max_chars=5)
    assert (answer.text, answer.outcome, answer.kind) == ("abcde", "truncated", Kind.TOO_LONG)


def test_reasoning_without_end_is_cut_too() -> None:
    answer = Read(stream(*[words(reasoning="hm" * 50)] * 9), max_chars=300)
    assert answer.kind is Kind.TOO_LONG


# Counts, cost, sources, tools


@pytest.mark.parametrize(
    "last",
    [
        COUNTS,
        words(content="") | {"usage": COUNTS["usage"]},
        {"choices": [{"delta": {}, "usage": COUNTS["usage"]}]},
        {"choices": [], "x_groq": {"usage": COUNTS["usage"]}},
    ],
)
def test_counts_are_found_wherever_they_hide(last: Any) -> None:
    usage = read(words(content="a"), STOP, last, DONE).ended.usage
    assert (usage.prompt, usage.completion, usage.total) == (5, 2, 9)


def test_running_counts_are_taken_last_and_never_added() -> None:
    first = words(content="a") | {"usage": {"prompt_tokens": 5, "completion_tokens": None}}
    second = words(content="b") | {"usage": {"prompt_tokens": 5, "completion_tokens": 2}}
    null = words() | {"usage": {"prompt_tokens": None, "completion_tokens": None}}
    usage = read(first, second, null, STOP).ended.usage
    assert (usage.prompt, usage.completion, usage.total) == (5, 2, None)


def test_details_of_the_counts_are_read() -> None:
    details = {
        "completion_tokens_details": {"reasoning_tokens": 7},
        "prompt_tokens_details": {"cached_tokens": 3},
    }
    usage = read(words(content="a"), STOP, {"usage": details}).ended.usage
    assert (usage.reasoning, usage.cached, usage.prompt) == (7, 3, None)


@pytest.mark.parametrize(
    ("cost", "expected"),
    [
        (8.5e-05, 8.5e-05),
        (0, 0.0),
        ({"total_cost": 0.5}, 0.5),
        ({}, None),
        (None, None),
        (-1, None),
        (True, None),
        (999_999_999_999, None),
        (float("nan"), None),
        ("0.1", None),
    ],
)
def test_the_cost_is_known_or_unknown_but_never_invented(cost: Any, expected: Any) -> None:
    ended = read(words(content="a"), STOP, {"usage": {"cost": cost}}).ended
    assert ended.cost_usd == expected
    assert ended.cost_source == ("unknown" if expected is None else "provider")


def test_sources_of_every_kind_are_listed_once_and_only_web_addresses() -> None:
    note = {"type": "url_citation", "url_citation": {"url": "https://a.test/", "title": "A\n1"}}
    chunk = words(annotations=[note, {"url": "javascript:alert(1)"}])
    chunk |= {"citations": ["https://b.test/", "https://a.test/", 5]}
    chunk |= {"search_results": [{"url": "https://b.test/", "title": "B"}]}
    sources = read(words(content="a"), chunk, STOP).ended.sources
    assert sources == (
        Source(url="https://a.test/", title="A 1"),
        Source(url="https://b.test/", title="B"),
    )


def _call(**piece: Any) -> dict[str, Any]:
    function = {k: piece.pop(k) for k in ("name", "arguments") if k in piece}
    return words(tool_calls=[piece | {"function": function}])


@pytest.mark.parametrize(
    "pieces",
    [
        [
            _call(index=1, id="a", name="f", arguments=""),
            _call(index=1, id="", arguments='{"x"'),
            _call(index=1, arguments=":1}"),
            _call(index=2, id="b", name="g", arguments=None),
        ],
        [_call(id="a", name="f", arguments='{"x":1}'), _call(id="b", name="g", arguments="")],
        [
            _call(index=0, id="a", name="f", arguments='{"x":1}'),
            _call(index=0, id="b", name="g", arguments=""),
        ],
    ],
)
def test_tool_calls_are_put_together_from_their_pieces(pieces: list[Any]) -> None:
    answer = read(*pieces, finish("tool_calls"))
    assert [(c.id, c.name, c.arguments) for c in answer.ended.tool_calls] == [
        ("a", "f", '{"x":1}'),
        ("b", "g", ""),
    ]
    assert answer.outcome == "done"


def test_the_model_that_served_is_the_one_the_stream_names() -> None:
    answer = read({"model": ""}, {**words(content="a"), "model": "m-2"}, STOP)
    assert answer.ended.model_served == "m-2"


# Whole bodies


def test_a_whole_body_is_read_like_a_stream() -> None:
    message = {"content": {"age": 3}, "reasoning_content": "hm"}
    answer = body({"choices": [{"message": message}], "usage": {"total_tokens": 4}})
    assert (answer.text, answer.reasoning, answer.outcome) == ('{"age": 3}', "hm", "done")
    assert answer.ended.usage.total == 4


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ({"error": {"code": 502, "message": "x"}}, "failed"),
        ([{"error": {"code": 502}}], "failed"),
        ({"message": "no"}, "failed"),
        ({"detail": "no"}, "failed"),
        ({"choices": []}, "empty"),
        ({"choices": [{"finish_reason": "content_filter"}]}, "filtered"),
        ({"choices": [{"message": {"refusal": "No."}, "finish_reason": "stop"}]}, "refused"),
    ],
)
def test_a_whole_body_without_an_answer_says_why(value: Any, outcome: str) -> None:
    assert body(value).outcome == outcome


@pytest.mark.parametrize("data", [b"<html>login</html>", b'{"choices": [', b"[]"])
def test_a_body_that_is_no_answer_is_a_bad_stream(data: bytes) -> None:
    assert (Read(data).outcome, Read(data).kind) == ("failed", Kind.BAD_STREAM)
