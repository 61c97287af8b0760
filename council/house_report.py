"""What the owner sees of this server: its people, and what all of them together spent.

US dollars, months in UTC. A cost nobody said is not 0: such calls are counted beside the sums.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest, TruncMonth
from django.utils import timezone

from council.models import Call, Conversation, Person

MONTHS, MODELS = 6, 10
"""How many months are shown, and how many models of the current one."""
_UNKNOWN = Count("pk", filter=Q(cost_usd=None, ended_at__isnull=False))


@dataclass(frozen=True)
class Spent:
    """What calls cost together, None where nobody said of any; ``unknown`` is of how many."""

    name: str
    usd: float | None
    calls: int
    unknown: int


def this_month() -> datetime:
    """When the current month began."""
    return timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def with_figures(people: QuerySet[Person]) -> QuerySet[Person]:
    """The people with ``asked`` (conversations), ``spent_usd`` and ``unknown`` (calls of this
    month, and how many of them nobody told the cost of) and ``seen_at``."""
    kept = Conversation.objects.filter(person=OuterRef("pk")).order_by().values("person")
    calls = Call.objects.filter(person=OuterRef("pk"), started_at__gte=this_month())
    month = calls.order_by().values("person")
    last = Conversation.objects.filter(person=OuterRef("pk")).order_by("-updated_at")
    return people.annotate(
        asked=Coalesce(Subquery(kept.annotate(n=Count("pk")).values("n")), 0),
        spent_usd=Subquery(month.annotate(s=Sum("cost_usd")).values("s")),
        unknown=Coalesce(Subquery(month.annotate(n=_UNKNOWN).values("n")), 0),
        last_asked=Subquery(last.values("updated_at")[:1]),
    ).annotate(
        seen_at=Greatest(
            Coalesce(F("last_asked"), F("date_joined")), Coalesce(F("last_login"), F("date_joined"))
        )
    )


def by_month() -> list[Spent]:
    """The months of which there are calls, the current one first."""
    months = Call.objects.annotate(month=TruncMonth("started_at")).values("month")
    rows = _summed(months).order_by("-month")[:MONTHS]
    return [_spent(row, f"{row['month']:%B %Y}") for row in rows]


def by_model() -> list[Spent]:
    """The models of this month, the dearest first."""
    calls = Call.objects.filter(started_at__gte=this_month()).values("model")
    rows = _summed(calls).order_by(F("usd").desc(nulls_last=True), "-n")[:MODELS]
    return [_spent(row, row["model"]) for row in rows]


def _summed(calls: Any) -> Any:
    return calls.annotate(usd=Sum("cost_usd"), n=Count("pk"), unknown=_UNKNOWN)


def _spent(row: dict[str, Any], name: str) -> Spent:
    return Spent(name, row["usd"], row["n"], row["unknown"])
