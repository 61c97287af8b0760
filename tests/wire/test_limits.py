"""Too much, too long, too slow: from a provider in a process of its own, its log counted."""

import asyncio
import contextlib
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from council.core.delta import Delta, Text
from council.core.failures import Kind
from council.wire.client import Client, Provider
from tests.fakes.provider import ScriptedProvider
from tests.wire.scripted import Exchange, ask, ended, request, serving, text

MIB = 1 << 20


async def _one_call(
    provider: ScriptedProvider, take: Any, **limits: Any
) -> tuple[list[Delta], str]:
    """The deltas of the one request that is made, and how it ended at the provider."""
    provider.reset()
    provider.script({"m": [take]})
    with _flat_memory(6 * MIB):
        deltas = await ask(provider.url, request(**limits))
    (asked,) = provider.wait_for_requests(1, "m")
    return deltas, provider.end_of(asked)["how"]


def _failed_as(deltas: list[Delta], kind: Kind) -> bool:
    failure = ended(deltas).failure
    return failure is not None and failure.kind is kind


@contextlib.contextmanager
def _flat_memory(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < limit, f"{peak / MIB:.1f} MiB were held at once"


async def _longest_turn(watched: asyncio.Task[Any]) -> float:
    """The most processor time anybody took while others waited for their turn, in seconds."""
    longest, last = 0.0, time.thread_time()
    while not watched.done():
        await asyncio.sleep(0)
        now = time.thread_time()
        longest, last = max(longest, now - last), now
    return longest


async def test_headers_without_a_word_end_at_the_first_token_limit(
    provider: ScriptedProvider,
) -> None:
    take = {"text": "never said", "stall_after": 0}
    deltas, how = await _one_call(provider, take, first_token_s=2.0)
    assert (ended(deltas).outcome, how) == ("failed", "stalled")
    assert _failed_as(deltas, Kind.TIMED_OUT_FIRST_TOKEN)


async def test_keep_alives_alone_end_at_the_first_token_limit(provider: ScriptedProvider) -> None:
    take = {"text": "never said", "first_token_s": 60, "keepalive_s": 0.02}
    deltas, how = await _one_call(provider, take, first_token_s=2.0)
    assert (ended(deltas).outcome, how) == ("failed", "client_left")
    assert _failed_as(deltas, Kind.TIMED_OUT_FIRST_TOKEN)


async def test_a_stall_keeps_the_text_and_asks_nobody_again(provider: ScriptedProvider) -> None:
    take = {"chunks": ["one ", "two ", "three"], "stall_after": 2, "keepalive_s": 0.02}
    deltas, how = await _one_call(provider, take, stall_s=0.3)
    assert (text(deltas), ended(deltas).outcome, how) == ("one two ", "truncated", "stalled")
    assert _failed_as(deltas, Kind.STALLED)


@pytest.mark.parametrize("fault", ["drop_after", "end_after"])
async def test_a_stream_without_its_end_is_truncated(
    provider: ScriptedProvider, fault: str
) -> None:
    take = {"chunks": ["one ", "two ", "three"], fault: 2, "tokens_per_s": 20}
    deltas, how = await _one_call(provider, take)
    assert (text(deltas), ended(deltas).outcome, how) == ("one two ", "truncated", "dropped")
    assert _failed_as(deltas, Kind.CUT_OFF)


async def test_an_answer_of_five_megabytes_is_cut_and_upstream_closed(
    provider: ScriptedProvider,
) -> None:
    take = {"chunks": ["x" * 5_000] * 1_000, "tokens_per_s": 400}
    deltas, how = await _one_call(provider, take)
    assert (len(text(deltas)), ended(deltas).outcome, how) == (400_000, "truncated", "client_left")
    assert _failed_as(deltas, Kind.TOO_LONG)


async def test_an_endless_stream_is_cut_and_upstream_closed(provider: ScriptedProvider) -> None:
    take = {"chunks": ["la "], "endless": True, "tokens_per_s": 0}
    deltas, how = await _one_call(provider, take, max_chars=60_000, total_s=30)
    assert (len(text(deltas)), ended(deltas).outcome, how) == (60_000, "truncated", "client_left")


async def test_a_line_of_fifty_megabytes_is_not_read_to_its_end() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        sent = b"data: "
        try:
            for _ in range(50):
                await exchange.send(sent)
                sent = b"x" * MIB
        finally:
            exchange.closed.set()

    async with serving(script) as server:
        with _flat_memory(12 * MIB):  # the server's own megabytes on their way among them
            deltas = await ask(server.url)
        await asyncio.wait_for(server.seen[0].closed.wait(), 1)
    assert _failed_as(deltas, Kind.BAD_STREAM)


def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    comments = (b":" * (MIB // 2 - 1) + b"\n") * 2
    return b"".join([*(packer.compress(comments) for _ in range(size // MIB)), packer.flush()])


async def test_a_bomb_of_comments_is_given_up_and_holds_up_nobody() -> None:
    bomb = _bomb(256 * MIB)
    assert len(bomb) < 300_000

    async def script(exchange: Exchange) -> None:
        await exchange.head(content_encoding="gzip")
        await exchange.send(bomb)
        await exchange.done()

    async with serving(script) as server:
        with _flat_memory(4 * MIB):
            call = asyncio.create_task(ask(server.url, request(total_s=60, first_token_s=60)))
            assert await _longest_turn(call) < 0.1
    assert _failed_as(await call, Kind.TOO_LONG)


async def test_a_flood_of_letters_holds_up_nobody(provider: ScriptedProvider) -> None:
    provider.reset()
    provider.script({"m": [{"chunks": ["x"], "endless": True, "tokens_per_s": 0}]})
    client = Client({"x": Provider("x", provider.url)})

    async def flood() -> int:
        limits = request(max_chars=200_000, total_s=60)
        return sum([len(d.text) async for d in client.ask(limits) if isinstance(d, Text)])

    call = asyncio.create_task(flood())
    assert await _longest_turn(call) < 0.1
    assert await call == 200_000
    await client.aclose()
