"""What stands on this machine or beside it: database, Redis, folders, programs."""

import os
import shutil
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from council.doctor.line import Line
from council.models import SignInLink
from council.tools.search import Engine, SearchFailed, try_out
from council.wire.egress import Egress

_FREE_MIN, _FREE_LOW = 100 << 20, 1 << 30
"""Bytes free on the disk: below the first nothing can be kept for long, the second is a warning."""
_REDIS_S, _SEARCH_S = 3.0, 3.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def database() -> Iterable[Line]:
    """Reachable, of this version, writable."""
    what = f"Database ({connection.display_name})"
    try:
        connection.ensure_connection()
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if not executor.loader.applied_migrations:
            yield Line(what, "note", "empty; the first start of the server makes its tables")
            return
        if plan:
            todo = "Start the server, or run python manage.py migrate."
            yield Line(what, "bad", f"{len(plan)} migrations are not applied", todo)
            return
        with transaction.atomic():
            SignInLink.objects.create(token_hash="doctor", used_at=timezone.now())  # noqa: S106
            transaction.set_rollback(True)
    except DatabaseError as problem:
        todo = "Check DATABASE_URL, and that the database runs and may be written to."
        yield Line(what, "bad", str(problem).strip().splitlines()[0][:200], todo)
        return
    yield Line(what, "good", "reachable, up to date, writable")


def redis() -> Iterable[Line]:
    """Reachable, where one is set."""
    if not settings.ENV.redis_url:
        yield Line("Redis", "note", "not set; one process needs none")
        return
    from redis import Redis, RedisError

    what = f"Redis ({urlsplit(settings.ENV.redis_url).hostname})"
    try:
        with Redis.from_url(
            settings.ENV.redis_url, socket_timeout=_REDIS_S, socket_connect_timeout=_REDIS_S
        ) as client:
            client.ping()
    except (RedisError, ValueError):
        todo = "Start it, correct REDIS_URL, or leave that out: runs go on without it."
        yield Line(what, "bad", "it does not answer", todo)
        return
    yield Line(what, "good", "it answers")


def data_folder() -> Iterable[Line]:
    """Closed to others, writable, with room."""
    folder = settings.ENV.data_dir
    what = "Data folder"
    try:
        mode = folder.stat().st_mode & 0o777
        probe = folder / ".doctor"
        probe.write_bytes(b"")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as problem:
        todo = f"Make {folder} a folder this user may write to, or set DATA_DIR."
        yield Line(what, "bad", f"{folder}: {problem.strerror}", todo)
        return
    if mode & 0o077:
        said = f"{folder} is open to other people of this machine (mode {mode:03o})"
        yield Line(what, "bad", said, f"chmod 700 {folder}")
    yield _room(folder, free)


def _room(folder: Path, free: int) -> Line:
    left = f"{free / (1 << 30):.1f} GB free"
    if free < _FREE_MIN:
        return Line("Disk", "bad", f"{left} at {folder}", "Make room: nothing can be kept soon.")
    return Line("Disk", "note" if free < _FREE_LOW else "good", left)


def search() -> Iterable[Line]:
    """Which search engine members may use; one of one's own is asked whether it is there."""
    engine = settings.ENV.search
    if engine is None:
        yield Line("Web search", "note", "none set; members answer without it (docs/settings.md)")
        return
    what = f"Web search ({engine.backend} at {urlsplit(engine.url).netloc})"
    if engine.backend != "searxng":
        yield Line(what, "note", "set; not tried here, because a search costs money")
        return
    try:
        async_to_sync(_try_out)(Engine(engine.backend, engine.url))
    except SearchFailed as problem:
        todo = "Start it, correct its settings, or correct SEARCH_URL in .env."
        yield Line(what, "bad", str(problem).rstrip("."), todo)
        return
    yield Line(what, "good", "it answers")


async def _try_out(engine: Engine) -> None:
    egress = Egress()
    try:
        await try_out(egress, engine, _SEARCH_S)
    finally:
        await egress.aclose()


def chromium() -> Iterable[Line]:
    """Only the browser tests need one."""
    named = os.environ.get("CHROMIUM", "")
    found = next(
        (path for name in (named, *_BROWSERS) if name and (path := shutil.which(name))), ""
    )
    if found and find_spec("playwright"):
        yield Line("Chromium", "good", f"{found}; browser tests can run")
    else:
        yield Line("Chromium", "note", "not here; only the browser tests need it")
