"""How servers say that an answer ended, and why there is none: their words, one case each."""

import json
from typing import Any

import pytest

from council.core.failures import Kind
from council.wire.faults import Faults
from tests.wire.chunks import DONE, Read, finish, read, words

FILTERED = [
    *("content_filter", "content_filtered", "ContentFilter", "guardrail_intervened", "SAFETY"),
    *("IMAGE_SAFETY", "SPII", "ERROR_TOXIC", "RECITATION", "PROHIBITED_CONTENT", "sensitive"),
    *("blocked", "BLOCKLIST", "moderation"),
]
CUT = [
    *("length", "Length", "max_tokens", "MAX_TOKENS", "max_output_tokens", "maxTokens"),
    *("token_limit", "length_limit", "model_length", "model_context_window_exceeded"),
    *("incomplete", "truncated", "pause_turn"),
]
FAILED = [
    *("error", "network_error", "server_error", "insufficient_system_resource", "failed"),
    *("abort", "aborted", "cancelled", "USER_CANCEL", "timeout", "timed_out", "overloaded"),
    *("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "rate_limit", "ERROR_LIMIT"),
]
ENDED = [
    *("stop", "STOP", "eos", "eos_token", "stop_sequence", "end_turn", "COMPLETE", "finished"),
    *("tool_calls", "tool_use", "function_call", "unheard_of"),
]
SILENT = [
    *("null", "none", "None", "unknown", "UNKNOWN", "FINISH_REASON_UNSPECIFIED", "other", ""),
]


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        *(("filtered", reason) for reason in FILTERED),
        *(("truncated", reason) for reason in CUT),
        *(("failed", reason) for reason in FAILED),
        *(("done", reason) for reason in ENDED),
        ("refused", "refusal"),
        ("refused", "REFUSED"),
    ],
)
def test_a_finish_reason_is_read_by_the_parts_of_its_words(outcome: str, reason: str) -> None:
    assert read(words(content="a"), finish(reason)).outcome == outcome
    assert read(words(content="a"), finish(reason), DONE).outcome == outcome


@pytest.mark.parametrize("reason", SILENT)
def test_a_finish_reason_that_says_nothing_is_no_end(reason: str) -> None:
    assert read(words(content="a"), finish(reason)).outcome == "truncated"
    assert read(words(content="a"), finish(reason), DONE).outcome == "done"
    assert read(words(content="a"), finish("length"), finish(reason), DONE).outcome == "truncated"


def _failure(status: int, body: Any) -> tuple[Kind, str]:
    failure = Faults("Acme").from_answer(status, {}, json.dumps(body).encode())
    return failure.kind, failure.message


TOO_LONG = [
    (400, "The input token count (1200000) exceeds the maximum number of tokens allowed (9)."),
    (400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."),
    (400, "input length and `max_tokens` exceed context limit: 199000 + 4000 > 200000"),
    (400, "Range of input length should be [1, 30720]"),
    (400, "Your request exceeded model token limit: 8192"),
    (400, "Input tokens exceed the configured limit of 272000 tokens."),
    (400, "Prompt exceeds max length"),
    (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096."),
    (413, "Request too large for model `x` on tokens per minute: rate_limit_exceeded"),
]
NO_CREDIT = [
    (400, "Your credit balance is too low to access the Anthropic API."),
    (403, "Your newly created teams doesn't have any credits yet."),
    (401, "insufficient_quota: You exceeded your current quota."),
    (429, "exceeded_current_quota_error: please check your account balance"),
]
POLICY = [
    (400, "data_inspection_failed: Input data may contain inappropriate content."),
    (400, "Blocked by guardrail"),
]
FORBIDDEN = [
    (400, "User location is not supported for the API use."),
    (403, "Country, region, or territory not supported"),
]
BAD_KEY = [
    (400, "API key expired. Please renew the API key."),
    (400, "invalid x-api-key"),
    (401, "Rate limit information is not available without a key"),
]
RATE_LIMITED = [
    (429, "You exceeded your current quota, please check your plan and billing details."),
    (429, "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests."),
]


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        *((Kind.CONTEXT_TOO_LONG, *case) for case in TOO_LONG),
        *((Kind.NO_CREDIT, *case) for case in NO_CREDIT),
        *((Kind.POLICY, *case) for case in POLICY),
        *((Kind.FORBIDDEN, *case) for case in FORBIDDEN),
        *((Kind.BAD_KEY, *case) for case in BAD_KEY),
        *((Kind.RATE_LIMITED, *case) for case in RATE_LIMITED),
        (Kind.PROVIDER_ERROR, 529, "Overloaded"),
        (Kind.BAD_REQUEST, 400, "max_tokens is too large: 9"),
    ],
)
def test_words_say_more_of_a_failure_than_its_status(kind: Kind, status: int, message: str) -> None:
    assert _failure(status, {"error": {"message": message}})[0] is kind


@pytest.mark.parametrize(
    "data",
    [
        b'\xef\xbb\xbf{"error": {"message": "it broke"}}',
        b'data: {"error": {"message": "it broke"}}\n\n',
        b'{"Message": "it broke"}',
        b'[{"error": {"message": "it broke"}}]',
        b'{"error": {"message": {"detail": ["it broke"]}}}',
    ],
)
def test_the_cause_of_a_refusal_is_found_in_whatever_body(data: bytes) -> None:
    failure = Faults("Acme").from_answer(503, {}, data)
    assert failure.message == "Acme reports an error of its own (503): it broke."


@pytest.mark.parametrize(
    "body",
    [
        {"base_resp": {"status_code": 1008, "status_msg": "it broke"}, "choices": None},
        {"error_code": 336003, "error_msg": "it broke"},
        {"error": True, "message": "it broke"},
        {"error": '{"error": {"message": "it broke"}}'},
    ],
)
def test_the_cause_of_an_error_is_found_where_few_put_it(body: Any) -> None:
    for answer in (read(body), Read(json.dumps(body).encode())):
        assert (answer.outcome, answer.kind) == ("failed", Kind.PROVIDER_ERROR)
        assert answer.ended.failure is not None
        assert answer.ended.failure.message == "Acme reports an error of its own: it broke."


def test_a_success_that_says_so_is_no_error() -> None:
    well = {"base_resp": {"status_code": 0, "status_msg": "success"}, "choices": []}
    assert read(words(content="a"), well, finish("stop")).outcome == "done"
