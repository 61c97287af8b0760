"""How many calls of one provider may be asked again at once: kept once per process.

Retries help a provider that stumbles and hurt one that is down. Two rules hold them back; a
first call is never refused because of an earlier one.

- Budget: at most a fifth of a provider's active turns are retries, but three always may be.
- Breaker: after five attempts in a row that the provider itself failed, nobody asks again
  there until one attempt did better or a quarter of a minute has passed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from council.core.failures import Failure, Kind
from council.core.patience import retry_wait, saying
from council.core.plan import Patience

SHARE, LEAST = 0.2, 3
"""Retries may be this part of a provider's active turns, unless told otherwise, and always this
many."""
IN_A_ROW, REST_S = 5, 15.0
"""So many failed attempts in a row end retries, for so many seconds after the last."""
MAX_CHANGES = 4
"""How often one turn's request is sent without a field that the provider refused."""

_OWN_FAULTS = frozenset({Kind.PROVIDER_ERROR, Kind.UNREACHABLE})


@dataclass
class _Standing:
    """How one provider does right now."""

    active: int = 0
    retrying: int = 0
    failed_in_a_row: int = 0
    failed_s: float = 0.0


class Retries:
    """Every provider's standing. ``clock`` counts seconds and never goes back; ``share`` of a
    provider's active turns may be retries."""

    def __init__(self, clock: Callable[[], float], share: float = SHARE) -> None:
        self._clock, self._share = clock, share
        self._standings: dict[str, _Standing] = {}
        self._name: Callable[[str], str] = str

    def named(self, name: Callable[[str], str]) -> "Retries":
        """The same standings under other names: a provider asked with another key is another."""
        same = Retries(self._clock, self._share)
        same._standings, same._name = self._standings, name
        return same

    @contextmanager
    def turn(self, provider: str) -> Iterator["Turn"]:
        """One part's turn to be asked, all its attempts and the waits between them."""
        standing = self._standings.setdefault(self._name(provider), _Standing())
        standing.active += 1
        turn = Turn(standing, self._clock, self._share)
        try:
            yield turn
        finally:
            standing.active -= 1
            standing.retrying -= turn.is_retry


@dataclass
class Turn:
    """One turn's claim on its provider's patience, and how often it made use of it."""

    _standing: _Standing
    _clock: Callable[[], float]
    _share: float
    retries: int = field(default=0, init=False)
    changes: int = field(default=0, init=False)
    is_retry: bool = field(default=False, init=False)

    def goes_on(self, retries: int) -> None:
        """A turn with so many retries goes on: from here or from a process that has gone."""
        self.retries = retries
        if not self.is_retry:
            self.is_retry = True
            self._standing.retrying += 1

    def heard(self, failure: Failure | None) -> None:
        """An attempt ended: None, or a failure that is not the provider's own, is good news.

        After an answer (with tools, a turn has several) the next call has retries of its own.
        """
        if failure is None:
            self.retries = 0
        if failure is None or failure.kind not in _OWN_FAULTS:
            self._standing.failed_in_a_row = 0
        else:
            self._standing.failed_in_a_row += 1
            self._standing.failed_s = self._clock()

    def again(
        self,
        failure: Failure,
        patience: Patience,
        jitter: Callable[[], float],
        *,
        will_change: bool = False,
    ) -> tuple[Failure, float | None]:
        """After a failure: the seconds until the next attempt, None for no other.

        The failure says so where only others' failures stand in the way. A request that
        ``will_change`` is another request: it goes out at once and is no retry.
        """
        if will_change and self.changes < MAX_CHANGES:
            self.changes += 1
            return failure, 0.0
        wait_s = retry_wait(failure, self.retries, patience, jitter)
        if wait_s is None:
            return failure, None
        if reason := self._why_not():
            return saying(failure, reason), None
        self.goes_on(self.retries + 1)
        return failure, wait_s

    def _why_not(self) -> str:
        """Why this turn's call may not be sent again, as a sentence; empty when it may."""
        standing = self._standing
        is_resting = self._clock() - standing.failed_s < REST_S
        if standing.failed_in_a_row >= IN_A_ROW and is_resting:
            count = standing.failed_in_a_row
            return f"It was not asked again: {count} calls in a row have failed there."
        most = max(LEAST, int(self._share * standing.active))
        if not self.is_retry and standing.retrying >= most:
            return "It was not asked again: too many calls there are being tried again already."
        return ""
