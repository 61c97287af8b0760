"""What an API key has spent, and what it may still spend."""

from collections.abc import Iterable

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from council import spending
from council.core.estimate import dollars
from council.models import ApiKey, Call, Run


def spent_by(keys: Iterable[ApiKey]) -> dict[int, float]:
    """What all runs of each key have cost, in US dollars, by the key's id; also those that were
    deleted since. A call whose cost nobody said counts for the most it can have cost, where a cap
    made that known."""
    ids = [key.id for key in keys]
    counted = Sum(Coalesce(F("cost_usd"), F("held_usd"), 0.0))
    rows = Call.objects.filter(api_key__in=ids).values("api_key")
    return {row["api_key"]: row["usd"] or 0.0 for row in rows.annotate(usd=counted)}


def within(key: ApiKey, cap_usd: float | None) -> float | None:
    """What the key's next run may cost, in US dollars: no more than ``cap_usd``, and than what is
    left of the key's own cap once runs under way have had theirs. None: there is no cap.

    `spending.lock` comes first. Raises Beyond when nothing is left.
    """
    if key.cap_usd is None:
        return cap_usd
    over = Q(run=None) | Q(run__state__in=Run.FINAL)
    rows = Call.objects.filter(over, api_key=key)
    spent_usd = rows.aggregate(usd=Sum(Coalesce(F("cost_usd"), F("held_usd"), 0.0)))["usd"] or 0.0
    open_runs = Run.objects.filter(api_key=key).exclude(state__in=Run.FINAL)
    aside_usd = open_runs.aggregate(usd=Sum("reserved_usd"))["usd"] or 0.0
    left_usd = key.cap_usd - spent_usd - aside_usd
    if left_usd <= 0:
        raise spending.Beyond(
            f"The API key “{key.name}” may spend {dollars(key.cap_usd)}, and that is spent or set "
            "aside. Nothing was asked. Its owner can make another key with a higher cap."
        )
    return left_usd if cap_usd is None else min(left_usd, cap_usd)
