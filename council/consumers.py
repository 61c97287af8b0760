"""The run's socket: a cursor in, numbered frames out. No orchestration."""

import asyncio
import contextlib
import json
import logging
import re
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from council import access
from council.readings import Reader, Reading, aside, catch_up, readings
from council.sharing.lens import OWNER

BEAT_S = 4.0
"""A ping at least this often, and a look whether everybody may still read, in seconds."""
MESSAGE_CHARS = 64 * 1024
MESSAGES_PER_S = 20
WINDOW_BYTES = 1024 * 1024
SLOW_S = 30.0
"""How long a reader may leave a full window unacknowledged, in seconds."""

RESTART, MALFORMED, SIGNED_OUT, NOT_YOURS, TOO_SLOW, TOO_MANY = 1012, 4400, 4401, 4403, 4408, 4429
FROZEN = 4410
MAX_CURSOR = 2**31
_LEAPS = re.compile(r'\{"v":\d+,"type":"snapshot"')
_ENDS = re.compile(r'"type":"run_ended"|"type":"snapshot".*"run":"(?:done|partial|failed|stopped)"')

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Claim:
    """What a socket wants to read, and by which right: somebody's session, by its key, and a run;
    or the token of a share and which of its runs."""

    session_key: str = ""
    run_id: UUID | None = None
    token: str = ""
    number: int = 0


class _Over(Exception):
    """What is read from here on is the copy."""


open_sockets: set["RunSocket"] = set()
_watcher: asyncio.Task[None] | None = None


