"""``manage.py apikey NAME``: a key for programs, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from council import choices
from council.actions import api_keys, people
from council.api.councils import FUSION
from council.management.commands.serve import prepare_tables
from council.models import Person
from council.providers import offered_to


class Command(BaseCommand):
    """Prints the key, alone, on standard output. Exit 2 when it was not made."""

    help = "Make an API key. It is printed once and cannot be shown again."
    requires_system_checks = ()  # they load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what it is for")
        parser.add_argument("--person", help="whose key it is; the owner's without this")
        parser.add_argument("--council", action="append", default=[], metavar="SLUG")
        parser.add_argument("--cap", type=float, metavar="USD", help="what it may spend in all")
        parser.add_argument("--per-minute", type=int, default=60, metavar="N")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_tables()
        person = people.owner()
        if options["person"]:
            found = Person.objects.filter(username__iexact=options["person"], is_active=True)
            if (named := found.first()) is None:
                raise CommandError(f"There is nobody called {options['person']}.", returncode=2)
            person = named
        known = {c.slug for c in choices.choices(offered_to(person).listings(), person)}
        for slug in options["council"]:
            if slug not in known | {FUSION}:
                raise CommandError(f"There is no council {slug!r}.", returncode=2)
        try:
            _, token = api_keys.make(
                person=person,
                name=options["name"],
                councils=options["council"],
                cap_usd=options["cap"],
                per_minute=options["per_minute"],
            )
        except api_keys.Refused as problem:
            raise CommandError(str(problem), returncode=2) from problem
        self.stdout.write(token)
