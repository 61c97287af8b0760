"""One HTTP/1.1 connection: requests in, bytes out, and who hung up.

Just enough of HTTP for an OpenAI client, and what a library server would not do: reset a
connection, cut a character in two, notice at once that the client has left.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

MAX_HEAD = 64 * 1024
MAX_BODY = 16 * 1024 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request, read whole. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Serve = Callable[["Line", HttpRequest], Awaitable[None]]


class Line(asyncio.Protocol):
    """A client's connection. One request at a time; `serve` answers it.

    When the client hangs up, ``left`` becomes true and the task that serves it is cancelled.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._may_write = asyncio.Event()
        self._may_write.set()
        self.left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection; small writes go out at once."""
        self._transport = cast(asyncio.Transport, transport)
        self._socket: socket.socket = transport.get_extra_info("socket")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        """Collect bytes; start on the request once it is whole."""
        self._buffer += data
        self._next_request()

    def eof_received(self) -> None:
        """The client has hung up."""
        self._client_left()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._client_left()

    def pause_writing(self) -> None:
        """The client reads too slowly."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self._may_write.set()

    async def writable(self) -> None:
        """Return once the client has room for more."""
        await self._may_write.wait()

    @property
    def is_full(self) -> bool:
        """True when `writable` would wait."""
        return not self._may_write.is_set()

    def answer(
        self, status: int, body: str | Mapping[str, Any] | list[Any], headers: Mapping[str, str]
    ) -> None:
        """Send one whole response: text as it is, anything else as JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        data = text.encode()
        kind = "application/json" if text.startswith(("{", "[")) else "text/html"
        self._head(status, {"Content-Type": kind, "Content-Length": str(len(data)), **headers})
        self._transport.write(data)

    def open_stream(self, headers: Mapping[str, str]) -> None:
        """Send the head of a stream of events."""
        usual = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        self._head(200, {**usual, "Transfer-Encoding": "chunked", **headers})

    def send(self, data: bytes) -> None:
        """Send a part of the stream, in a write and an HTTP chunk of its own."""
        self._transport.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end_stream(self) -> None:
        """Finish the stream; the connection stays open for the next request."""
        self._transport.write(b"0\r\n\r\n")

    def close(self) -> None:
        """Close in order, after what was written."""
        self._transport.close()

    def reset(self) -> None:
        """Cut the connection with a TCP reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._transport.abort()

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
        lines = [f"HTTP/1.1 {status} {phrase}", *(f"{k}: {v}" for k, v in headers.items())]
        self._transport.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    def _client_left(self) -> None:
        self.left = True
        self._may_write.set()
        if self._task is not None:
            self._task.cancel()

    def _next_request(self) -> None:
        if self._task is not None or self._transport.is_closing():
            return
        try:
            request = _read_request(self._buffer)
        except ValueError as error:
            self.answer(400, {"error": {"message": str(error)}}, {"Connection": "close"})
            self.close()
            return
        if request is not None:
            self._task = asyncio.create_task(self._handle(request))

    async def _handle(self, request: HttpRequest) -> None:
        try:
            await self._serve(self, request)
        except Exception:
            self._transport.abort()  # our own fault: the client must not wait for ever
            raise
        finally:
            self._task = None
        if request.headers.get("connection", "").lower() == "close":
            self.close()
        self._next_request()


def _read_request(buffer: bytearray) -> HttpRequest | None:
    """Take one whole request out of the buffer; None while it is not all there.

    Raises ValueError for what is no request, or a larger one than we read.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > MAX_HEAD:
            raise ValueError("the head of the request is too long")
        return None
    first, *rest = buffer[:end].decode("latin-1").split("\r\n")
    method, _, target = first.partition(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in _pairs(rest)}
    if "transfer-encoding" in headers:
        raise ValueError("send a Content-Length")
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= MAX_BODY:
        raise ValueError("the body of the request is too long")
    start = end + 4
    if len(buffer) < start + length:
        return None
    body = bytes(buffer[start : start + length])
    del buffer[: start + length]
    path = target.partition(" ")[0].partition("?")[0]
    return HttpRequest(method=method, path=path, headers=headers, body=body)


def _pairs(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines]
