"""Pauses that providers asked for: whoever is asked next waits them out as well."""

from collections.abc import Callable

from council.wire.refusals import Endpoint


class Pauses:
    """Until when each endpoint wants to be left alone. ``clock`` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[Endpoint, float] = {}

    def asked(self, endpoint: Endpoint, seconds: float) -> None:
        """The endpoint asked for a pause of so many seconds, from now."""
        now = self._clock()
        self._until = {one: until for one, until in self._until.items() if until > now}
        self._until[endpoint] = max(now + seconds, self._until.get(endpoint, 0.0))

    def left_s(self, endpoint: Endpoint) -> float:
        """The seconds that are left of its pause; 0 when there is none."""
        return max(0.0, self._until.get(endpoint, 0.0) - self._clock())
