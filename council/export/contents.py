"""Which documents an export holds: one after the other, each made when its turn comes.

Rows are found by their ids first and read one by one: however much there is, one run at a time is
in memory, and what is deleted meanwhile is left out.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Model, QuerySet
from pydantic import ValidationError

from council import council_file, journal
from council.core.plan import Council as Spec
from council.document import document
from council.export import readable, spending
from council.export.names import Taken, file_name, slug
from council.models import (
    ApiKey,
    Attachment,
    BestAnswer,
    Call,
    Conversation,
    Council,
    Key,
    Person,
    Run,
    Share,
)

Row = TypeVar("Row", bound=Model)

README = """\
What Fusion Council kept of yours on {day} (UTC).

account.json            who you are here
settings.json           what you set: the council shown first, the one asked last
conversations/          a folder for each, by its first day and its title
  conversation.json     its title, and its runs in order
  run-1.json            everything of a run, for programs (the run document, version 1)
  run-1.md              the same to read: question, verdict, synthesis, answers
  files/                what came with its questions
councils/               what you saved, as council files: they can be imported again
  NAME/version-1.json   as they were before
councils-deleted/       whose deletion can still be undone
waiting/                files whose question was not asked yet
best-answers.json       which answers you found best, and among which models
keys.json               which providers you saved a key for; never the key
links.json              what you shared, until when, and how often it was opened
api-keys.json           the keys of programs that ask for you; never the key
spend.csv               every call to a model and what it cost; an empty cell is: not known
"""


@dataclass(frozen=True)
class Document:
    """One file of the export. ``at`` is when what it says was last changed."""

    name: str
    data: bytes
    at: datetime | None = None


def documents(person: Person) -> Iterator[Document]:
    """Everything of this person's, as it stands when its turn comes."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    yield Document("README.txt", README.format(day=day).encode())
    yield _json("account.json", _account(person))
    yield _json("settings.json", _settings(person))
    yield from _conversations(person)
    yield from _councils(person)
    yield from _files("waiting", Attachment.objects.filter(person=person, run=None))
    yield _json("best-answers.json", {"version": 1, "kind": "best", "answers": _best(person)})
    yield _json("keys.json", {"version": 1, "kind": "keys", "keys": _keys(person)})
    yield _json("links.json", {"version": 1, "kind": "links", "links": _links(person)})
    yield _json("api-keys.json", {"version": 1, "kind": "api-keys", "keys": _api_keys(person)})
    yield Document("spend.csv", spend(person).encode())


def _json(name: str, content: dict[str, Any], at: datetime | None = None) -> Document:
    return Document(
        name, json.dumps(content, ensure_ascii=False, indent=1).encode(errors="replace"), at
    )


def _account(person: Person) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "account",
        "name": person.username,
        "email": person.email,
        "role": person.role,
        "may_use_server_keys": person.may_use_server_keys,
        "joined_at": _moment(person.date_joined),
        "signed_in_at": _moment(person.last_login),
        "addresses": [
            {"email": row.email, "is_verified": row.verified, "is_primary": row.primary}
            for row in EmailAddress.objects.filter(user=person).order_by("id")
        ],
        "passkeys": [
            {"name": row.wrap().name, "created_at": _moment(row.created_at)}
            for row in Authenticator.objects.filter(user=person, type="webauthn").order_by("id")
        ],
        "sign_ons": [
            {"provider": row.provider, "id": row.uid, "created_at": _moment(row.date_joined)}
            for row in SocialAccount.objects.filter(user=person).order_by("id")
        ],
    }


def _settings(person: Person) -> dict[str, Any]:
    return {
        "version": 1,
        "kind": "settings",
        "default_council": person.default_choice,
        "last_council": person.last_choice,
        "reads_blind": person.reads_blind,
        "reads_compact": person.reads_compact,
        "shows_api_runs": person.shows_api_runs,
        "uses_shortcuts": person.uses_shortcuts,
    }


def _conversations(person: Person) -> Iterator[Document]:
    taken = Taken()
    for row in _each(Conversation.objects.filter(person=person).order_by("created_at")):
        words = slug(row.title)
        name = f"{row.created_at:%Y-%m-%d}-{words}" if words else f"{row.created_at:%Y-%m-%d}"
        yield from _conversation(f"conversations/{taken.free(name.replace('.', '-'))}", row)


