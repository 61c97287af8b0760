"""A reader on the run's socket, as the page is one: a cursor, frames, acknowledgements."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.fakes.server import LiveServer
from tests.golden.protocol import check

PATIENCE_S = 30.0
Frame = dict[str, Any]


class Line:
    """One open socket. Every frame that comes is held against the schema."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.raw: list[str] = []

    async def say(self, message: Any) -> None:
        """Send JSON, or a text or bytes as they are."""
        is_raw = isinstance(message, str | bytes)
        await self.connection.send(message if is_raw else json.dumps(message))

    async def next(self, within_s: float = PATIENCE_S) -> Frame:
        """The next frame of any kind."""
        async with asyncio.timeout(within_s):
            text = await self.connection.recv()
        assert isinstance(text, str)
        frame: Frame = json.loads(text)
        check(frame)
        if frame["type"] != "ping":
            self.raw.append(text)
        return frame

    async def news(self) -> Frame:
        """The next frame that is no ping; acknowledged."""
        while (frame := await self.next())["type"] == "ping":
            pass
        await self.acknowledge(frame["seq"])
        return frame

    async def acknowledge(self, seq: int) -> None:
        """Say what has arrived, a few times in a second and not more."""
        if seq % 16 == 0:
            await self.say({"ack": seq})

    async def read(self, upto: int) -> list[Frame]:
        """All frames until the one with number ``upto``."""
        frames = [await self.news()]
        while frames[-1]["seq"] < upto:
            frames.append(await self.news())
        return frames

    async def read_to_end(self) -> list[Frame]:
        """All frames until the run is over."""
        frames = [await self.news()]
        while not is_end(frames[-1]):
            frames.append(await self.news())
        return frames

    async def closed(self, within_s: float = PATIENCE_S) -> int:
        """The close code, once there is one; what still came before it is dropped."""
        async with asyncio.timeout(within_s):
            with contextlib.suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        assert self.connection.close_code is not None
        return self.connection.close_code


def is_end(frame: Frame) -> bool:
    """True for the frame in which the run ended."""
    return any(event["type"] == "run_ended" for event in frame.get("events", []))


def numbers(frames: Sequence[Frame]) -> list[int]:
    """The frames' numbers."""
    return [frame["seq"] for frame in frames]


@contextlib.asynccontextmanager
async def line(
    server: LiveServer,
    run_id: str = "",
    cookie: str = "",
    *,
    after: int | None = None,
    origins: Sequence[str] | None = None,
    path: str = "",
) -> AsyncIterator[Line]:
    """Open the socket of a run; with ``after`` the cursor is said at once."""
    origins = [server.url] if origins is None else origins
    headers = [("Origin", origin) for origin in origins]
    headers += [("Cookie", cookie)] if cookie else []
    address = f"ws://127.0.0.1:{server.port}{path or f'/ws/runs/{run_id}/'}"
    async with connect(
        address, additional_headers=headers, max_size=None, proxy=None, open_timeout=PATIENCE_S
    ) as connection:
        opened = Line(connection)
        if after is not None:
            await opened.say({"after": after})
        yield opened


def unknown_run() -> str:
    """An id no run has."""
    return str(uuid.uuid4())


def seconds_since(moment: float) -> float:
    """How long ago that was."""
    return time.monotonic() - moment
