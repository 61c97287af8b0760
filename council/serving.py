"""The server process: daphne for pages and sockets, a worker beside it, one orderly way out.

Daphne has no lifespan and leaves at once on SIGTERM, so both ends are ours: the worker
starts when the reactor runs, and a signal first ends new work, then sockets, then runs.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

# Daphne installs its asyncio reactor on import; it must come before anything of Twisted's.
from daphne import server as daphne_server  # isort: skip
from channels.layers import get_channel_layer
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor as _reactor

from council.bell import Carrier, bell
from council.consumers import RESTART, close_all
from council.directory import keep_fresh
from council.intake import Intake
from council.keyring import recent
from council.providers import Providers, lists
from council.readings import readings
from council.worker import Worker

log = logging.getLogger(__name__)
reactor: Any = _reactor

GRACE_S = 30.0
"""How long runs may go on after SIGTERM; what is not over then is taken up at the next start."""


def run(host: str, port: int, ready: Callable[[], None], *, plays_runs: bool = True) -> None:
    """Serve until a signal ends it. Blocks. Without ``plays_runs`` others have to play them."""
    from fusionsite.asgi import application

    house = _House(ready, plays_runs)
    address = host.replace(":", r"\:")
    server = _Server(
        application=application,
        endpoints=[f"tcp:port={port}:interface={address}:backlog=1024"],
        signal_handlers=False,
        server_name="council",
        request_buffer_size=256 * 1024,
        websocket_max_message_size=256 * 1024,
        websocket_max_frame_size=256 * 1024,
        ping_interval=20,
        ping_timeout=30,
        verbosity=0,
    )
    WebSocketFactory.protocol = _Socket
    daphne_server.HTTPFactory = Intake
    reactor.callWhenRunning(house.open)
    server.run()


class _Socket(WebSocketProtocol):  # type: ignore[misc]
    """Daphne's socket, which may also say 1012: autobahn keeps that code from applications."""

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Close with a code."""
        if code == RESTART:
            self.sendCloseFrame(code=code)
        else:
            super().serverClose(code)


class _Server(daphne_server.Server):  # type: ignore[misc]
    """Daphne's server, which does not gather a long answer for a reader who is slow to take it."""

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Hand on a piece of an answer; return once there is room for the next."""
        drain = getattr(protocol, "drain", None)
        if drain is not None and not message.get("more_body"):
            protocol.unregisterProducer()
        await super().handle_reply(protocol, message)
        if not message.get("more_body") or protocol.finished or protocol.channel is None:
            return
        if drain is None:
            drain = protocol.drain = _Drain()
            protocol.registerProducer(drain, True)
        await drain.has_room.wait()


class _Drain:
    """Told by the connection when its reader falls behind, has caught up, or has left."""

    def __init__(self) -> None:
        self.has_room = asyncio.Event()
        self.has_room.set()

    def pauseProducing(self) -> None:  # noqa: N802
        """Enough is waiting to be sent."""
        self.has_room.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        """It is sent."""
        self.has_room.set()

    def stopProducing(self) -> None:  # noqa: N802
        """Nobody will take it any more."""
        self.has_room.set()


class _House:
    """What lives as long as the process does."""

    def __init__(self, ready: Callable[[], None], plays_runs: bool) -> None:
        self._ready, self._plays_runs = ready, plays_runs
        self._worker: Worker | None = None
        self._lists: asyncio.Task[None] | None = None
        self._signals = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self) -> None:
        """Called on the event loop once it runs."""
        loop = asyncio.get_running_loop() if _is_running() else asyncio.get_event_loop()
        loop.call_soon(self._start, loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self._asked_to_go, loop)
        if self._plays_runs:
            self._worker = Worker(Providers())
            self._worker.start()
        if settings.ENV.redis_url:
            bell.carrier = Carrier(get_channel_layer(), readings.heard, bell.wake_worker)
        self._lists = loop.create_task(keep_fresh(lists, recent.providers), name="model lists")
        self._ready()

    def _asked_to_go(self, loop: asyncio.AbstractEventLoop) -> None:
        self._signals += 1
        if self._signals == 1:
            self._keep(loop.create_task(self._leave(GRACE_S)))
        else:
            self._keep(loop.create_task(self._leave(0.0)))

    async def _leave(self, grace_s: float) -> None:
        try:
            if self._lists is not None:
                self._lists.cancel()
            if self._worker is not None and self._worker.is_playing and grace_s:
                log.warning("waiting up to %.0f s for runs to end (again to leave now)", grace_s)
            await close_all()
            if self._worker is not None:
                await self._worker.close(grace_s)
            if bell.carrier is not None:
                await bell.carrier.close()
        finally:
            if reactor.running:
                reactor.stop()

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
