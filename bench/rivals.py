"""Reads streams as one of four clients does, to their words, and says what that took.

``client`` is ``ours`` (the product's client, end to end), ``httpx``, ``aiohttp`` or ``openai``.
Reads one order from its standard input: ``url``, ``client``, ``model``, ``streams``, and
whether the streams are only ``held`` open. Says the processor seconds from the last answer's
head to the last stream's end, and how many characters were read; or the bytes of memory that
each open stream takes.
"""

import asyncio
import contextlib
import gc
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import aiohttp
import httpx
import openai
import psutil

from council.core.delta import Connected, Message, Request, Text
from council.wire.client import Client
from council.wire.provider import Provider

Open = Callable[[str], AbstractAsyncContextManager[AsyncIterator[str]]]
"""Asks a model; the words of its answer, in the pieces in which they come."""

_LONG_S = 600.0


async def main() -> None:
    """Read one order and carry it out."""
    order = json.loads(sys.stdin.readline())
    async with _CLIENTS[order["client"]](order["url"]) as client:
        if order["held"]:
            said = {"bytes": await _hold(client, order["model"], order["streams"])}
        else:
            said = await _read_all(client, order["model"], order["streams"])
    print(json.dumps(said), flush=True)


async def _read_all(client: Open, model: str, streams: int) -> dict[str, float]:
    async with contextlib.AsyncExitStack() as stack:
        answers = [await stack.enter_async_context(client(model)) for _ in range(streams)]
        before = time.process_time()
        chars = sum(await asyncio.gather(*map(_length, answers)))
        return {"cpu_s": time.process_time() - before, "chars": chars}


async def _length(answer: AsyncIterator[str]) -> int:
    return sum([len(piece) async for piece in answer])


async def _hold(client: Open, model: str, streams: int) -> float:
    """Bytes of memory a stream takes that is open and has said nothing yet."""
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(5):  # what is made once is not a stream's
            await stack.enter_async_context(client(model))
        before = _memory()
        for _ in range(streams):
            await stack.enter_async_context(client(model))
        return (_memory() - before) / streams


def _memory() -> int:
    gc.collect()
    return int(psutil.Process().memory_full_info().uss)


@contextlib.asynccontextmanager
async def _ours(url: str) -> AsyncIterator[Open]:
    client = Client({"x": Provider("x", url)})

    @contextlib.asynccontextmanager
    async def ask(model: str) -> AsyncIterator[AsyncIterator[str]]:
        request = Request(
            call="c",
            model=f"x/{model}",
            messages=(Message(role="user", content="x"),),
            first_token_s=_LONG_S,
        )
        async with contextlib.aclosing(client.ask(request)) as deltas:
            assert isinstance(await anext(deltas), Connected)
            yield (delta.text async for delta in deltas if isinstance(delta, Text))

    yield ask
    await client.aclose()


@contextlib.asynccontextmanager
async def _httpx(url: str) -> AsyncIterator[Open]:
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(limits=limits, timeout=_LONG_S) as client:

        @contextlib.asynccontextmanager
        async def ask(model: str) -> AsyncIterator[AsyncIterator[str]]:
            address = f"{url}/chat/completions"
            async with client.stream("POST", address, json=_body(model)) as answer:
                yield (_word(line) async for line in answer.aiter_lines())

        yield ask


@contextlib.asynccontextmanager
async def _aiohttp(url: str) -> AsyncIterator[Open]:
    """The floor: bytes, lines, JSON, and the one field that is wanted."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(_LONG_S)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:

        @contextlib.asynccontextmanager
        async def ask(model: str) -> AsyncIterator[AsyncIterator[str]]:
            address = f"{url}/chat/completions"
            async with session.post(address, json=_body(model)) as answer:
                yield (_word(line.decode()) async for line in answer.content)

        yield ask


def _word(line: str) -> str:
    if not line.startswith("data: {"):
        return ""
    choices = json.loads(line[6:])["choices"]
    return (choices[0]["delta"].get("content") or "") if choices else ""


@contextlib.asynccontextmanager
async def _openai(url: str) -> AsyncIterator[Open]:
    limits = httpx.Limits(max_connections=None)
    inner = openai.DefaultAsyncHttpxClient(limits=limits, timeout=_LONG_S)
    async with openai.AsyncOpenAI(base_url=url, api_key="x", http_client=inner) as client:

        @contextlib.asynccontextmanager
        async def ask(model: str) -> AsyncIterator[AsyncIterator[str]]:
            async with await client.chat.completions.create(**_body(model)) as chunks:
                yield (c.choices[0].delta.content or "" async for c in chunks if c.choices)

        yield ask


_CLIENTS = {"ours": _ours, "httpx": _httpx, "aiohttp": _aiohttp, "openai": _openai}


def _body(model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "x"}], "stream": True}


if __name__ == "__main__":
    asyncio.run(main())
