"""What the official client loses of a stream, and ours does not: the same bytes, read by both."""

from typing import Any

import openai
import pytest

from council.core.delta import Delta
from council.core.failures import Kind
from tests.wire.scripted import DONE, FINISH, Exchange, Script, ask, chunk, ended, serving, text

COUNTS = (
    b'data: {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,'
    b'"cost":0.25}}\n\n'
)
ERROR = b'{"error":{"code":502,"message":"Upstream broke"}}'


def _says(data: bytes, kind: str = "text/event-stream") -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head(200, kind)
        await exchange.send(data)
        await exchange.done()

    return script


async def _by_the_official(url: str) -> dict[str, Any]:
    """Text, finish reason, usage and error, as its user gets them."""
    got: dict[str, Any] = {"text": "", "finish": None, "usage": None, "error": None}
    async with openai.AsyncOpenAI(base_url=url, api_key="k", max_retries=0) as client:
        try:
            chunks = await client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "Why?"}], stream=True
            )
            async for said in chunks:
                got["usage"] = said.usage or got["usage"]
                for choice in said.choices or ():
                    got["text"] += choice.delta.content or ""
                    got["finish"] = choice.finish_reason or got["finish"]
        except (openai.APIError, ValueError) as error:
            got["error"] = type(error).__name__
    return got


async def _both(data: bytes, kind: str = "text/event-stream") -> tuple[list[Delta], dict[str, Any]]:
    async with serving(_says(data, kind)) as server:
        return await ask(server.url), await _by_the_official(server.url)


@pytest.mark.parametrize("field", [b"error: ", b""])
async def test_an_error_that_is_no_data_is_heard(field: bytes) -> None:
    ours, theirs = await _both(chunk("half") + field + ERROR + b"\n\n" + DONE)
    assert theirs == {"text": "half", "finish": None, "usage": None, "error": None}
    assert (text(ours), ended(ours).outcome) == ("half", "failed")
    failure = ended(ours).failure
    assert failure is not None
    assert "Upstream broke" in failure.message


async def test_an_answer_that_is_only_an_error_is_an_error() -> None:
    ours, theirs = await _both(ERROR, "application/json")
    assert theirs == {"text": "", "finish": None, "usage": None, "error": None}
    failure = ended(ours).failure
    assert failure is not None
    assert failure.kind is Kind.PROVIDER_ERROR


async def test_a_stream_that_was_cut_off_is_not_done() -> None:
    ours, theirs = await _both(chunk("half"))
    assert theirs["error"] is None
    assert (text(ours), ended(ours).outcome) == ("half", "truncated")
    failure = ended(ours).failure
    assert failure is not None
    assert failure.kind is Kind.CUT_OFF


async def test_counts_and_cost_after_an_error_are_kept() -> None:
    ours, theirs = await _both(chunk("half") + b"data: " + ERROR + b"\n\n" + COUNTS)
    assert theirs["usage"] is None
    assert (ended(ours).usage.total, ended(ours).cost_usd) == (7, 0.25)
    assert (text(ours), ended(ours).outcome) == ("half", "failed")


async def test_an_empty_heartbeat_does_not_end_the_answer() -> None:
    ours, theirs = await _both(chunk("one") + b"data:\n\n" + chunk(" two") + FINISH + DONE)
    assert (theirs["text"], theirs["error"]) == ("one", "JSONDecodeError")
    assert (text(ours), ended(ours).outcome) == ("one two", "done")


async def test_the_event_behind_a_byte_order_mark_is_read() -> None:
    ours, theirs = await _both(b"\xef\xbb\xbf" + chunk("one") + chunk(" two") + FINISH + DONE)
    assert theirs["text"] == " two"
    assert text(ours) == "one two"


async def test_a_last_event_nobody_terminated_is_read() -> None:
    ours, theirs = await _both(chunk("one") + FINISH + COUNTS.rstrip())
    assert theirs["usage"] is None
    assert ended(ours).usage.total == 7


async def test_a_half_character_at_the_end_loses_nothing_before_it() -> None:
    cut = chunk("one") + b'data: {"choices":[{"delta":{"content":"\xe4\xbd'
    ours, theirs = await _both(cut)
    assert theirs["error"] == "UnicodeDecodeError"
    assert (text(ours), ended(ours).outcome) == ("one", "truncated")
