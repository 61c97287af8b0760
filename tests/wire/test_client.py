import asyncio
import gzip
import json
from typing import Any

import pytest

from council.core.delta import Connected, Ended, Queued, Text
from council.core.failures import Kind
from council.wire.client import Client, Provider
from tests.wire.scripted import (
    DONE,
    FINISH,
    Exchange,
    Script,
    ask,
    chunk,
    ended,
    request,
    serving,
    text,
)

SECRET = "sk-sentinel-0123456789"


async def _hello(exchange: Exchange) -> None:
    await exchange.head()
    for piece in (chunk("Hel"), chunk("lo"), FINISH, DONE):
        await exchange.send(piece)
    await exchange.done()


def _says(*pieces: bytes) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for piece in pieces:
            await exchange.send(piece)
        await exchange.done()

    return script


def _declines(status: int, body: bytes, kind: str = "application/json", **more: str) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head(status, kind, **more)
        await exchange.send(body)
        await exchange.done()

    return script


async def test_a_whole_answer_arrives_as_connected_text_and_one_end() -> None:
    async with serving(_hello) as server:
        deltas = await ask(server.url)
    assert isinstance(deltas[0], Connected)
    assert text(deltas) == "Hello"
    assert ended(deltas).outcome == "done"
    assert ended(deltas).host == server.url.removeprefix("http://").removesuffix("/v1")


async def test_the_request_carries_the_key_in_its_header_only() -> None:
    async with serving(_hello) as server:
        await ask(server.url, request(temperature=0.0, max_tokens=9), key=SECRET)
    seen = server.seen[0]
    assert seen.headers["authorization"] == f"Bearer {SECRET}"
    assert SECRET not in seen.path + json.dumps(seen.body)
    assert seen.path == "/v1/chat/completions"
    assert seen.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "Why?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.0,
        "max_tokens": 9,
    }


async def test_openai_and_openrouter_are_asked_in_their_own_words() -> None:
    async with serving(_hello) as server:
        known = {n: Provider(n, server.url) for n in ("openai", "openrouter")}
        client = Client(known)
        for model in ("openai/gpt-5", "openrouter/a/b:free"):
            asked = request(model=model, temperature=0.0, max_tokens=7, json_schema={"a": 1})
            assert ended([d async for d in client.ask(asked)]).outcome == "done"
        await client.aclose()
    openai, openrouter = (e.body for e in server.seen)
    assert openai["max_completion_tokens"] == 7
    assert "temperature" not in openai
    assert openrouter["model"] == "a/b:free"
    assert openrouter["usage"] == {"include": True}
    assert openrouter["response_format"]["json_schema"]["schema"] == {"a": 1}
    assert server.seen[1].headers["x-title"] == "Fusion Council"


async def test_a_finished_connection_is_used_again() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.send(chunk("Hello") + DONE)
        await asyncio.sleep(0.002)
        await exchange.done()

    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        for _ in range(3):
            assert text([d async for d in client.ask(request())]) == "Hello"
        await client.aclose()
    assert len({id(e.writer) for e in server.seen}) == 1


async def test_an_unknown_provider_is_a_failure_with_a_sentence() -> None:
    deltas = [d async for d in Client({}).ask(request(model="nobody/m"))]
    failure = ended(deltas).failure
    assert failure is not None
    assert failure.kind is Kind.NO_SUCH_MODEL
    assert "nobody" in failure.message


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"error": {"message": "No auth"}}, "bad_key"),
        (400, {"error": {"message": "API key not valid. Please pass one."}}, "bad_key"),
        (402, {"error": {"message": "pay"}}, "no_credit"),
        (429, {"error": {"code": "insufficient_quota", "message": "quota"}}, "no_credit"),
        (403, {"error": "no"}, "forbidden"),
        (403, {"error": {"message": "Your input was flagged"}}, "policy"),
        (404, {"error": {"message": "no endpoints"}}, "no_such_model"),
        (400, {"error": {"message": "x is not a valid model ID"}}, "no_such_model"),
        (400, {"error": {"code": "context_length_exceeded"}}, "context_too_long"),
        (413, {}, "context_too_long"),
        (422, {"detail": [{"msg": "extra field"}]}, "bad_request"),
        (429, {}, "rate_limited"),
        (408, {}, "provider_error"),
        (500, {"error": "context size"}, "provider_error"),
        (529, {}, "provider_error"),
        (301, {}, "unreachable"),
    ],
)
async def test_each_status_becomes_its_kind(status: int, body: Any, kind: str) -> None:
    async with serving(_declines(status, json.dumps(body).encode())) as server:
        deltas = await ask(server.url)
    failure = ended(deltas).failure
    assert len(deltas) == 1
    assert failure is not None
    assert (failure.kind, failure.status) == (kind, status)


