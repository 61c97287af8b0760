"""``manage.py export-person NAME FILE``: everything of one person's as a zip of documents."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from council import export
from council.management.commands.serve import prepare_tables
from council.models import Person

WRONG_USE = 2


class Command(BaseCommand):
    """Exit 0 done, 2 wrong use. A file that is there already is not overwritten."""

    help = "Write everything of one person's to a zip of documents (docs/your-data.md)."
    requires_system_checks = ()  # they load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the person's name")
        parser.add_argument("file", type=Path, help="the zip to write")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_tables()
        person = Person.objects.filter(username=options["name"]).first()
        if person is None:
            raise CommandError(f"Nobody here is called {options['name']}.", returncode=WRONG_USE)
        try:
            with options["file"].open("xb") as out:
                options["file"].chmod(0o600)
                for piece in export.pieces(export.documents(person)):
                    out.write(piece)
        except OSError as problem:
            raise CommandError(f"Not written: {problem}", returncode=WRONG_USE) from problem
        self.stdout.write(f"{options['file']}: {options['file'].stat().st_size:,} bytes")
