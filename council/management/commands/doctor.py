"""``manage.py doctor``: is everything there, and what to do about what is not."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from council import doctor

SIGNS = {"good": "ok  ", "note": "--  ", "bad": "!!  "}


class Command(BaseCommand):
    """Exit 0: nothing needs doing; 1: something does."""

    help = "Check providers, keys, database, Redis, folders and search. Never costs anything."
    requires_system_checks = ()  # they load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document instead")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = doctor.examine()
        well = doctor.is_well(lines)
        if options["json"]:
            document = {"well": well, "lines": [asdict(line) for line in lines]}
            self.stdout.write(json.dumps(document, ensure_ascii=False, indent=1))
        else:
            for line in lines:
                self.stdout.write(f"{SIGNS[line.state]}{line.what}: {line.said}")
                if line.todo:
                    self.stdout.write(f"      → {line.todo}")
        sys.exit(0 if well else 1)
