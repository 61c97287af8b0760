"""Who the owner is, and the one-time link that signs in as owner."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from council.models import OwnerLink, Person

LINK_LIVES = timedelta(hours=24)


class LinkUsed(Exception):
    """The link is unknown, too old or was used already; all three look the same."""


def owner() -> Person:
    """The owner of this server; made at first need, without a password."""
    found = Person.objects.filter(role=Person.Role.OWNER, is_active=True).order_by("id").first()
    if found is not None:
        return found
    person = Person(username=_free_name("owner"), role=Person.Role.OWNER)
    person.set_unusable_password()
    person.full_clean()
    person.save()
    return person


def is_last_owner(person: Person) -> bool:
    """True when nobody else could run this server."""
    owners = Person.objects.filter(role=Person.Role.OWNER, is_active=True)
    return person.role == Person.Role.OWNER and not owners.exclude(id=person.id).exists()


def new_owner_link() -> str:
    """The token of a fresh link. Only its hash is kept."""
    token = secrets.token_urlsafe(24)
    OwnerLink.objects.filter(created_at__lt=timezone.now() - LINK_LIVES).delete()
    OwnerLink.objects.create(token_hash=_hash(token))
    return token


def is_open(token: str) -> bool:
    """True when the link would still sign somebody in."""
    return _unused(token).exists()


@transaction.atomic
def use_owner_link(*, token: str) -> Person:
    """Use the link up. Raises LinkUsed."""
    if not _unused(token).update(used_at=timezone.now()):
        raise LinkUsed
    return owner()


def _free_name(wanted: str) -> str:
    """The name, or with a number behind it where somebody is called so already."""
    name, number = wanted, 1
    while Person.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted}{number}"
    return name


def _unused(token: str) -> QuerySet[OwnerLink]:
    return OwnerLink.objects.filter(
        token_hash=_hash(token), used_at=None, created_at__gte=timezone.now() - LINK_LIVES
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
