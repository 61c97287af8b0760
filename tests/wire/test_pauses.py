"""A provider that asks for a pause gets it from everybody who was not sent yet."""

import asyncio
from typing import Any

import pytest

from council.core.delta import Delta, Queued
from council.wire.client import Client, Provider
from tests.wire.scripted import DONE, FINISH, Exchange, chunk, ended, request, serving


def busy_once(**headers: str) -> Any:
    """A server that asks the first caller to slow down and answers all others."""
    is_first = True

    async def script(exchange: Exchange) -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            await exchange.head(429, "application/json", **headers)
            await exchange.send(b"{}")
        else:
            await exchange.head()
            await exchange.send(chunk("Hello") + FINISH + DONE)
        await exchange.done()

    return script


async def ask(client: Client, **asked: Any) -> tuple[list[Delta], float]:
    """All deltas of one call, and how many seconds they took."""
    now = asyncio.get_running_loop().time
    began = now()
    return [delta async for delta in client.ask(request(**asked))], now() - began


async def test_the_next_call_waits_as_long_as_was_asked_and_says_so() -> None:
    async with serving(busy_once(retry_after="0.3")) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask(client)
        deltas, took_s = await ask(client)
        await client.aclose()
    queued = deltas[0]
    assert isinstance(queued, Queued)
    assert queued.wait_s == pytest.approx(0.3, abs=0.1)
    assert took_s >= 0.25
    assert ended(deltas).outcome == "done"


async def test_another_model_and_another_key_do_not_wait() -> None:
    async with serving(busy_once(retry_after="20")) as server:
        client = Client(
            {"x": Provider("x", server.url, "key-1"), "y": Provider("y", server.url, "key-2")}
        )
        await ask(client)
        for model in ("x/other", "y/m"):
            deltas, _ = await ask(client, model=model)
            assert not any(isinstance(d, Queued) for d in deltas)
        await client.aclose()


@pytest.mark.parametrize("asked_for", ["600", "-5", "soon", ""])
async def test_nobody_waits_for_a_pause_that_is_too_long_or_makes_no_sense(asked_for: str) -> None:
    async with serving(busy_once(retry_after=asked_for)) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask(client)
        deltas, _ = await ask(client)
        await client.aclose()
    assert not any(isinstance(d, Queued) for d in deltas)
    assert ended(deltas).outcome == "done"


async def test_who_stops_while_a_pause_lasts_is_never_sent() -> None:
    async with serving(busy_once(retry_after="20")) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask(client)
        stream = client.ask(request())
        assert isinstance(await anext(stream), Queued)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await stream.aclose()
        await client.aclose()
    assert len(server.seen) == 1
