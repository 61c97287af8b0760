"""``manage.py ask``: one question through a council, in the terminal or as one JSON document."""

import asyncio
import contextlib
import json
import signal
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.management.base import BaseCommand, CommandError

from council import choices, council_file, estimates, journal
from council.actions import attachments, people, runs
from council.choices import Choice
from council.core.plan import Council
from council.document import document
from council.management.commands.serve import prepare_tables
from council.models import Attachment, Person, Run
from council.providers import Providers, learn, offered_to
from council.readings import Reader, readings
from council.worker import Worker

EXIT = {"done": 0, "partial": 3, "stopped": 3, "interrupted": 3, "failed": 4}
WRONG_USE = 2


class Command(BaseCommand):
    """Exit 0 done, 3 partial, 4 failed, 2 wrong use."""

    help = "Ask a council. With --json prints one run document and nothing else."
    requires_system_checks = ()  # they load every page of the site

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("prompt", help="the question, or - to read it from standard input")
        parser.add_argument("--council", help="the slug of a council, or a council file (.json)")
        parser.add_argument("--seat", action="append", default=[], metavar="PROVIDER/MODEL")
        parser.add_argument("--judge", metavar="PROVIDER/MODEL")
        parser.add_argument("--writer", metavar="PROVIDER/MODEL")
        parser.add_argument(
            "--file", action="append", default=[], metavar="PATH", help="a picture, text or PDF"
        )
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_tables()
        prompt, person = _question(options), people.owner()
        council, choice = _council(options, person)
        files = _files(person, options["file"])
        learn(person, council.models)
        if not options["json"]:
            self.stdout.write(_estimate(person, prompt, council, files))
        try:
            run = runs.start(
                person=person, prompt=prompt, council=council, files=files, choice=choice
            )
        except runs.Refused as problem:
            raise CommandError(str(problem), returncode=WRONG_USE) from problem
        watch = _quietly if options["json"] else _in_terminal()
        asyncio.run(_play(run.id, watch))
        run.refresh_from_db()
        state = journal.folded(run.id).state
        if options["json"]:
            text = json.dumps(document(run, state), ensure_ascii=False, indent=1)
            self.stdout.write(text)
        sys.exit(EXIT.get(state.state, 3))


def _question(options: dict[str, Any]) -> str:
    prompt: str = sys.stdin.read() if options["prompt"] == "-" else options["prompt"]
    if not prompt.strip():
        raise CommandError("The question is empty.", returncode=WRONG_USE)
    most = settings.ENV.prompt_chars
    if len(prompt) > most:
        raise CommandError(
            f"The question has {len(prompt):,} characters; at most {most:,} can be asked.",
            returncode=WRONG_USE,
        )
    return prompt


def _estimate(person: Person, prompt: str, council: Council, files: list[Attachment]) -> str:
    """What this will take, in one line without anything a terminal would obey."""
    from council.terminal import plain

    plan = runs.draft(prompt, council, None, files)
    return plain(estimates.of(plan, offered_to(person)).line)


def _files(person: Person, paths: list[str]) -> list[Attachment]:
    """The files named on the command line; one that cannot be sent is wrong use."""
    with contextlib.ExitStack() as opened:
        try:
            brought = [File(opened.enter_context(open(path, "rb"))) for path in paths]  # noqa: PTH123
        except OSError as problem:
            text = f"{problem.filename} cannot be read: {problem.strerror}"
            raise CommandError(text, returncode=WRONG_USE) from problem
        rows, problems = attachments.keep(person=person, files=brought)
    if problems:
        raise CommandError("\n".join(problems), returncode=WRONG_USE)
    return rows


def _in_terminal() -> Any:
    from council.terminal import watch

    return watch


async def _quietly(run_id: UUID) -> None:
    """Wait for the end and print nothing."""
    news = asyncio.Event()
    reader = Reader(news.set)
    async with readings.join(run_id, reader, lens=None) as reading:
        while not (reading.run.is_final or reading.failed):
            await news.wait()
            news.clear()
            reader.frames.clear()


async def _play(run_id: UUID, watch: Any) -> None:
    """Play the run here, unless a server on this database already does, and watch it."""
    worker = Worker(Providers(), only=run_id)
    worker.start()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: loop.run_in_executor(None, _stop, run_id))
    try:
        await watch(run_id)
        await worker.rest()  # whatever befalls who watches, the run is played to its end
    finally:
        await worker.close(grace_s=2.0)


def _stop(run_id: UUID) -> None:
    runs.stop(run=Run.objects.get(id=run_id))


def _council(options: dict[str, Any], person: Person) -> tuple[Council, Choice | None]:
    if options["seat"]:
        return _from_seats(options), None
    if options["judge"] or options["writer"]:
        raise CommandError("--judge and --writer go with --seat.", returncode=WRONG_USE)
    if options["council"] and options["council"].endswith(".json"):
        return _from_file(Path(options["council"])), None
    offered = choices.choices(offered_to(person).listings(), person)
    slug = options["council"]
    wanted = (c for c in offered if (c.slug == slug if slug else c.is_ready))
    choice = next(wanted, None)
    if choice is None:
        known = ", ".join(c.slug for c in offered)
        raise CommandError(
            f"There is no council {slug!r}. Known: {known}."
            if slug
            else "No provider is connected. Set a key (OPENROUTER_API_KEY=…) or name seats.",
            returncode=WRONG_USE,
        )
    return choice.council, choice


def _from_seats(options: dict[str, Any]) -> Council:
    if options["council"]:
        raise CommandError("Use --council or --seat, not both.", returncode=WRONG_USE)
    judge = options["judge"] or options["seat"][0]
    data = {
        "name": "Command line",
        "seats": [{"model": model} for model in options["seat"]],
        "judge": {"model": judge},
        "writer": {"model": options["writer"]},
    }
    try:
        return council_file.check(data)
    except council_file.Damaged as damage:
        raise _not_usable("the command line", damage) from damage


def _from_file(path: Path) -> Council:
    try:
        return council_file.read(path.read_bytes())
    except OSError as problem:
        text = f"{path} cannot be read: {problem.strerror}"
        raise CommandError(text, returncode=WRONG_USE) from problem
    except council_file.Damaged as damage:
        raise _not_usable(str(path), damage) from damage


def _not_usable(place: str, damage: council_file.Damaged) -> CommandError:
    from council.terminal import plain

    lines = "\n  ".join(plain(str(problem)) for problem in damage.problems)
    return CommandError(f"The council in {place} is not usable:\n  {lines}", returncode=WRONG_USE)
