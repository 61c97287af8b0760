"""The other side of the wire: a loopback server that says what a test scripts, byte by byte."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from council.core.delta import Delta, Ended, Message, Request, Text
from council.wire.client import Client, Provider


@dataclass
class Exchange:
    """One request as the server saw it, and the means to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def head(self, status: int = 200, kind: str = "text/event-stream", **more: str) -> None:
        """Begin a chunked answer; ``retry_after`` in ``more`` becomes ``retry-after``."""
        lines = [f"HTTP/1.1 {status} Status", f"content-type: {kind}", "transfer-encoding: chunked"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        await self._write("\r\n".join([*lines, "", ""]).encode())

    async def send(self, data: bytes) -> None:
        """One chunk of the body."""
        await self._write(b"%x\r\n%s\r\n" % (len(data), data))

    async def say(self, text: str, **more: Any) -> None:
        """One event whose delta holds ``text``."""
        await self.send(chunk(text, **more))

    async def done(self) -> None:
        """End the answer as it should end."""
        await self._write(b"0\r\n\r\n")

    async def until_closed(self) -> None:
        """Wait until the client hangs up."""
        while await self.reader.read(1024):
            pass
        self.closed.set()

    def cut(self) -> None:
        """Reset the connection."""
        self.writer.transport.abort()

    async def _write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Script = Callable[[Exchange], Awaitable[None]]


def chunk(text: str, **more: Any) -> bytes:
    """An SSE event with one choice."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": more.pop("finish", None)}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


FINISH = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
DONE = b"data: [DONE]\n\n"


@dataclass
class Server:
    """A running server: its address and everything it was asked."""

    url: str
    seen: list[Exchange]


@asynccontextmanager
async def serving(script: Script) -> AsyncIterator[Server]:
    """A server that answers every request with ``script``."""
    seen: list[Exchange] = []
    busy: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        try:
            while exchange := await _read(reader, writer):
                seen.append(exchange)
                await script(exchange)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield Server(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", seen)
    finally:
        server.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *rest = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in rest)}
    data = await reader.readexactly(int(headers.get("content-length", "0")))
    return Exchange(method, path, headers, json.loads(data or b"null"), reader, writer)


def request(**more: Any) -> Request:
    """A request to ``x/m`` with deadlines short enough for a test."""
    given: dict[str, Any] = {
        "call": "c1",
        "model": "x/m",
        "messages": (Message(role="user", content="Why?"),),
        "first_token_s": 2.0,
        "stall_s": 2.0,
        "total_s": 5.0,
    }
    return Request.model_validate(given | more)


async def ask(url: str, asked: Request | None = None, **provider: Any) -> list[Delta]:
    """All deltas of one call to the server at ``url``."""
    client = Client({"x": Provider("x", url, **provider)})
    try:
        return [delta async for delta in client.ask(asked or request())]
    finally:
        await client.aclose()


def ended(deltas: list[Delta]) -> Ended:
    """The last delta, which must be the only `Ended`."""
    last = deltas[-1]
    assert isinstance(last, Ended)
    assert sum(isinstance(d, Ended) for d in deltas) == 1
    return last


def text(deltas: list[Delta]) -> str:
    """The visible text."""
    return "".join(d.text for d in deltas if isinstance(d, Text))
