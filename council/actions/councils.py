"""What people do with councils: save, rename, duplicate, delete and undo, publish."""

from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from council import choices
from council.core import plan
from council.models import Council, CouncilVersion, Person

UNDO = timedelta(days=7)
"""How long a deletion can be undone."""
TWICE = timedelta(minutes=1)
"""A new council that says the same as one saved so lately is that one."""
MOST = 500
"""Councils one person may keep."""


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


@transaction.atomic
def save_new(*, person: Person, council: plan.Council) -> Council:
    """Keep a new council; of a form sent twice, the one made a moment ago. Raises Refused."""
    Person.objects.select_for_update().get(id=person.id)  # the second waits for the first
    spec = council.model_dump(mode="json")
    lately = timezone.now() - TWICE
    made = Council.objects.filter(owner=person, deleted_at=None, created_at__gte=lately)
    twin = next((row for row in made if row.spec == spec), None)
    return twin or save(person=person, council=council)


@transaction.atomic
def save(*, person: Person, council: plan.Council, row: Council | None = None) -> Council:
    """Keep a council under its name: a new one, or the next version of ``row``.

    The slug is made from the name once and stays, so that addresses do. Raises Refused.
    """
    spec = council.model_dump(mode="json")
    if row is None:
        if Council.objects.filter(owner=person, deleted_at=None).count() >= MOST:
            raise Refused(f"At most {MOST} councils can be kept. Delete one, then save this again.")
        row = Council(owner=person, slug=_free_slug(person, council.name), spec=spec)
    else:
        row = Council.objects.select_for_update().get(id=row.id)
        if row.spec == spec:
            return row
        row.spec, row.version = spec, row.version + 1
    row.full_clean(exclude=["owner"])
    row.save()
    CouncilVersion.objects.create(council=row, number=row.version, spec=spec)
    return row


def rename(*, row: Council, name: str) -> Council:
    """Give it another name; its address stays. Raises Refused."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise Refused("A name has 1 to 120 characters. The old name is kept.")
    council = plan.Council.model_validate({**row.spec, "name": name})
    return save(person=row.owner, council=council, row=row)


def duplicate(*, person: Person, council: plan.Council) -> Council:
    """A copy of any council, under this person's name."""
    name = f"{council.name[:112]} (copy)"
    return save(person=person, council=council.model_copy(update={"name": name}))


def delete(*, row: Council) -> None:
    """Take it off every list; for a week `restore` brings it back."""
    Council.objects.filter(id=row.id).update(deleted_at=timezone.now())


@transaction.atomic
def restore(*, row: Council) -> Council:
    """Undo a deletion; under another slug where the old one is taken by now."""
    row.slug = _free_slug(row.owner, row.slug, apart_from=row)
    row.deleted_at = None
    row.save(update_fields=["slug", "deleted_at", "updated_at"])
    return row


def hand_over(*, row: Council, person: Person) -> None:
    """Make it another person's; under another slug where they have that one."""
    slug = _free_slug(person, row.slug)
    Council.objects.filter(id=row.id).update(owner=person, slug=slug)


def publish(*, row: Council, is_public: bool) -> None:
    """Let everybody on this server use it, or no longer. Raises Refused: only owners may."""
    if is_public and row.owner.role != Person.Role.OWNER:
        raise Refused("Only the owner of this server can publish a council to everyone.")
    Council.objects.filter(id=row.id).update(is_public=is_public)


def restore_version(*, version: CouncilVersion) -> Council:
    """Make a council again what it was, as its next version. Nothing between is lost."""
    council = plan.Council.model_validate(version.spec)
    return save(person=version.council.owner, council=council, row=version.council)


def set_default(*, person: Person, slug: str) -> None:
    """What the picker shows first; empty: what was asked last."""
    Person.objects.filter(id=person.id).update(default_choice=slug)


def forget_deleted() -> None:
    """Remove for good what was deleted longer ago than `UNDO`."""
    Council.objects.filter(deleted_at__lt=timezone.now() - UNDO).delete()


def _free_slug(person: Person, name: str, apart_from: Council | None = None) -> str:
    wanted = slugify(name)[:120].strip("-") or f"council-{uuid4().hex[:6]}"
    rows = Council.objects.filter(owner=person, slug__startswith=wanted)
    rows = rows if apart_from is None else rows.exclude(id=apart_from.id)
    taken = set(rows.values_list("slug", flat=True))
    slug, number = wanted, 1
    while slug in taken or choices.is_reserved(slug):
        number += 1
        slug = f"{wanted}-{number}"
    return slug
