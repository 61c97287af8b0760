"""How often a key has asked in the last minute, and when it may ask again.

Every request counts for sixty seconds; those of one second are kept as one entry and all leave
with the last of them. So no sixty seconds ever hold more than a key may ask, wherever they begin,
and no key is told to wait longer than a minute.
"""

import json
from dataclasses import dataclass
from math import ceil

MINUTE_S = 60.0


@dataclass(frozen=True)
class Minute:
    """What still counts at ``now``, in seconds since 1970: when, and how many, oldest first."""

    now: float
    entries: tuple[tuple[float, int], ...] = ()

    @classmethod
    def of(cls, kept: str, now: float) -> "Minute":
        """The minute before ``now``, of what `text` once said. A clock that was set back, or
        another machine's that is ahead, frees nothing early."""
        entries = tuple((at, count) for at, count in json.loads(kept or "[]"))
        latest = max([now, *(at for at, _ in entries)])
        return cls(latest, tuple(one for one in entries if one[0] + MINUTE_S > latest))

    @property
    def text(self) -> str:
        """What is kept of it: at most 61 entries."""
        return json.dumps(self.entries, separators=(",", ":"))

    @property
    def asked(self) -> int:
        """How many requests count."""
        return sum(count for _, count in self.entries)

    def one_more(self) -> "Minute":
        """With a request made now."""
        before, count = self.entries, 1
        if before and int(before[-1][0]) == int(self.now):
            count += before[-1][1]
            before = before[:-1]
        return Minute(self.now, (*before, (self.now, count)))

    def wait_s(self, most: int) -> int:
        """In how many whole seconds one more of ``most`` may be asked; 0: now."""
        left, wait_s = self.asked, 0
        for at, count in self.entries:
            if left < most:
                break
            left, wait_s = left - count, ceil(at + MINUTE_S - self.now)
        return wait_s

    def headers(self, most: int) -> dict[str, str]:
        """OpenAI's three: how many a minute, how many are left, when all of them are again."""
        return {
            "x-ratelimit-limit-requests": str(most),
            "x-ratelimit-remaining-requests": str(max(0, most - self.asked)),
            "x-ratelimit-reset-requests": f"{self.wait_s(1)}s",
        }
