"""Many answers at once are read in gulps: one awakening for several words."""

import asyncio

DENSE = 32
"""With fewer answers under way, every word is read as it comes."""
GULP_S = 0.04


class Crowd:
    """Counts the answers that are being read: each is inside a ``with`` block."""

    def __init__(self) -> None:
        self._count = 0
        self._gulp: asyncio.Event | None = None

    def __enter__(self) -> None:
        self._count += 1

    def __exit__(self, *exc: object) -> None:
        self._count -= 1

    @property
    def is_dense(self) -> bool:
        """True when the words of one answer should gather a little before they are read."""
        return self._count >= DENSE

    async def gather(self) -> None:
        """Wait for the next gulp: one timer for all, so that their words share a tick as well."""
        if self._gulp is None:
            self._gulp = asyncio.Event()
            asyncio.get_running_loop().call_later(GULP_S, self._take, self._gulp)
        await self._gulp.wait()

    def _take(self, gulp: asyncio.Event) -> None:
        self._gulp = None
        gulp.set()
