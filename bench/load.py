"""One load: so many councils, so many tokens, at a steady pace. And what it took."""

import time
from dataclasses import dataclass
from typing import Self

import psutil

SEATS = 4
PACE = 50
"""Tokens a second, of every member."""


@dataclass(frozen=True)
class Load:
    """Councils of four: ``tokens`` from each member, ``after`` from judge and writer each.

    Members say their first token ``first_s`` after they were asked, so that every run is
    started and every socket open before the first measured token. With ``stamped`` every
    token carries the time it was sent, which makes it five times as long as a real one.
    """

    runs: int
    tokens: int
    after: int
    first_s: float
    stamped: bool = True

    @property
    def member(self) -> str:
        """The scripted provider's name for a member."""
        return self._speaker(self.tokens, self.first_s)

    @property
    def judge(self) -> str:
        """A comparison of the four, in JSON."""
        return f"load-judge/n={self.after};tps={PACE};first=0.05"

    @property
    def writer(self) -> str:
        """The synthesis."""
        return self._speaker(self.after, 0.05)

    def _speaker(self, tokens: int, first_s: float) -> str:
        return f"load/n={tokens};tps={PACE};first={first_s:g};stamp={self.stamped:d};par=60"

    @property
    def read_tokens(self) -> int:
        """Tokens the server reads from the provider."""
        return self.runs * (SEATS * self.tokens + 2 * self.after)

    @property
    def shown_tokens(self) -> int:
        """Tokens that reach the sockets: the judge's JSON does not."""
        return self.runs * (SEATS * self.tokens + self.after)

    @property
    def critical_path_s(self) -> float:
        """How long a run takes if nothing but the models takes time."""
        member = self.first_s + (self.tokens - 1) / PACE
        return member + 2 * (0.05 + (self.after - 1) / PACE)


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used, in user code and in the kernel."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


class Strangers:
    """How many processors everybody else on this machine kept busy, inside a ``with`` block.

    ``pids`` are ours. A measurement beside busy strangers says little about us.
    """

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self.busy = self.took_s = 0.0

    def __enter__(self) -> Self:
        self._before, self._started = self._used(), time.monotonic()
        return self

    def __exit__(self, *exc: object) -> None:
        self.took_s = time.monotonic() - self._started
        self.busy = max(0.0, (self._used() - self._before) / self.took_s)

    def _used(self) -> float:
        machine = psutil.cpu_times()
        return sum(machine) - machine.idle - machine.iowait - sum(map(cpu_s, self._pids))
