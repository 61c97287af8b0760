"""The least that can be done: the same streams, read with the same client, and thrown away.

``client`` is ``ours`` (httpx over aiohttp, as `council.wire.egress` makes it) or ``aiohttp``
alone. Says the processor seconds from the last answer's first byte to the last stream's end.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from bench.load import SEATS, Load, cpu_s
from council.wire.egress import Egress

Stream = Callable[[], Awaitable[bytes]]
Post = Callable[[str], Awaitable[Stream]]


async def main() -> None:
    """Read one order: ``url``, ``client`` and ``load``."""
    order = json.loads(sys.stdin.readline())
    load = Load(**order["load"])
    url = f"{order['url']}/chat/completions"
    used = await (_ours if order["client"] == "ours" else _aiohttp)(url, load)
    print(json.dumps({"cpu_s": used}), flush=True)


async def _ours(url: str, load: Load) -> float:
    egress = Egress()

    async def post(model: str) -> Stream:
        return (await egress.post(url, {}, _body(model))).read

    try:
        return await _drain(post, load)
    finally:
        await egress.aclose()


async def _aiohttp(url: str, load: Load) -> float:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post(model: str) -> Stream:
            answer = await session.post(url, json=_body(model))
            return answer.content.readany

        return await _drain(post, load)


async def _drain(post: Post, load: Load) -> float:
    """Every run's members side by side, then its judge, then its writer."""
    runs = [[await post(load.member) for _ in range(SEATS)] for _ in range(load.runs)]
    before = cpu_s(os.getpid())

    async def play(members: list[Stream]) -> None:
        await asyncio.gather(*map(_read, members))
        for model in (load.judge, load.writer):
            await _read(await post(model))

    await asyncio.gather(*map(play, runs))
    return cpu_s(os.getpid()) - before


async def _read(stream: Stream) -> None:
    while await stream():
        pass


def _body(model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "x"}], "stream": True}


if __name__ == "__main__":
    asyncio.run(main())
