"""Reading one page in a process of its own: a hostile file can hang or fill that one only.

A thread could not be ended: two pages made for it would have stopped all reading for minutes.
"""

import asyncio
import contextlib
import json
import resource
import sys
from pathlib import Path

from council.tools import pages
from council.tools.pages import Text, Unreadable

READING_S = 20.0
"""Seconds after which a page is given up, however busy the machine is."""
_CPU_S, _MEMORY_BYTES = 8, 1 << 30
"""What reading one page may use of processor and memory."""
_ROOT = Path(__file__).resolve().parents[2]


async def text_of(kind: str, body: bytes, *, is_cut: bool) -> Text:
    """The readable text of a page. Raises Unreadable, within ``READING_S`` seconds."""
    # It is given nothing of our environment: no key is where hostile files are read.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__),
        cwd=_ROOT,
        env={},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(READING_S):
            head = json.dumps({"kind": kind, "is_cut": is_cut}).encode()
            said, _ = await process.communicate(head + b"\n" + body)
    except TimeoutError:
        raise Unreadable("its text could not be found in time") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        raise Unreadable("reading it took more time or memory than a page may take")
    found = json.loads(said)
    if "unreadable" in found:
        raise Unreadable(found["unreadable"])
    return Text(**found)


def main() -> None:
    """Read the page on standard input; its text, or why there is none, to standard output."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    with contextlib.suppress(ValueError, OSError):  # not every system has this limit
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    about = json.loads(sys.stdin.buffer.readline())
    try:
        found = pages.text_of(about["kind"], sys.stdin.buffer.read(), is_cut=about["is_cut"])
        said = found._asdict()
    except Unreadable as problem:
        said = {"unreadable": str(problem)}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
