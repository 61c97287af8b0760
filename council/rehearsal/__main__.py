"""Start the provider: ``python -m council.rehearsal --port 0 --log FILE``."""

import argparse
import asyncio
import contextlib
import json
import signal
from pathlib import Path

from council.rehearsal.server import HOST, Provider


def main() -> None:
    """Read the command line and serve until told to stop (SIGTERM, SIGINT, or idle)."""
    parser = argparse.ArgumentParser(prog="python -m council.rehearsal", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: the system chooses")
    parser.add_argument("--log", type=Path, help="append requests and their ends, JSON lines")
    parser.add_argument("--scripts", type=Path, help="JSON: model id → list of takes")
    parser.add_argument("--idle-exit", type=float, metavar="SECONDS", help="end when nobody asks")
    given = parser.parse_args()
    scripts = json.loads(given.scripts.read_text("utf-8")) if given.scripts else None
    provider = Provider(given.log, scripts)
    with contextlib.closing(provider):
        asyncio.run(_serve(provider, given.port, given.idle_exit))


async def _serve(provider: Provider, port: int, idle_exit: float | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await provider.listen(port)
    bound = server.sockets[0].getsockname()[1]
    print(f"rehearsal on http://{HOST}:{bound}/v1", flush=True)
    while not stop.is_set():
        left = None if idle_exit is None else idle_exit - provider.idle_s
        if left is not None and left <= 0:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), left)
    server.close()


if __name__ == "__main__":
    main()
