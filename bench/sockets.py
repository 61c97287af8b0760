"""Reads runs through their sockets, as pages do, and says when each token arrived.

Says ``{"ready": n}`` once all are open, and at the end of all runs what it saw. Reads one
order from its standard input: ``url``, ``cookie``, and ``runs``, a run id for every socket.
"""

import asyncio
import gc
import json
import re
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

_STAMP = re.compile(r"(t\d+)@(\d+\.\d+)")
_ACK_EVERY = 32
_PATIENCE_S = 120.0


@dataclass
class Seen:
    """What all sockets saw. Delays are in seconds from the provider's write."""

    delays: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    ended: dict[str, float] = field(default_factory=dict)
    frames: int = 0
    chars: int = 0

    def frame(self, run: str, text: str, now: float) -> None:
        """Note one frame that arrived at ``now``."""
        self.frames += 1
        self.chars += len(text)
        events = text.partition('],"bodies":')[0]
        for token, sent in _STAMP.findall(events):
            delay = now - float(sent)
            self.delays.append(delay)
            if token == "t0001":
                self.first.append(delay)
        if '"type":"run_ended"' in events:
            self.ended[run] = now


async def main() -> None:
    """Open every socket, then read until every run has ended."""
    order = json.loads(sys.stdin.readline())
    seen = Seen()
    lines = [await _open(order, run) for run in order["runs"]]
    gc.freeze()
    _say(ready=len(lines))
    async with asyncio.timeout(_PATIENCE_S):
        pairs = zip(lines, order["runs"], strict=True)
        await asyncio.gather(*(_read(line, run, seen) for line, run in pairs))
    _say(**vars(seen))


async def _open(order: dict[str, Any], run: str) -> ClientConnection:
    """One socket at cursor 0; the compression browsers ask for is asked for as well."""
    url: str = order["url"]
    line = await connect(
        f"{url.replace('http', 'ws', 1)}/ws/runs/{run}/",
        origin=url,  # type: ignore[arg-type]
        additional_headers={"Cookie": order["cookie"]},
        proxy=None,
        max_size=None,
        ping_interval=None,
    )
    await line.send('{"after":0}')
    return line


async def _read(line: ClientConnection, run: str, seen: Seen) -> None:
    unread = 0
    async for text in line:
        now = time.monotonic()
        assert isinstance(text, str)
        seen.frame(run, text, now)
        if run in seen.ended:
            return
        unread += 1
        if unread == _ACK_EVERY:
            unread = 0
            await line.send(json.dumps({"ack": json.loads(text)["seq"]}))


def _say(**words: Any) -> None:
    print(json.dumps(words), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
