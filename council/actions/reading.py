"""What people set about how they read."""

from council.models import Person

SETTINGS = {"blind": "reads_blind", "compact": "reads_compact", "shortcuts": "uses_shortcuts"}
"""From the name on a form to the column it sets."""


def prefer(*, person: Person, what: str, is_on: bool) -> None:
    """Set one preference of `SETTINGS`; what is none of them changes nothing."""
    if what in SETTINGS:
        Person.objects.filter(id=person.id).update(**{SETTINGS[what]: is_on})
