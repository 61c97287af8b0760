"""The only doors through which rows are read on a person's behalf. Closed by default."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from council.models import (
    ApiKey,
    Attachment,
    BestAnswer,
    Conversation,
    Council,
    Key,
    Person,
    Report,
    Run,
    Share,
    SharedRun,
)
from council.sharing import tokens
from council.sharing.lens import Lens

Somebody = Person | AnonymousUser


class Closed(Exception):
    """There is no such thing for this person: not there and not allowed look the same."""


def person_of(session_key: str) -> Somebody:
    """Whose session this is now: read from the database, not from a socket's memory."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(session_key or None)
    person_id = store.get(SESSION_KEY)
    person = Person.objects.filter(id=person_id, is_active=True).first() if person_id else None
    if person is None or not _still_valid(store, person):
        return AnonymousUser()
    return person


def _still_valid(store: Any, person: Person) -> bool:
    """A changed password ends every session that was opened with the old one."""
    known = store.get(HASH_SESSION_KEY, "")
    return bool(known) and constant_time_compare(known, person.get_session_auth_hash())


def run_for(person: Somebody, run_id: UUID) -> Run:
    """The run, if it is this person's. Raises Closed."""
    if not isinstance(person, Person) or not person.is_active:
        raise Closed
    run = (
        Run.objects.select_related("conversation")
        .filter(id=run_id, conversation__person=person)
        .first()
    )
    if run is None:
        raise Closed
    return run


def runs_of(person: Somebody) -> QuerySet[Run]:
    """Every run of this person."""
    if not isinstance(person, Person) or not person.is_active:
        return Run.objects.none()
    return Run.objects.filter(conversation__person=person)


def share_by(token: str) -> Share:
    """The share behind a link, while it is one. Raises Closed: unknown, revoked and expired look
    the same, and take the same one query."""
    found = _open_shares(token_hash=tokens.hashed(token)).first()
    if found is None:
        raise Closed
    return found


def live_in_share(token: str, number: int) -> tuple[UUID, Lens] | None:
    """The run of a share that still goes on, and how it is seen; None where there is only a copy,
    or nothing."""
    with suppress(Closed):
        share = share_by(token)
        shared = share.runs.filter(number=number, frozen="").first()
        return (shared.run_id, Lens.of(share.shows)) if shared is not None else None
    return None


def open_shares(asked: Collection[str]) -> set[str]:
    """Those of the tokens that open a share now."""
    by_hash = {tokens.hashed(token): token for token in asked}
    there = _open_shares(token_hash__in=by_hash).values_list("token_hash", flat=True)
    return {by_hash[found] for found in there}


def _open_shares(**which: Any) -> QuerySet[Share]:
    lasting = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    shares = Share.objects.select_related("person")
    return shares.filter(lasting, revoked_at=None, person__is_active=True, **which).filter(
        Exists(SharedRun.objects.filter(share=OuterRef("pk")))
    )


def shares_of(person: Somebody) -> QuerySet[Share]:
    """The links this person made, the latest first."""
    if not isinstance(person, Person) or not person.is_active:
        return Share.objects.none()
    return Share.objects.filter(person=person).order_by("-created_at")


def share_of(person: Somebody, share_id: UUID) -> Share:
    """A link this person made. Raises Closed."""
    found = shares_of(person).filter(id=share_id).first()
    if found is None:
        raise Closed
    return found


def reports_for(owner: Somebody) -> QuerySet[Report]:
    """What strangers said of shared pages; for the owner of this server. Raises Closed."""
    machine_for(owner)
    return Report.objects.select_related("share__person").order_by("-created_at")


def open_to(person: Somebody, run_ids: Collection[UUID]) -> set[UUID]:
    """Those of the runs that are this person's."""
    if not isinstance(person, Person) or not person.is_active:
        return set()
    found = Run.objects.filter(id__in=run_ids, conversation__person=person)
    return set(found.values_list("id", flat=True))


def best_answers_of(person: Somebody) -> QuerySet[BestAnswer]:
    """Which answers this person found best, the latest first."""
    if not isinstance(person, Person) or not person.is_active:
        return BestAnswer.objects.none()
    return BestAnswer.objects.filter(person=person).order_by("-created_at")


def file_for(person: Somebody, file_id: UUID) -> Attachment:
    """The file, if this person brought it. Raises Closed."""
    if not isinstance(person, Person) or not person.is_active:
        raise Closed
    found = Attachment.objects.filter(id=file_id, person=person).first()
    if found is None:
        raise Closed
    return found


def unsent_files(
    person: Somebody, ids: Iterable[str], *, of: Run | None = None
) -> list[Attachment]:
    """Those of this person's files that wait for their question, or came with that of run ``of``,
    in the order of the ids."""
    if not isinstance(person, Person) or not person.is_active:
        return []
    wanted: list[UUID] = []
    for text in ids:
        with suppress(ValueError):
            wanted.append(UUID(text))
    free = Q(run=None) if of is None else Q(run=None) | Q(run=of)
    found = Attachment.objects.filter(free, person=person).in_bulk(wanted)
    return [found[one] for one in dict.fromkeys(wanted) if one in found]


def conversation_for(person: Somebody, conversation_id: UUID) -> Conversation:
    """The conversation, if it is this person's. Raises Closed."""
    if not isinstance(person, Person) or not person.is_active:
        raise Closed
    found = Conversation.objects.filter(id=conversation_id, person=person).first()
    if found is None:
        raise Closed
    return found