async def test_the_true_cause_is_dug_out_and_the_key_is_not_told() -> None:
    raw = json.dumps({"error": {"message": f"bad key {SECRET}\n\x1b[31m" + "x" * 900}})
    body = {"error": {"message": "Provider returned error", "metadata": {"raw": raw}}}
    async with serving(_declines(401, json.dumps(body).encode())) as server:
        failure = ended(await ask(server.url, key=SECRET)).failure
    assert failure is not None
    assert failure.message.startswith("x says the key is not valid (401): bad key [key] ")
    assert SECRET not in failure.message
    assert len(failure.message) == 300
    assert failure.message.isprintable()


async def test_an_html_page_is_reduced_to_its_status() -> None:
    page = b"<html><head><title>502 Bad Gateway</title></head></html>"
    async with serving(_declines(502, page, "text/html")) as server:
        failure = ended(await ask(server.url)).failure
    assert failure is not None
    assert failure.message == "x reports an error of its own (502)."


async def test_a_path_that_is_not_there_is_unreachable_for_good() -> None:
    async with serving(_declines(404, b"404 page not found", "text/plain")) as server:
        failure = ended(await ask(server.url)).failure
    assert failure is not None
    assert failure.kind is Kind.UNREACHABLE
    assert not failure.may_retry


async def test_a_rate_limit_says_when_to_come_back() -> None:
    async with serving(_declines(429, b"{}", retry_after="3")) as server:
        failure = ended(await ask(server.url)).failure
    assert failure is not None
    assert failure.retry_after_s == 3.0
    assert failure.may_retry


async def test_nobody_listening_is_unreachable_and_may_heal() -> None:
    async with serving(_hello) as server:
        url = server.url
    failure = ended(await ask(url)).failure
    assert failure is not None
    assert failure.kind is Kind.UNREACHABLE
    assert failure.may_retry
    assert "nothing accepts connections" in failure.message


async def test_a_server_that_speaks_no_tls_is_unreachable_for_good() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        failure = ended(await ask(f"https://127.0.0.1:{port}/v1")).failure
    assert failure is not None
    assert failure.kind is Kind.UNREACHABLE
    assert not failure.may_retry
    assert "secure connection" in failure.message


async def test_a_name_nobody_knows_is_unreachable() -> None:
    failure = ended(await ask("http://nobody.invalid/v1")).failure
    assert failure is not None
    assert failure.kind is Kind.UNREACHABLE
    assert "name" in failure.message


async def test_a_key_that_cannot_be_sent_is_a_bad_key() -> None:
    failure = ended(await ask("http://127.0.0.1:9/v1", key="sk-\n\u20ac")).failure
    assert failure is not None
    assert failure.kind is Kind.BAD_KEY


async def test_keep_alive_comments_are_not_a_first_word() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for _ in range(40):
            await exchange.send(b": PROCESSING\n\n" + chunk(""))
            await asyncio.sleep(0.02)

    async with serving(script) as server:
        deltas = await ask(server.url, request(first_token_s=0.2))
    failure = ended(deltas).failure
    assert failure is not None
    assert failure.kind is Kind.TIMED_OUT_FIRST_TOKEN
    assert ended(deltas).outcome == "failed"