def _conversation(folder: str, row: Conversation) -> Iterator[Document]:
    numbers = list(row.runs.order_by("number").values_list("number", "id"))
    runs = [
        {"number": number, "id": str(run), "file": f"run-{number}.json"} for number, run in numbers
    ]
    about = {
        "version": 1,
        "kind": "conversation",
        "id": str(row.id),
        "title": row.title,
        "titled_by": row.titled_by,
        "created_at": _moment(row.created_at),
        "updated_at": _moment(row.updated_at),
        "pinned_at": _moment(row.pinned_at),
        "archived_at": _moment(row.archived_at),
        "runs": runs,
    }
    yield _json(f"{folder}/conversation.json", about, row.updated_at)
    for run in _each(row.runs.order_by("number")):
        yield from _run(folder, run)
    files = Attachment.objects.filter(run__conversation=row).order_by("run__number", "created_at")
    yield from _files(f"{folder}/files", files)


def _run(folder: str, run: Run) -> Iterator[Document]:
    """The run document and the same to read; what cannot be read is taken along as it is kept."""
    name = f"{folder}/run-{run.number}"
    try:
        state = journal.folded(run.id).state
        said = document(run, state)
    except Run.DoesNotExist:
        return  # deleted since
    except ValueError:
        kept = {"prompt": run.prompt, "plan": run.plan, "synthesis": run.synthesis}
        yield _json(f"{name}-damaged.json", {"id": str(run.id), **kept}, run.created_at)
        return
    at = run.ended_at or run.created_at
    yield _json(f"{name}.json", said, at)
    yield Document(f"{name}.md", readable.markdown(said, state).encode(errors="replace"), at)


def _councils(person: Person) -> Iterator[Document]:
    for row in _each(Council.objects.filter(owner=person).order_by("created_at")):
        folder = "councils-deleted" if row.deleted_at else "councils"
        name = file_name(row.slug)  # a slug may be the name of a device
        yield _council(f"{folder}/{name}.json", row.spec, row.updated_at)
        earlier = row.versions.filter(number__lt=row.version).order_by("number")
        for version in earlier.iterator(100):
            where = f"{folder}/{name}/version-{version.number}.json"
            yield _council(where, version.spec, version.created_at)


def _council(name: str, spec: dict[str, Any], at: datetime) -> Document:
    """The council file; one that is none any more is taken along as it is kept."""
    try:
        text = council_file.write(Spec.model_validate(spec))
    except ValidationError:
        return _json(name, spec, at)
    return Document(name, text.encode(), at)


def _files(folder: str, rows: QuerySet[Attachment]) -> Iterator[Document]:
    taken = Taken()
    for row in _each(rows):
        name = taken.free(file_name(row.name))
        yield Document(f"{folder}/{name}", bytes(row.data), row.created_at)


def _best(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "run": str(row.run_id) if row.run_id else None,
            "council": row.council_name,
            "seat": row.seat,
            "model": row.model,
            "among": row.among,
            "names_hidden": row.is_blind,
            "chosen_at": _moment(row.created_at),
        }
        for row in BestAnswer.objects.filter(person=person).order_by("created_at")
    ]


def _keys(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "provider": key.provider,
            "address": key.base_url,
            "last4": key.last4,
            "is_shared": key.is_shared,
            "created_at": _moment(key.created_at),
            "used_at": _moment(key.used_at),
        }
        for key in Key.objects.filter(person=person).defer("secret").order_by("provider")
    ]


def _links(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "title": row.title,
            "conversation": str(row.conversation_id),
            "shows": row.shows,
            "created_at": _moment(row.created_at),
            "expires_at": _moment(row.expires_at),
            "ended_at": _moment(row.revoked_at),
            "opened": row.opened,
            "opened_at": _moment(row.opened_at),
        }
        for row in Share.objects.filter(person=person).order_by("created_at")
    ]


def _api_keys(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "name": key.name,
            "last4": key.last4,
            "councils": key.councils,
            "cap_usd": key.cap_usd,
            "per_minute": key.per_minute,
            "created_at": _moment(key.created_at),
            "used_at": _moment(key.used_at),
            "revoked_at": _moment(key.revoked_at),
        }
        for key in ApiKey.objects.filter(person=person).order_by("id")
    ]


def spend(person: Person) -> str:
    """Every call of this person's and what it cost, as CSV."""
    calls = Call.objects.filter(person=person).order_by("started_at")
    rows = calls.values_list(
        "started_at", "council_name", "seat", "attempt", "model", "state", "tokens_prompt",
        "tokens_completion", "cost_usd", "cost_source", "whose_key", "run_id",
    )  # fmt: skip
    return spending.table((_moment(row[0]), *row[1:]) for row in rows.iterator(2000))


def _each(rows: QuerySet[Row]) -> Iterator[Row]:
    """Every row, read by itself; those that are gone when their turn comes are left out."""
    for key in list(rows.values_list("pk", flat=True)):
        row = rows.model._default_manager.filter(pk=key).first()
        if row is not None:
            yield row


def _moment(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
