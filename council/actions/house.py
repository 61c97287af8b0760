"""What the owner sets for the whole server."""

import math

from django.db import transaction

from council.models import Council, House

MOST_USD = 10**6


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


@transaction.atomic
def set_guest_budget(*, text: str) -> None:
    """US dollars for all guests together in a month; empty: as the environment says.

    Raises Refused.
    """
    budget = _dollars(text)
    house = House.objects.select_for_update().order_by("id").first() or House()
    house.guest_budget_usd = budget
    house.full_clean()
    house.save()


def unpublish(*, council: Council) -> None:
    """Take it from everybody but who made it."""
    Council.objects.filter(id=council.id).update(is_public=False)


def _dollars(text: str) -> float | None:
    text = text.strip().removeprefix("$").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= MOST_USD:  # never true of nan
        raise Refused(
            "The budget is a number of US dollars from 0 to 1,000,000, such as 5 or 2.50. What "
            "was set before is kept."
        )
    return value