def conversations_of(person: Somebody) -> QuerySet[Conversation]:
    """All conversations of this person, archived ones too, the latest first."""
    if not isinstance(person, Person) or not person.is_active:
        return Conversation.objects.none()
    return Conversation.objects.filter(person=person).order_by("-updated_at")


def listed_of(person: Somebody) -> QuerySet[Conversation]:
    """Those of them that stand in lists: without what programs asked, where this person wants so.

    What a program asked has an address all the same, and stands in the export.
    """
    found = conversations_of(person)
    if isinstance(person, Person) and not person.shows_api_runs:
        asked = Run.objects.filter(conversation=OuterRef("id"), api_key__isnull=False)
        found = found.filter(~Exists(asked))
    return found


def api_keys_of(person: Somebody) -> QuerySet[ApiKey]:
    """The keys with which programs ask as this person, revoked ones too, the latest first."""
    if not isinstance(person, Person) or not person.is_active:
        return ApiKey.objects.none()
    return ApiKey.objects.filter(person=person).order_by("-created_at", "-id")


def api_key_of(person: Somebody, key_id: int) -> ApiKey:
    """One of them. Raises Closed."""
    found = api_keys_of(person).filter(id=key_id).first()
    if found is None:
        raise Closed
    return found


def api_key_behind(token: str) -> ApiKey:
    """The key this is, while it may be used. Raises Closed for any other text.

    Looked up by its print: how long that takes says nothing about other keys.
    """
    token_hash = sha256(token.encode(errors="replace")).hexdigest()
    found = ApiKey.objects.select_related("person").filter(token_hash=token_hash).first()
    if found is None or found.revoked_at is not None or not found.person.is_active:
        raise Closed
    if found.person.role == Person.Role.GUEST:
        raise Closed
    return found


def may_still_ask(key_id: int) -> bool:
    """True while this key may be used: it is not revoked, and its person is let in."""
    return ApiKey.objects.filter(id=key_id, revoked_at=None, person__is_active=True).exists()


def councils_of(person: Somebody) -> QuerySet[Council]:
    """The councils this person has saved, without those that are deleted."""
    if not isinstance(person, Person) or not person.is_active:
        return Council.objects.none()
    return Council.objects.filter(owner=person, deleted_at=None).order_by("slug")


def deleted_councils_of(person: Somebody) -> QuerySet[Council]:
    """The councils whose deletion this person may still undo, the latest first."""
    if not isinstance(person, Person) or not person.is_active:
        return Council.objects.none()
    deleted = Council.objects.filter(owner=person, deleted_at__isnull=False)
    return deleted.order_by("-deleted_at")


def deleted_council_of(person: Somebody, slug: str) -> Council:
    """A council whose deletion this person may still undo. Raises Closed."""
    found = deleted_councils_of(person).filter(slug=slug).first()
    if found is None:
        raise Closed
    return found


def council_of(person: Somebody, slug: str) -> Council:
    """The council this person saved under this slug, to change it. Raises Closed."""
    found = councils_of(person).filter(slug=slug).first()
    if found is None:
        raise Closed
    return found


def council_behind(run: Run) -> Council | None:
    """The saved council of this run, while whoever asked may still use it."""
    row, person = run.council, run.conversation.person
    if row is None or row.deleted_at is not None:
        return None
    return row if row.owner_id == person.id or row.is_public else None


def public_councils(person: Somebody) -> QuerySet[Council]:
    """What others on this server published to everyone."""
    if not isinstance(person, Person) or not person.is_active:
        return Council.objects.none()
    public = Council.objects.filter(is_public=True, deleted_at=None, owner__is_active=True)
    return public.exclude(owner=person).order_by("slug")


def account_of(person: Somebody) -> Person:
    """The account of whoever has one: everybody but guests. Raises Closed."""
    is_guest = isinstance(person, Person) and person.role == Person.Role.GUEST
    if not isinstance(person, Person) or is_guest or not person.is_active:
        raise Closed
    return person


def keys_of(person: Somebody) -> QuerySet[Key]:
    """The keys this person saved."""
    if not isinstance(person, Person) or not person.is_active:
        return Key.objects.none()
    return Key.objects.filter(person=person).select_related("person").order_by("provider")


def key_of(person: Somebody, provider: str) -> Key:
    """The key this person saved for a provider. Raises Closed."""
    found = keys_of(person).filter(provider=provider).first()
    if found is None:
        raise Closed
    return found


def machine_for(person: Somebody) -> None:
    """Who may look into this server itself: its owner. Raises Closed for everybody else."""
    is_owner = isinstance(person, Person) and person.role == Person.Role.OWNER
    if not is_owner or not person.is_active:
        raise Closed


def people_for(owner: Somebody) -> QuerySet[Person]:
    """Everybody with an account here, and the guests; for the owner. Raises Closed."""
    machine_for(owner)
    return Person.objects.order_by("date_joined", "id")


def person_for(owner: Somebody, person_id: int) -> Person:
    """Somebody of this server, for its owner. Raises Closed."""
    found = people_for(owner).filter(id=person_id).first()
    if found is None:
        raise Closed
    return found


def published_for(owner: Somebody) -> QuerySet[Council]:
    """Every council that everybody here may use; for the owner. Raises Closed."""
    machine_for(owner)
    public = Council.objects.filter(is_public=True, deleted_at=None)
    return public.select_related("owner").order_by("slug")
