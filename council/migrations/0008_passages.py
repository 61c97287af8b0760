"""What the search finds, and what it is found by on each database."""

import sqlite3

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The rows' trigger: an AlterField on SQLite makes the table anew, and must make this anew too.
SQLITE = (
    "CREATE VIRTUAL TABLE council_words USING fts5("
    "words, filed, tokenize = 'unicode61 remove_diacritics 0', prefix = '2 3')",
    "CREATE TRIGGER council_passage_deleted AFTER DELETE ON council_passage BEGIN "
    "DELETE FROM council_words WHERE rowid = old.id; END",
)
POSTGRES = (
    "ALTER TABLE council_passage ADD COLUMN words tsvector",
    "CREATE INDEX council_passage_words ON council_passage USING gin (words) "
    "WITH (fastupdate = off)",
)
AT_ONCE = 200


def index(apps, schema_editor):
    for statement in POSTGRES if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)
    if schema_editor.connection.vendor == "sqlite" and sqlite3.sqlite_version_info >= (3, 42):
        schema_editor.execute(
            "INSERT INTO council_words (council_words, rank) VALUES ('secure-delete', 1)"
        )


def unindex(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TABLE council_words")
        schema_editor.execute("DROP TRIGGER council_passage_deleted")


def fill(apps, schema_editor):
    """Every run that is over; one that cannot be read is left out."""
    from council.searching import passages

    run_model, made = apps.get_model("council", "Run"), apps.get_model("council", "Passage")
    final = ["done", "partial", "failed", "stopped", "interrupted"]
    runs = run_model.objects.filter(state__in=final).select_related("conversation")
    rows = []
    for run in runs.order_by("ended_at").iterator(AT_ONCE):
        if (state := _folded(run)) is not None:
            rows += passages.of(run, state, made)
        if len(rows) > AT_ONCE:
            passages.index(rows)
            rows = []
    passages.index(rows)


def _folded(run):
    from council.core.events import list_adapter
    from council.core.state import RunState, fold

    try:
        state = RunState.model_validate_json(run.fold) if run.fold_seq else RunState()
        for entry in run.journal.filter(seq__gt=run.fold_seq).order_by("seq"):
            fold(list_adapter.validate_json(entry.events), state)
    except ValueError:
        return None
    return state


class Migration(migrations.Migration):
    dependencies = [("council", "0007_key_tested")]

    operations = [
        migrations.CreateModel(
            name="Passage",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("prompt", "Question"),
                            ("answer", "Answer"),
                            ("synthesis", "Synthesis"),
                            ("finding", "Finding"),
                        ],
                        max_length=9,
                    ),
                ),
                ("seat", models.CharField(blank=True, max_length=1)),
                ("place", models.CharField(blank=True, max_length=80)),
                ("model", models.CharField(blank=True, max_length=300)),
                ("council_name", models.CharField(blank=True, max_length=120)),
                ("state", models.CharField(max_length=12)),
                ("text", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="passages",
                        to="council.run",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "model"], name="passages_by_model"),
                    models.Index(fields=["person", "council_name"], name="passages_by_council"),
                ],
            },
        ),
        migrations.RunPython(index, unindex),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
