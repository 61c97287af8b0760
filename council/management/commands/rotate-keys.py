"""``manage.py rotate-keys``: encrypt every saved key anew with the first credentials key."""

from typing import Any

from django.core.management.base import BaseCommand

from council.actions import keys


class Command(BaseCommand):
    """Exit 0, and 1 when some could not be read with any of the credentials keys."""

    help = "Encrypt the keys people saved anew, with the first of CREDENTIALS_KEY."
    requires_system_checks = ()  # they load every page of the site

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = keys.reseal_all()
        self.stdout.write(f"{done} key{'' if done == 1 else 's'} encrypted anew.")
        if unreadable:
            self.stderr.write(
                f"{unreadable} could not be read with any key in CREDENTIALS_KEY; left as they "
                "are. Add the key they were encrypted with, or have them entered again."
            )
            raise SystemExit(1)
