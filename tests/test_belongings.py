"""Deletion that leaves nothing: every table is filled for two people, and one of them goes.

The rows are made from the models themselves, so that a table which is added later is looked at as
well. A table without a way to a person has to be named here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection, models
from django.utils import timezone

from council.actions import belongings, people
from council.models import Call, Conversation, Council, Passage, Person, Run
from council.searching import passages

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

MINE, THEIRS = "zqmineqz", "zqtheirsqz"
NOBODYS = {
    *("contenttypes.contenttype", "auth.permission", "auth.group", "sessions.session"),
    *("council.catalogue", "council.house", "socialaccount.socialapp", "sites.site"),
}
"""Tables without a person: the server's own, and sessions, whose person stands inside."""


def _is_nobodys(model: Any) -> bool:
    return model._meta.label_lower in NOBODYS


def _owner_fields(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    return [f for f in model._meta.fields if isinstance(f, models.ForeignKey)]


class _Filling:
    """One row in every table for one person; every text that is long enough says ``word``."""

    def __init__(self, word: str) -> None:
        self.word, self.made = word, {}  # type: str, dict[type[models.Model], models.Model]
        self.begun: set[Any] = set()
        for model in apps.get_models():
            if not _is_nobodys(model):
                self.row(model)
        found = {"person": self.row(Person), "run": self.row(Run), "text": f"Said {word}."}
        passages.index([Passage(**found, kind="answer", state="done")])
        session = SessionStore()
        session[SESSION_KEY] = str(self.row(Person).pk)
        session["said"] = word
        session.save()
        self.session = session.session_key

    def row(self, model: type[models.Model]) -> models.Model:
        """The row of this table."""
        if model not in self.made:
            self.begun.add(model)
            row = model(
                **{f.attname: self._value(f) for f in model._meta.fields if not self._own(f)}
            )
            row.save(force_insert=True)
            self.made[model] = row
        return self.made[model]

    @staticmethod
    def _own(field: models.Field[Any, Any]) -> bool:
        is_number = isinstance(field, models.AutoField | models.BigAutoField)
        return is_number or getattr(field, "auto_now", False) or getattr(field, "generated", False)

    def _is_under_way(self, model: Any) -> bool:
        return model in self.begun and model not in self.made

    def _value(self, field: models.Field[Any, Any]) -> Any:
        match field:
            case models.ForeignKey() if _is_nobodys(field.related_model) and field.null:
                return None
            case models.ForeignKey() if field.null and self._is_under_way(field.related_model):
                return None  # a run that goes back to a run, which begins with one that does not
            case models.ForeignKey():
                return self.row(field.related_model).pk
            case models.UUIDField():
                return field.get_default()
            case models.JSONField():
                return {"said": self.word}
            case models.BinaryField():
                return self.word.encode()
            case models.CharField() | models.TextField():
                fits = (field.max_length or 99) >= len(self.word) and not field.choices
                return self.word if fits else field.get_default() or self.word[:1]
            case models.DateTimeField() | models.DateField():
                return timezone.now()
            case models.IntegerField():
                return 1
            case models.FloatField():
                return 1.5
        return field.get_default()


def _dump() -> dict[str, list[str]]:
    """Every row of every table, also of those no model knows."""
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(str([_plain(v) for v in row]) for row in cursor.fetchall())
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return json.dumps(value) if isinstance(value, dict | list) else value


def _with(word: str, dump: dict[str, list[str]]) -> dict[str, list[str]]:
    kept = {table: [row for row in rows if word in row] for table, rows in dump.items()}
    return {table: rows for table, rows in kept.items() if rows}


def test_every_table_says_whose_its_rows_are() -> None:
    for model in apps.get_models():
        label = model._meta.label_lower
        assert label in NOBODYS or model is Person or _owner_fields(model), (
            f"{label} has no way to a person: name it in NOBODYS, if it is nobody's"
        )


def test_deleting_a_person_leaves_nothing_of_theirs_and_everything_of_others() -> None:
    mine, theirs = _Filling(MINE), _Filling(THEIRS)
    before = _dump()
    assert {"council_run", "council_council", "council_attachment"} < set(_with(MINE, before))
    belongings.delete(person=Person.objects.get(username=MINE))
    after = _dump()
    assert _with(MINE, after) == {}
    rewritten = {"council_words_data"}  # the search's own parts: its words stand in council_words
    for table in _with(THEIRS, before).keys() - rewritten:
        assert _with(THEIRS, after)[table] == _with(THEIRS, before)[table], table
    for model, row in mine.made.items():
        assert not model._default_manager.filter(pk=row.pk).exists(), f"{model} is left"
    assert not SessionStore().exists(mine.session or "")
    assert SessionStore().exists(theirs.session or "")
    assert _bytes_of_the_file().count(MINE.encode()) == 0


def _bytes_of_the_file() -> bytes:
    """What the database's files hold, where there are files of ours."""
    if connection.vendor != "sqlite":
        return b""
    main = Path(str(connection.settings_dict["NAME"]))
    return b"".join(file.read_bytes() for file in main.parent.glob(f"{main.name}*"))


def test_deleting_conversations_keeps_councils_keys_and_what_was_spent() -> None:
    mine = _Filling(MINE)
    belongings.delete_conversations(person=Person.objects.get(username=MINE))
    assert (Conversation.objects.count(), Run.objects.count()) == (0, 0)
    assert Council.objects.filter(slug=MINE).exists()
    assert Call.objects.get(pk=mine.made[Call].pk).run_id is None


def test_a_server_without_an_owner_gets_a_new_one_whoever_has_the_name_by_now() -> None:
    Person.objects.create(username="Owner")
    owner = people.owner()
    assert (owner.username, owner.role) == ("owner2", "owner")
    assert people.is_last_owner(owner)