async def test_headers_that_never_come_are_a_missing_first_word() -> None:
    async with serving(Exchange.until_closed) as server:
        failure = ended(await ask(server.url, request(first_token_s=0.5))).failure
        await asyncio.wait_for(server.seen[0].closed.wait(), 5)
    assert failure is not None
    assert failure.kind is Kind.TIMED_OUT_FIRST_TOKEN


async def test_a_stall_keeps_the_text_and_closes_upstream() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.say("half")
        await exchange.until_closed()

    async with serving(script) as server:
        deltas = await ask(server.url, request(stall_s=0.3))
        await asyncio.wait_for(server.seen[0].closed.wait(), 5)
    assert text(deltas) == "half"
    assert ended(deltas).outcome == "truncated"
    assert ended(deltas).failure is not None
    assert ended(deltas).failure.kind is Kind.STALLED  # type: ignore[union-attr]


async def test_an_endless_trickle_ends_at_the_total_time() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.say("la ")
            await asyncio.sleep(0.02)

    async with serving(script) as server:
        deltas = await ask(server.url, request(total_s=0.3))
    last = ended(deltas)
    assert last.outcome == "truncated"
    assert last.failure is not None
    assert last.failure.kind is Kind.TOO_LONG


async def test_an_endless_flood_is_cut_at_the_limit_and_closed() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        try:
            while True:
                await exchange.say("x" * 1000)
        finally:
            exchange.closed.set()

    async with serving(script) as server:
        deltas = await ask(server.url, request(max_chars=5500))
        await asyncio.wait_for(server.seen[0].closed.wait(), 1)
    assert len(text(deltas)) == 5500
    assert ended(deltas).outcome == "truncated"


async def test_a_line_without_end_is_a_bad_stream() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        try:
            while True:
                await exchange.send(b"x" * 60_000)
        finally:
            exchange.closed.set()

    async with serving(script) as server:
        last = ended(await ask(server.url))
        await asyncio.wait_for(server.seen[0].closed.wait(), 1)
    assert last.failure is not None
    assert last.failure.kind is Kind.BAD_STREAM


@pytest.mark.parametrize(("said", "outcome"), [("some", "truncated"), ("", "failed")])
async def test_a_cut_connection_is_never_done(said: str, outcome: str) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.say(said)
        await asyncio.sleep(0.05)
        exchange.cut()

    async with serving(script) as server:
        deltas = await ask(server.url)
    assert text(deltas) == said
    assert ended(deltas).outcome == outcome
    assert ended(deltas).failure is not None
    assert ended(deltas).failure.kind is Kind.CUT_OFF  # type: ignore[union-attr]


async def test_a_cut_after_the_finish_reason_takes_nothing_away() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.send(chunk("all") + FINISH)
        await asyncio.sleep(0.05)
        exchange.cut()

    async with serving(script) as server:
        assert ended(await ask(server.url)).outcome == "done"


async def test_a_server_that_closes_without_a_word_is_unreachable() -> None:
    async def script(exchange: Exchange) -> None:
        exchange.cut()

    async with serving(script) as server:
        failure = ended(await ask(server.url)).failure
    assert failure is not None
    assert failure.kind is Kind.UNREACHABLE
    assert failure.may_retry


async def test_a_server_that_speaks_no_http_is_unreachable() -> None:
    async def script(exchange: Exchange) -> None:
        exchange.writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await exchange.until_closed()

    async with serving(script) as server:
        failure = ended(await ask(server.url)).failure
    assert failure is not None
    assert failure.kind is Kind.UNREACHABLE


async def test_leaving_in_the_middle_closes_upstream_at_once() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.say("one")
        await exchange.until_closed()

    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        call = client.ask(request())
        async for delta in call:
            if isinstance(delta, Text):
                break
        await call.aclose()
        await asyncio.wait_for(server.seen[0].closed.wait(), 1)
        await client.aclose()


async def test_cancelling_the_reader_closes_upstream_at_once() -> None:
    begun = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.head()
        begun.set()
        await exchange.until_closed()

    async with serving(script) as server:
        task = asyncio.create_task(ask(server.url))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.seen[0].closed.wait(), 1)


