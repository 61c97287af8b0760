"""How a person's councils were used: runs, the last time, what one took on average."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q
from django.utils import timezone
from django.utils.formats import date_format

from council import access
from council.access import Somebody
from council.models import Run
from council.words import dollars, seconds

LONGEST = timedelta(hours=2)
"""No run takes longer; what ended later was taken up again, and says nothing of its time."""


@dataclass(frozen=True)
class Usage:
    """One person's runs with one council. Averages are over runs whose cost, or end, is known."""

    runs: int
    last: datetime
    cost_usd: float | None
    took: timedelta | None

    @property
    def cost(self) -> str:
        """The average cost in words, or empty."""
        return "" if self.cost_usd is None else dollars(self.cost_usd)

    @property
    def time(self) -> str:
        """The average time in words, or empty."""
        return "" if self.took is None else seconds(self.took.total_seconds() * 1000)

    @property
    def when(self) -> str:
        """The last time: ``today``, ``yesterday``, ``3 days ago`` or a date."""
        days = (timezone.localdate() - timezone.localdate(self.last)).days
        if days <= 1:
            return "yesterday" if days == 1 else "today"
        return f"{days} days ago" if days < 14 else date_format(self.last, "j M Y")


def of(person: Somebody, councils: Iterable[UUID]) -> dict[UUID, Usage]:
    """The person's own runs with each of these councils; one query."""
    took = ExpressionWrapper(F("ended_at") - F("created_at"), output_field=DurationField())
    found = (
        access.runs_of(person)
        .filter(council__in=list(councils), kind=Run.Kind.COUNCIL)
        .values("council")
        .annotate(
            runs=Count("id"),
            last=Max("created_at"),
            cost_usd=Avg("cost_usd", filter=Q(cost_complete=True)),
            took=Avg(
                took,
                filter=Q(state="done", ended_at__lte=F("created_at") + LONGEST),
                output_field=DurationField(),
            ),
        )
    )
    return {
        row["council"]: Usage(row["runs"], row["last"], row["cost_usd"], row["took"])
        for row in found
    }
