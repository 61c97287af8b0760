"""Names differ by more than case. Of several that do not, the oldest account keeps its name."""

import logging

import django.db.models.functions.text
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.functions import Lower

log = logging.getLogger("council")


def number_the_later_ones(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Put a number behind the name of every account but the first that has it."""
    everybody = apps.get_model("council", "Person").objects.annotate(lower=Lower("username"))
    known: set[str] = set(everybody.values_list("lower", flat=True))
    seen: set[str] = set()
    for person in everybody.order_by("id").iterator():
        if person.lower not in seen:
            seen.add(person.lower)
            continue
        number = 2
        while f"{person.lower[:140]}{number}" in known:
            number += 1
        old, person.username = person.username, f"{person.username[:140]}{number}"
        known.add(f"{person.lower[:140]}{number}")
        seen.add(f"{person.lower[:140]}{number}")
        person.save(update_fields=["username"])
        log.warning("%s signs in as %s from now on: the name was taken", old, person.username)


class Migration(migrations.Migration):
    dependencies = [("council", "0013_spent_with")]

    operations = [
        migrations.RunPython(number_the_later_ones, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("username"),
                name="person_name_once",
                violation_error_message="Somebody here has this name already. Choose another.",
            ),
        ),
    ]
