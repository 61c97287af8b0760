"""``manage.py serve``: migrate, print the owner's link, serve pages and sockets, play runs."""

import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from council.actions import people
from council.models import Key
from fusionsite.env import keep

_TABLES = 7_246_351
"""Names our lock among those of a PostgreSQL database; any number does."""


class Command(BaseCommand):
    """Everything one process needs."""

    help = "Serve the site, its sockets and the runs, in one process."

    def add_arguments(self, parser: CommandParser) -> None:
        """One switch."""
        parser.add_argument(
            "--web-only",
            action="store_true",
            help="play no runs: `manage.py work` does, in other processes on the same database",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = settings.ENV.host, settings.ENV.port
        _refuse_taken_port(host, port)
        prepare()
        self._greet(host, port)
        from council.serving import run

        plays_runs = not options["web_only"]
        if not plays_runs:
            self._say(
                "  This process plays no runs: `python manage.py work` has to be started too.\n"
            )
        ready = "Ready. Ctrl-C stops the server."
        run(host, port, ready=lambda: self._say(ready), plays_runs=plays_runs)

    def _say(self, line: str) -> None:
        """At once, also into a file or a pipe: whoever waits for the link is not a terminal."""
        self.stdout.write(line)
        self.stdout.flush()

    def _greet(self, host: str, port: int) -> None:
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
        address = settings.ENV.public_url or f"http://{shown}:{port}"
        link = f"{address}/welcome/{people.new_owner_link()}/"
        self._say(f"\n  Fusion Council   {address}")
        self._say("  Sign in as owner with this link (it works once):")
        self._say(f"  {link}\n")
        if not settings.ENV.providers and not Key.objects.exists():
            self._say(
                "  No provider key is set. Sample questions work; for your own, paste a key on\n"
                "  the page, or put one line into a file named .env beside manage.py and start\n"
                "  again, for example:\n"
                "  OPENROUTER_API_KEY=sk-or-...\n"
                "  (or start Ollama: it is found by itself)\n"
            )


def prepare_tables() -> None:
    """Tables as this version needs them; quick when they are. One process at a time makes them."""
    with _alone():
        call_command("migrate", verbosity=0, interactive=False)


@contextmanager
def _alone() -> Iterator[None]:
    """Whoever else begins to make tables of this database waits until we are done."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_TABLES])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_TABLES])
    else:
        keep(settings.ENV.data_dir)
        with (settings.ENV.data_dir / "tables.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def prepare() -> None:
    """Tables and static files as this version needs them."""
    prepare_tables()
    if not settings.DEBUG:
        # htmx's extensions are not used, and their imports name files they do not ship.
        call_command(
            "collectstatic", verbosity=0, interactive=False, ignore_patterns=["django_htmx/ext/*"]
        )


def _refuse_taken_port(host: str, port: int) -> None:
    """Say so in a sentence. Raises CommandError."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise CommandError(
                f"Port {port} on {host} cannot be used ({problem.strerror}). "
                f"Choose another: make run PORT={port + 10}"
            ) from problem
