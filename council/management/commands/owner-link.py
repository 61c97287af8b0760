"""``manage.py owner-link``: a fresh one-time link that signs in as owner."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from council.actions import people
from council.management.commands.serve import prepare_tables


class Command(BaseCommand):
    """Prints the link, alone, on standard output."""

    help = "Print a fresh one-time link that signs in as owner of this server."
    requires_system_checks = ()  # they load every page of the site

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_tables()
        address = settings.ENV.public_url or f"http://127.0.0.1:{settings.ENV.port}"
        self.stdout.write(f"{address}/welcome/{people.new_owner_link()}/")
