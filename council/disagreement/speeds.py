"""How fast a run is read: the verdict alone, what is contested, or everything.

An address may say it (``?speed=10s``), else the browser remembers it in a cookie, which the
server reads so that the page comes at the right speed at first paint.
"""

from typing import Literal

from council.core.state import RunState
from council.disagreement.verdict import verdict

Speed = Literal["10s", "1min", "all"]
PARAMETER = COOKIE = "speed"


def chosen(run: RunState, asked: str, kept: str) -> Speed:
    """The speed asked for, else the one kept; all while there is no verdict to read instead."""
    if not verdict(run) or not run.findings:
        return "all"
    known: dict[str, Speed] = {"10s": "10s", "1min": "1min"}
    return known.get(asked or kept, "all")