async def test_a_slow_reader_of_the_deltas_is_not_a_stall() -> None:
    async with serving(_says(chunk("a"), chunk("b"), FINISH, DONE)) as server:
        client = Client({"x": Provider("x", server.url)})
        deltas = []
        async for delta in client.ask(request(stall_s=0.05, first_token_s=0.2)):
            deltas.append(delta)
            await asyncio.sleep(0.1)
        await client.aclose()
    assert text(deltas) == "ab"
    assert ended(deltas).outcome == "done"


async def test_a_full_provider_queues_and_says_so() -> None:
    async def script(exchange: Exchange) -> None:
        await asyncio.sleep(0.1)
        await _hello(exchange)

    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url, concurrency=1)})

        async def one() -> list[Any]:
            return [d async for d in client.ask(request())]

        first, second = await asyncio.gather(one(), one())
        await client.aclose()
    assert not any(isinstance(d, Queued) for d in first)
    assert isinstance(second[0], Queued)
    assert text(first) == text(second) == "Hello"


async def test_a_reader_who_leaves_the_queue_frees_nothing_and_blocks_nobody() -> None:
    async with serving(_hello) as server:
        client = Client({"x": Provider("x", server.url, concurrency=1)})
        holder = client.ask(request())
        assert isinstance(await anext(holder), Connected)
        waiting = client.ask(request())
        assert isinstance(await anext(waiting), Queued)
        await waiting.aclose()
        await holder.aclose()
        assert text([d async for d in client.ask(request())]) == "Hello"
        await client.aclose()


async def test_a_json_body_after_blank_padding_is_read_whole() -> None:
    message = {"choices": [{"message": {"content": "Yes."}, "finish_reason": "stop"}]}
    body = b"\n   \n" * 500 + json.dumps(message).encode()
    async with serving(_declines(200, body)) as server:
        deltas = await ask(server.url)
    assert text(deltas) == "Yes."
    assert ended(deltas).outcome == "done"


async def test_a_compressed_stream_is_read() -> None:
    packed = gzip.compress(chunk("zipped") + FINISH + DONE)
    async with serving(_declines(200, packed, content_encoding="gzip")) as server:
        deltas = await ask(server.url)
    assert text(deltas) == "zipped"
    assert ended(deltas).outcome == "done"


async def test_a_stream_that_is_not_what_it_says_is_a_bad_stream() -> None:
    async with serving(_declines(200, b"not gzip at all", content_encoding="gzip")) as server:
        last = ended(await ask(server.url))
    assert isinstance(last, Ended)
    assert last.failure is not None
    assert last.failure.kind is Kind.BAD_STREAM


@pytest.mark.parametrize("times", [1, 2])
async def test_a_stream_said_to_be_packed_twice_is_not_unpacked(times: int) -> None:
    packed = chunk("zipped") + FINISH + DONE
    for _ in range(times):
        packed = gzip.compress(packed)
    async with serving(_declines(200, packed, content_encoding="gzip, gzip")) as server:
        deltas = await ask(server.url)
    assert text(deltas) == ""
    failure = ended(deltas).failure
    assert failure is not None
    assert failure.kind is Kind.BAD_STREAM


async def test_two_headers_that_each_say_packed_are_packed_twice() -> None:
    async def script(exchange: Exchange) -> None:
        twice = {"content_encoding": "gzip", "content-encoding": "gzip"}
        await exchange.head(200, "text/event-stream", **twice)
        await exchange.send(gzip.compress(gzip.compress(chunk("zipped"))))
        await exchange.done()

    async with serving(script) as server:
        failure = ended(await ask(server.url)).failure
    assert failure is not None
    assert failure.kind is Kind.BAD_STREAM


async def test_bytes_after_done_count_for_nothing_and_delay_nothing() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.send(chunk("end") + DONE)
        await exchange.say("more")
        await exchange.until_closed()

    async with serving(script) as server:
        started = asyncio.get_running_loop().time()
        deltas = await ask(server.url)
        assert asyncio.get_running_loop().time() - started < 1
    assert text(deltas) == "end"
    assert ended(deltas).outcome == "done"
