"""What people do with the keys of programs: make, revoke. A key is shown once, and never kept."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from council.models import ApiKey, Person

MOST_KEYS, MOST_PER_MINUTE = 50, 6000
_BEGINS = "fc-"


class Refused(Exception):
    """The key was not made; the message is a sentence for the person."""


@transaction.atomic
def make(
    *,
    person: Person,
    name: str,
    councils: Sequence[str] = (),
    cap_usd: float | None = None,
    per_minute: int = 60,
) -> tuple[ApiKey, str]:
    """A new key, and the key itself: it can never be shown again. Raises Refused.

    ``councils`` are slugs, none: all that its person may ask.
    """
    name = " ".join(name.replace("\0", "").split())
    if not 1 <= len(name) <= 80:
        raise Refused("A key needs a name of at most 80 characters, to know it again by.")
    if cap_usd is not None and not 0 < cap_usd < 1_000_000:
        raise Refused("A cap is an amount in dollars above 0, or empty for none.")
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Refused(f"A key may ask 1 to {MOST_PER_MINUTE:,} times a minute.")
    if person.role == Person.Role.GUEST:
        raise Refused("Guests cannot make API keys. Sign up first.")
    Person.objects.select_for_update().get(id=person.id)
    if ApiKey.objects.filter(person=person, revoked_at=None).count() >= MOST_KEYS:
        raise Refused(f"At most {MOST_KEYS} keys can be in use. Revoke one first.")
    token = _BEGINS + secrets.token_urlsafe(32)
    row = ApiKey(
        person=person,
        name=name,
        token_hash=sha256(token.encode()).hexdigest(),
        last4=token[-4:],
        councils=list(dict.fromkeys(councils)),
        cap_usd=cap_usd,
        per_minute=per_minute,
    )
    row.full_clean(exclude=["person"])
    row.save()
    return row, token


def revoke(*, key: ApiKey) -> None:
    """Let nobody ask with it from now on. Whoever waits for a run with it is sent away."""
    ApiKey.objects.filter(id=key.id, revoked_at=None).update(revoked_at=timezone.now())


def show_runs(*, person: Person, shows: bool) -> None:
    """Whether what programs ask stands in the person's lists."""
    Person.objects.filter(id=person.id).update(shows_api_runs=shows)
