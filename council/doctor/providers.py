"""Every provider: does it answer, how fast, is the key valid, how old is its list."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import replace

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.timesince import timesince

from council.directory import Listing
from council.doctor.line import Line
from council.keyring import Known, from_env, known_to
from council.models import Key
from council.providers import directory, label
from council.wire import keys
from council.wire.catalogue import CatalogueError, DeniedError, NoListError, models
from council.wire.client import Client
from council.wire.provider import Provider
from fusionsite.env import KNOWN_PROVIDERS

ANSWER_S = 5.0
"""Seconds a provider may take for each of the two things it is asked."""


def check() -> Iterable[Line]:
    """A line for each provider, all asked at once; never a call that costs anything."""
    there, kept, saved = Known(from_env(settings.ENV)), {}, 0
    with contextlib.suppress(DatabaseError):  # it has a line of its own
        there, saved = known_to(None), Key.objects.filter(is_shared=False).count()
        kept = {listing.provider.name: listing for listing in directory.kept()}
    lines = async_to_sync(_ask)(there, kept)
    is_connected = saved or any(name != "ollama" for name in there.providers)
    if not is_connected and lines[-1].state != "good":
        yield Line(
            "Providers",
            "bad",
            "no provider is connected; only rehearsals can be played",
            "Put a line such as OPENROUTER_API_KEY=… into .env beside manage.py, paste a key in "
            "Settings, or start Ollama.",
        )
    yield from lines
    if saved:
        yield Line("Keys of people", "note", f"{saved} saved; each is tested in its Settings")


def try_out(provider: Provider) -> Line:
    """What one provider says of a key somebody saved, or is about to save.

    ``good``: it is accepted. ``bad``: it is not. ``note``: nobody can tell at the moment.
    """
    return async_to_sync(_try_out)(provider)


async def _try_out(provider: Provider) -> Line:
    what, client = label(provider.name), Client({provider.name: provider})
    try:
        found = await models(client, provider.name, ANSWER_S)
        key = await _key(client, provider)
    except DeniedError as problem:
        return Line(what, "bad", str(problem))
    except CatalogueError as problem:
        return Line(what, "note", f"{problem} The key could not be tried.")
    finally:
        await client.aclose()
    return Line(what, "good", f"{len(found)} model{'' if len(found) == 1 else 's'}{key}")


async def _ask(there: Known, kept: dict[str, Listing]) -> list[Line]:
    client = Client(there.providers)
    try:
        asked = (_provider(client, p, kept.get(name)) for name, p in there.providers.items())
        lines = list(await asyncio.gather(*asked))
        saved = [name in there.rows for name in there.providers]
        return [
            _as_saved(line) if is_saved else line
            for line, is_saved in zip(lines, saved, strict=True)
        ]
    finally:
        await client.aclose()


def _as_saved(line: Line) -> Line:
    """What to do where no file holds the key."""
    return replace(line, todo="Test or replace it in Settings, Keys.") if line.todo else line


async def _provider(client: Client, provider: Provider, kept: Listing | None) -> Line:
    what = f"{label(provider.name)} ({provider.host})"
    began = time.monotonic()
    try:
        found = await models(client, provider.name, ANSWER_S)
        took = f"{time.monotonic() - began:.1f} s"
        key = await _key(client, provider)
    except DeniedError as problem:
        return Line(what, "bad", str(problem), f"Correct {_variable(provider, 'KEY')} in .env.")
    except NoListError as problem:
        return Line(what, "note", f"{problem} It can be asked by the names of its models.")
    except CatalogueError as problem:
        return _absent(what, provider, str(problem), kept)
    if not found:
        todo = "ollama pull gemma3" if provider.name == "ollama" else ""
        return Line(what, "note", f"it answers in {took}, but offers no model", todo)
    return Line(what, "good", f"{len(found)} models in {took}{key}")


async def _key(client: Client, provider: Provider) -> str:
    """What is known of the key, to be said after the rest. Raises CatalogueError."""
    if not provider.key:
        return ""
    if not keys.is_told_apart(provider.name):
        return "; the key is accepted" if provider.name in KNOWN_PROVIDERS else "; a key is sent"
    standing = await keys.standing(client, provider.name, ANSWER_S)
    if standing.left_usd is None:
        return "; the key is accepted"
    return f"; the key is accepted, ${standing.left_usd:,.2f} left on it"


def _absent(what: str, provider: Provider, problem: str, kept: Listing | None) -> Line:
    if provider.name == "ollama" and not settings.ENV.ollama_named:
        return Line(what, "note", "not running; it is found by itself when it is")
    said = problem.rstrip(".")
    if kept is not None and kept.models and kept.fetched_at is not None:
        age = timesince(kept.fetched_at, timezone.now(), depth=1).replace("\xa0", " ")
        said = f"{said}; its list of {len(kept.models)} models from {age} ago is kept"
    if provider.local:
        todo = f"Start it, or correct {_variable(provider, 'URL')} in .env."
    else:
        todo = "Try again in a minute; then look at its status page and at this server's network."
    return Line(what, "bad", said, todo)


def _variable(provider: Provider, which: str) -> str:
    """The setting that holds the key or the address of a provider."""
    if provider.name == "ollama":
        return "OLLAMA_HOST"
    if provider.name in KNOWN_PROVIDERS:
        return KNOWN_PROVIDERS[provider.name][0]
    return f"COUNCIL_PROVIDER_{provider.name.upper()}_{which}"
