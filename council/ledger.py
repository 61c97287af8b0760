"""What a person's calls have cost: by day, by council, by model; own key and server's key apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.formats import date_format

from council.core.estimate import dollars
from council.models import Call, Person

DAYS = 30
WIDTH = 1000
"""How wide the longest bar is, in the units of its drawing."""


@dataclass(frozen=True)
class Line:
    """One day, council or model: US dollars by whose key paid, and the calls whose cost nobody
    said. ``share`` is how long its bar is, of `WIDTH`, the own part first."""

    name: str
    calls: int
    unknown: int
    own_usd: float
    server_usd: float
    share: tuple[int, int] = (0, 0)

    @property
    def usd(self) -> float:
        """All that is known."""
        return self.own_usd + self.server_usd

    @property
    def cost(self) -> str:
        """In words; what is unknown is never left out."""
        if not self.unknown:
            return dollars(self.usd)
        if self.unknown == self.calls:
            return "unknown"
        return f"at least {dollars(self.usd)}"

    @property
    def own_words(self) -> str:
        """What one's own keys paid."""
        return dollars(self.own_usd)

    @property
    def server_words(self) -> str:
        """What the server's keys paid."""
        return dollars(self.server_usd)

    @property
    def parts(self) -> str:
        """Whose key paid for it, where both did or it was one's own."""
        if not self.own_usd:
            return ""
        if not self.server_usd:
            return "your keys"
        return f"your keys {dollars(self.own_usd)}, the server’s {dollars(self.server_usd)}"


def by_day(person: Person) -> list[Line]:
    """The last thirty days (UTC) that had calls, the newest first; one query."""
    rows = _sums(_calls(person).annotate(name=TruncDate("started_at")), "name")
    found = [_line(date_format(row["name"], "D j M"), row) for row in rows]
    return _drawn(found[::-1])


def by_council(person: Person) -> list[Line]:
    """The councils of those days, the dearest first; one query."""
    rows = _sums(_calls(person), "council_name")
    return _drawn(_dearest(_line(row["council_name"] or "without a name", row) for row in rows))


def by_model(person: Person) -> list[Line]:
    """The models of those days, the dearest first; one query."""
    return _drawn(_dearest(_line(row["model"], row) for row in _sums(_calls(person), "model")))


def total(lines: Iterable[Line]) -> Line:
    """All of them together."""
    held = list(lines)
    return Line(
        "Together",
        sum(line.calls for line in held),
        sum(line.unknown for line in held),
        sum(line.own_usd for line in held),
        sum(line.server_usd for line in held),
    )


def since() -> datetime:
    """The first moment of the thirty days, today included."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - 1)


def _calls(person: Person) -> QuerySet[Call]:
    return Call.objects.filter(person=person, started_at__gte=since())


def _sums(calls: QuerySet[Call], name: str) -> list[dict[str, Any]]:
    """Calls and dollars by name. A call that is open has no cost yet, and one that was turned
    away (it holds nothing back) costs nothing: neither is unknown."""
    said_nothing = Q(cost_usd=None, ended_at__isnull=False) & ~Q(held_usd=0, held_usd__isnull=False)
    costs = Q(cost_usd__gt=0)
    return list(
        calls.values(name)
        .annotate(
            calls=Count("id"),
            unknown=Count("id", filter=said_nothing),
            own_usd=Sum("cost_usd", filter=costs & Q(whose_key="own"), default=0.0),
            server_usd=Sum("cost_usd", filter=costs & ~Q(whose_key="own"), default=0.0),
        )
        .order_by(F(name))
    )


def _line(name: str, row: dict[str, Any]) -> Line:
    return Line(name, row["calls"], row["unknown"], row["own_usd"], row["server_usd"])


def _dearest(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-line.usd, -line.unknown, line.name))


def _drawn(lines: list[Line]) -> list[Line]:
    """The lines with their bars, the longest of which is full."""
    most = max((line.usd for line in lines), default=0.0) or 1.0
    return [
        Line(
            line.name,
            line.calls,
            line.unknown,
            line.own_usd,
            line.server_usd,
            (round(WIDTH * line.own_usd / most), round(WIDTH * line.server_usd / most)),
        )
        for line in lines
    ]
