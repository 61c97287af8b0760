"""Keeps the rehearsal provider running: a process of its own that outlives a killed server."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from threading import Lock

IDLE_EXIT_S = 900
_START_S = 10.0
_lock = Lock()


class NotStarted(Exception):
    """The rehearsal provider did not come up."""


def ensure(data_dir: Path) -> str:
    """The base URL of a running rehearsal provider; starts one if there is none. Blocks.

    Raises NotStarted when it does not answer within ten seconds.
    """
    note = data_dir / "rehearsal.json"
    with _lock:
        url = _running(note)
        return url or _start(note)


def _running(note: Path) -> str:
    try:
        url = str(json.loads(note.read_text(encoding="utf-8"))["url"])
        with urllib.request.urlopen(url.removesuffix("/v1") + "/health", timeout=2) as answer:  # noqa: S310
            return url if answer.status == 200 else ""
    except (OSError, ValueError, KeyError, urllib.error.URLError):
        return ""


def _start(note: Path) -> str:
    note.with_name("rehearsal.log").unlink(missing_ok=True)  # earlier versions kept every question
    process = subprocess.Popen(  # noqa: S603
        [
            sys.executable, "-m", "council.rehearsal",
            "--port", "0", "--idle-exit", str(IDLE_EXIT_S),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd=Path(__file__).resolve().parent.parent,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + _START_S
    line = process.stdout.readline() if process.stdout else ""
    url = line.rpartition(" ")[2].strip()
    if not url.startswith("http") or time.monotonic() > deadline:
        raise NotStarted("The rehearsal provider did not start; sample questions cannot be played.")
    note.write_text(json.dumps({"url": url, "pid": process.pid}), encoding="utf-8")
    return url