class RunSocket(AsyncWebsocketConsumer):
    """``/ws/runs/<id>/``: see docs/protocol.md."""

    async def connect(self) -> None:
        """Accept first, so that a refusal can carry its close code."""
        self._pump: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._reader = Reader(self._news.set)
        self._window: deque[tuple[int, int]] = deque()
        self._window_bytes = 0
        self._full_since: float | None = None
        self._inbound: deque[float] = deque(maxlen=MESSAGES_PER_S)
        self._sent = 0
        self.claim = self.claimed(self.scope["url_route"]["kwargs"])
        await self.accept()
        refusal = (await database_sync_to_async(refusals)({self.claim})).get(self.claim)
        if refusal is None:
            refusal = await self.enter()
        if refusal:
            await self.close(code=refusal)
            return
        open_sockets.add(self)
        watch()

    def claimed(self, address: dict[str, Any]) -> Claim:
        """What is asked for, by this address."""
        return Claim(self.scope["session"].session_key or "", address["run_id"])

    async def enter(self) -> int | None:
        """What is read, and how; a close code where there is nothing to follow."""
        assert self.claim.run_id is not None
        self.run_id, self.lens = self.claim.run_id, OWNER
        return None

    async def disconnect(self, code: int) -> None:
        """Stop reading."""
        open_sockets.discard(self)
        await self._stop_pump()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """``{"after": N}`` starts or moves the reader; ``{"ack": N}`` empties the window."""
        now = time.monotonic()
        if len(self._inbound) == MESSAGES_PER_S and now - self._inbound[0] < 1.0:
            await self.end(TOO_MANY)
            return
        self._inbound.append(now)
        said = _read(text_data)
        if said is None:
            await self.end(MALFORMED)
        elif self not in open_sockets:
            return
        elif "ack" in said:
            self._acknowledge(said["ack"])
        else:
            await self._stop_pump()
            self._window.clear()
            self._window_bytes, self._full_since = 0, None
            self._pump = asyncio.create_task(self._serve(said["after"]))

    async def _serve(self, after: int) -> None:
        """Frames in order from the cursor on; a run that is deleted meanwhile is nobody's."""
        try:
            await self._follow(after)
        except ObjectDoesNotExist:
            await self.end(NOT_YOURS)
        except _Over:
            await self.end(FROZEN)

    async def _follow(self, after: int) -> None:
        """Frames for as long as somebody listens."""
        self._sent = after
        async with readings.join(self.run_id, self._reader, self.lens) as reading:
            if self._sent != reading.seq:
                await self._catch_up(reading.seq)
            beat = time.monotonic()
            while not reading.failed:
                await self._send_what_fits(reading)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, beat + BEAT_S - time.monotonic())):
                        await self._news.wait()
                self._news.clear()
                if time.monotonic() - beat >= BEAT_S:
                    beat = time.monotonic()
                    if self._is_too_slow():
                        await self.end(TOO_SLOW)
                        return
                    ping = {"v": 1, "type": "ping", "seq": self._sent}
                    await self.send(text_data=json.dumps(ping))
        await self.end(RESTART)

    def _is_too_slow(self) -> bool:
        return self._full_since is not None and time.monotonic() - self._full_since > SLOW_S

    async def _send_what_fits(self, reading: Reading) -> None:
        frames = self._reader.frames
        while frames:
            if self._is_full():
                frames.clear()
                return
            seq, frame = frames.popleft()
            if seq <= self._sent:
                continue
            if seq != self._sent + 1 and '"type":"snapshot"' not in frame[:40]:
                await self._catch_up(seq)
                continue
            await self._send_frame(seq, frame)
        if not self._is_full() and self._sent < reading.seq:
            await self._catch_up(reading.seq)

    async def _catch_up(self, upto: int) -> None:
        """Everything between what was sent and what the live frames go on from.

        What comes meanwhile is kept for this reader: to fold it all again for that would, in a
        long run that goes on, never come to an end.
        """
        for seq, frame in await aside(catch_up)(self.run_id, self._sent, upto, self.lens):
            if self._is_full():
                return
            await self._send_frame(seq, frame)

    async def _send_frame(self, seq: int, frame: str) -> None:
        self._sent = seq
        self._window.append((seq, len(frame)))
        self._window_bytes += len(frame)
        if self._is_full() and self._full_since is None:
            self._full_since = time.monotonic()
        await self.send(text_data=frame)

    def _acknowledge(self, seq: int) -> None:
        while self._window and self._window[0][0] <= seq:
            self._window_bytes -= self._window.popleft()[1]
        if not self._is_full():
            self._full_since = None
            self._news.set()

    def _is_full(self) -> bool:
        most: int = settings.ENV.socket_frames
        return len(self._window) >= most or self._window_bytes >= WINDOW_BYTES

    async def end(self, code: int) -> None:
        """Close with a code; nothing is sent after it."""
        open_sockets.discard(self)
        await self._stop_pump()
        await self.close(code=code)

    async def _stop_pump(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None and pump is not asyncio.current_task():
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pump
        self._reader.frames.clear()


class ShareSocket(RunSocket):
    """``/ws/shares/<token>/<number>/``: a run that goes on, read by whoever has the link.

    It ends with the run: what its owner asks of it afterwards is not shared.
    """

    def claimed(self, address: dict[str, Any]) -> Claim:
        """The share's token and which of its runs."""
        return Claim(token=address["token"], number=address["number"])

    async def enter(self) -> int | None:
        """Through the share's lens; FROZEN once the copy is made."""
        found = await database_sync_to_async(access.live_in_share)(
            self.claim.token, self.claim.number
        )
        if found is None:
            return FROZEN
        self.run_id, self.lens = found
        return None

    async def _follow(self, after: int) -> None:
        """Once the copy is made there is nothing to follow, whatever the run does then."""
        if await self.enter() is not None:
            raise _Over
        await super()._follow(after)

    async def _send_frame(self, seq: int, frame: str) -> None:
        if _LEAPS.match(frame) and await self.enter() is not None:
            raise _Over  # what it leaps over may hold the end
        await super()._send_frame(seq, frame)
        if _ENDS.search(frame):  # no text of a model holds an unescaped quotation mark
            raise _Over


def _read(text: str | None) -> dict[str, int] | None:
    """A message of the page, or None when it is not one of the two we know."""
    if text is None or len(text) > MESSAGE_CHARS:
        return None
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or len(said) != 1:
        return None
    name, value = next(iter(said.items()))
    if name not in ("after", "ack") or type(value) is not int or not 0 <= value < MAX_CURSOR:
        return None
    return {name: value}


def refusals(claims: Collection[Claim]) -> dict[Claim, int]:
    """The close code for everybody who may not read (any more) what they read."""
    shared = {claim for claim in claims if claim.token}
    open_tokens = access.open_shares({claim.token for claim in shared})
    refused = {claim: NOT_YOURS for claim in shared if claim.token not in open_tokens}
    own = set(claims) - shared
    for session_key in {claim.session_key for claim in own}:
        mine = {claim for claim in own if claim.session_key == session_key}
        person = access.person_of(session_key)
        if not person.is_authenticated:
            refused |= dict.fromkeys(mine, SIGNED_OUT)
            continue
        there = access.open_to(person, {claim.run_id for claim in mine if claim.run_id})
        refused |= {claim: NOT_YOURS for claim in mine if claim.run_id not in there}
    return refused


def watch() -> None:
    """Have somebody look, as long as there are sockets, whether their readers still may."""
    global _watcher
    if _watcher is None or _watcher.done():
        _watcher = asyncio.get_running_loop().create_task(_look_after(), name="rights")


async def _look_after() -> None:
    """One look for all: a session that ended, or a right that was taken, ends its sockets."""
    while open_sockets:
        await asyncio.sleep(BEAT_S)
        sockets = list(open_sockets)
        try:
            refused = await database_sync_to_async(refusals)({s.claim for s in sockets})
        except DatabaseError as problem:
            log.warning("sockets: the database did not say who may read: %s", problem)
            continue
        ends = [s.end(refused[s.claim]) for s in sockets if s.claim in refused]
        await asyncio.gather(*ends, return_exceptions=True)


async def close_all(code: int = RESTART) -> None:
    """The server goes away: tell every socket, so that it comes back by itself."""
    ends = [socket.end(code) for socket in open_sockets]
    # A line that breaks while it is told so must not keep the server from leaving in order.
    await asyncio.gather(*ends, return_exceptions=True)
