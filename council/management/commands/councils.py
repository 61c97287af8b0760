"""``manage.py councils``: the owner's councils in the terminal: list, export, import."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from council import choices, council_file
from council.actions import councils, people
from council.choices import Choice
from council.management.commands.serve import prepare_tables
from council.providers import offered_to
from council.terminal import plain

WRONG_USE = 2
_KINDS = {"saved": "yours", "public": "everyone's", "template": "template", "made": "made here"}


class Command(BaseCommand):
    """Exit 0 done, 2 wrong use: no such council, a file that is no council file."""

    help = "List the councils, write one as a file, or keep the council of a file."
    requires_system_checks = ()  # they load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="list|export|import")
        what.add_parser("list", help="every council there is, by the name to ask it with")
        export = what.add_parser("export", help="write the file of a council to standard output")
        export.add_argument("slug", metavar="SLUG")
        kept = what.add_parser("import", help="keep the council of a file as the owner's")
        kept.add_argument("file", metavar="FILE", help="a council file, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_tables()
        if options["what"] == "list":
            self._list()
        elif options["what"] == "export":
            self._export(options["slug"])
        else:
            self._import(options["file"])

    def _list(self) -> None:
        offered = _offered()
        width = max((len(choice.slug) for choice in offered), default=0)
        for choice in offered:
            name = " ".join(plain(choice.council.name).split())
            more = f"; {choice.missing}" if choice.missing else ""
            self.stdout.write(f"{choice.slug:{width}}  {name} ({_KINDS[choice.kind]}{plain(more)})")

    def _export(self, slug: str) -> None:
        offered = _offered()
        choice = next((c for c in offered if c.slug == slug), None)
        if choice is None:
            known = ", ".join(c.slug for c in offered)
            raise CommandError(
                f"There is no council {slug!r}. Known: {known}.", returncode=WRONG_USE
            )
        self.stdout.write(council_file.write(choice.council), ending="")

    def _import(self, name: str) -> None:
        try:
            file = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            council = council_file.read(file)
            row = councils.save(person=people.owner(), council=council)
        except OSError as problem:
            text = f"{name} cannot be read: {problem.strerror}"
            raise CommandError(text, returncode=WRONG_USE) from problem
        except council_file.Damaged as damage:
            lines = "\n  ".join(plain(str(problem)) for problem in damage.problems)
            text = f"{name} is no usable council file; nothing was kept:\n  {lines}"
            raise CommandError(text, returncode=WRONG_USE) from damage
        except councils.Refused as refused:
            raise CommandError(str(refused), returncode=WRONG_USE) from refused
        self.stdout.write(f'Kept as {row.slug}. Ask it: manage.py ask "…" --council {row.slug}')


def _offered() -> list[Choice]:
    person = people.owner()
    return choices.choices(offered_to(person).listings(), person)
