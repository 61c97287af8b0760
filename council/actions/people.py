"""Who the owner is, guests and what becomes of them, and links that sign somebody in once."""

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from council import spending
from council.actions import councils
from council.models import (
    Attachment,
    BestAnswer,
    Call,
    ClientKey,
    Conversation,
    Council,
    Key,
    Person,
    SignInLink,
)
from council.searching import passages

LINK_LIVES = timedelta(hours=24)
GUEST_LIVES = timedelta(days=30)
"""How long a guest who asks nothing is kept."""
GUEST_NAME = "guest-"
"""What every guest's name begins with; nobody else's may."""
GONE = "guest-gone"
"""Whose the calls of forgotten guests are: money that was spent stays spent."""


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


class LinkUsed(Exception):
    """The link is unknown, too old or was used already; all three look the same."""


def owner() -> Person:
    """The owner of this server; made at first need, without a password."""
    owners = Person.objects.filter(role=Person.Role.OWNER, is_active=True).order_by("id")
    if (found := owners.first()) is not None:
        return found
    with transaction.atomic():
        spending.hold_house()  # whoever comes second waits here, and finds the first one's
        if (found := owners.first()) is not None:
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


def welcome(person: Person) -> None:
    """Make somebody who signs up a person; the caller saves. The owner lets them use its keys."""
    person.role = Person.Role.PERSON
    person.may_use_server_keys = settings.ENV.sign_up == "open"


def new_guest() -> Person:
    """Somebody without an account. What they may spend is the guests' common budget."""
    person = Person(username=f"{GUEST_NAME}{secrets.token_hex(6)}", role=Person.Role.GUEST)
    person.set_unusable_password()
    person.full_clean()
    person.save()
    return person


@transaction.atomic
def rename(*, person: Person, name: str) -> None:
    """Another name to sign in with. Raises ValidationError when it is none, or taken."""
    if name.lower() != person.username.lower():
        name = get_adapter().clean_username(name)
    row = Person.objects.select_for_update().get(id=person.id)
    row.username = name
    row.full_clean()
    with names():
        row.save(update_fields=["username"])


@transaction.atomic
def take_over(*, guest: Person, person: Person) -> None:
    """Give everything a guest has to the account they signed in to; the guest is gone then."""
    Person.objects.select_for_update().get(id=guest.id)
    Conversation.objects.filter(person=guest).update(person=person)
    passages.hand_over(guest, person)
    Attachment.objects.filter(person=guest).update(person=person)
    Call.objects.filter(person=guest).update(person=person)
    for council in Council.objects.filter(owner=guest):
        councils.hand_over(row=council, person=person)
    BestAnswer.objects.filter(person=guest).update(person=person)
    known = ClientKey.objects.filter(person=person).values("key")
    ClientKey.objects.filter(person=guest).exclude(key__in=known).update(person=person)
    own = Key.objects.filter(person=person).values("provider")
    Key.objects.filter(person=guest).exclude(provider__in=own).update(person=person)
    guest.delete()


def let_use_server_keys(*, person: Person, may: bool) -> None:
    """Whether they may ask with the keys of the server, or only with their own."""
    Person.objects.filter(id=person.id).update(may_use_server_keys=may)


@transaction.atomic
def set_role(*, person: Person, role: Person.Role) -> None:
    """Make somebody owner or person; what they published is no longer then. Raises Refused."""
    if person.role == Person.Role.GUEST or role == Person.Role.GUEST:
        raise Refused("A guest becomes a person by signing up.")
    if role != Person.Role.OWNER:
        _keep_an_owner(person)
        Council.objects.filter(owner=person).update(is_public=False)
    Person.objects.filter(id=person.id).update(role=role)


@transaction.atomic
def set_active(*, person: Person, is_active: bool) -> None:
    """Let somebody in, or no longer: their sessions and open pages end. Raises Refused."""
    if not is_active:
        _keep_an_owner(person)
    Person.objects.filter(id=person.id).update(
        is_active=is_active, session_epoch=F("session_epoch") + (0 if is_active else 1)
    )


@contextmanager
def names() -> Iterator[None]:
    """Around what writes a name: nobody else can take it at the same moment.

    Raises ValidationError when somebody has, since it was looked up.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as problem:
        raise get_adapter().validation_error("username_taken") from problem


def _hold_owners() -> None:
    owners = Person.objects.select_for_update().filter(role=Person.Role.OWNER).order_by("id")
    list(owners.values_list("id"))


def _keep_an_owner(person: Person) -> None:
    """Raises Refused for the last owner; the owners' rows are locked until the transaction ends."""
    _hold_owners()
    if is_last_owner(person):
        raise Refused("This is the only owner. Make somebody else an owner first.")


def end_other_sessions(*, person: Person) -> None:
    """End every session of this person; the caller keeps the one that asked for it."""
    person.session_epoch += 1
    person.save(update_fields=["session_epoch"])


@transaction.atomic
def keep_spent(*, person: Person) -> None:
    """Before a person is deleted: what they spent as a guest this month stays spent."""
    month = timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = Call.objects.filter(person=person, by_guest=True, started_at__gte=month)
    if spent.exists():
        gone, _ = Person.objects.get_or_create(
            username=GONE, defaults={"role": Person.Role.GUEST, "is_active": False}
        )
        spent.update(person=gone, council_name="")


def forget_guests() -> None:
    """Remove the guests who have asked nothing for `GUEST_LIVES`, with all they had."""
    guests = Person.objects.filter(role=Person.Role.GUEST).exclude(username=GONE)
    last = Coalesce(Max("conversations__runs__created_at"), "date_joined")
    for guest in guests.annotate(last=last).filter(last__lt=timezone.now() - GUEST_LIVES):
        with transaction.atomic():
            keep_spent(person=guest)
            guest.delete()


def new_owner_link() -> str:
    """The token of a fresh link that signs in as owner. Only its hash is kept."""
    return _new_link(None)


def new_sign_in_link(*, person: Person) -> str:
    """The token of a fresh link that signs this person in, once. Only its hash is kept."""
    return _new_link(person)


def whose(token: str) -> tuple[bool, Person | None]:
    """Whether the link would still sign somebody in, and whom; None: the owner."""
    link = _unused(token).select_related("person").first()
    return link is not None, link.person if link is not None else None


@transaction.atomic
def use_link(*, token: str) -> Person:
    """Use the link up. Raises LinkUsed, also for a person who was switched off."""
    link = _unused(token).select_for_update(of=("self",)).select_related("person").first()
    if link is None or (link.person is not None and not link.person.is_active):
        raise LinkUsed
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    return link.person or owner()


def _free_name(wanted: str) -> str:
    """The name, or with a number behind it where somebody is called so already."""
    name, number = wanted, 1
    while Person.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted}{number}"
    return name


def _new_link(person: Person | None) -> str:
    token = secrets.token_urlsafe(24)
    SignInLink.objects.filter(created_at__lt=timezone.now() - LINK_LIVES).delete()
    SignInLink.objects.create(person=person, token_hash=_hash(token))
    return token


def _unused(token: str) -> QuerySet[SignInLink]:
    return SignInLink.objects.filter(
        token_hash=_hash(token), used_at=None, created_at__gte=timezone.now() - LINK_LIVES
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
