"""What members looked up, and which pages a run rests on: in words and as lists.

Pure functions over `council.core.state`; no HTML. Queries, addresses and titles are what
models and strangers wrote, so whoever prints them must escape them.
"""

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from council.core.delta import Source
from council.core.reach import WEB_SEARCH
from council.core.state import Part, RunState, ToolUse
from council.words import headline, seconds

WEB_FETCH = "web_fetch"
_SHORT = 60
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn text around, ours behind it as well."""
_VERBS = {
    WEB_SEARCH: ("searching", "searched", "search"),
    WEB_FETCH: ("reading", "read", "read"),
}
_TONES = {"running": "busy", "done": "good", "failed": "fair", "refused": "bad"}


@dataclass(frozen=True)
class UsedSource:
    """A page the run rests on, and the letters of those who used it (``judge`` among them)."""

    url: str
    title: str
    used_by: tuple[str, ...]


def arguments(use: ToolUse) -> dict[str, Any] | str:
    """What the tool was asked with; the text as it came where that is no JSON object."""
    try:
        found = json.loads(use.arguments)
    except (ValueError, RecursionError):
        return use.arguments
    return found if isinstance(found, dict) else use.arguments


def asked_for(use: ToolUse) -> str:
    """The whole query or address, else the arguments; as they came, but for what turns text."""
    name = {WEB_SEARCH: "query", WEB_FETCH: "url"}.get(use.name, "")
    found = arguments(use)
    asked = (found.get(name) if isinstance(found, dict) else "") or use.arguments
    return _TURNS.sub("", str(asked))


def use_words(use: ToolUse) -> str:
    """One use in a line: ``searched “steel frames”``, ``could not read example.org/page``."""
    name = _TURNS.sub("", use.name)
    now, then, bare = _VERBS.get(name, (f"using {name}", f"used {name}", f"use {name}"))
    verb = {"running": now, "done": then, "refused": f"may not {bare}"}.get(
        use.state, f"could not {bare}"
    )
    if not use.arguments:
        return f"{verb} something on the web" if use.name in _VERBS else verb
    if use.name == WEB_SEARCH:
        return f"{verb} “{headline(asked_for(use), _SHORT)}”"
    if use.name == WEB_FETCH:
        return f"{verb} {place(asked_for(use))}"
    return verb


def use_time(use: ToolUse) -> str:
    """How long it took."""
    return seconds(None if use.ended_ms is None else use.ended_ms - use.started_ms)


def use_tone(use: ToolUse) -> str:
    """How a use looks: ``busy``, ``good``, ``fair`` or ``bad``; never the only sign."""
    return _TONES[use.state]


def place(url: str) -> str:
    """An address as people read it: host and path, cut where it is long."""
    url = _TURNS.sub("", url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return headline(url, _SHORT)
    whole = f"{parts.netloc}{parts.path.rstrip('/')}" + ("?…" if parts.query else "")
    if not parts.netloc:
        whole = url
    return whole if len(whole) <= _SHORT else f"{whole[: _SHORT - 1]}…"


def href(url: str) -> str:
    """The address if it may be a link; empty for anything but http and https."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def pages_found(use: ToolUse) -> tuple[Source, ...]:
    """What a search brought; a page that was read needs no list."""
    return use.sources if use.name == WEB_SEARCH else ()


def used_sources(part: Part) -> tuple[Source, ...]:
    """The pages an answer rests on: those the provider names, those that were read, and, once
    it is said, of those a search merely found the ones whose address it gives."""
    found = {source.url for use in part.tools for source in pages_found(use)}
    read = {s.url for use in part.tools if use.name != WEB_SEARCH for s in use.sources}
    return tuple(
        source
        for source in part.sources
        if source.url not in found
        or source.url in read
        or (part.is_final and source.url in part.text)
    )


def run_sources(run: RunState) -> list[UsedSource]:
    """Every page of the run once, with who used it; those used by most come first."""
    titles: dict[str, str] = {}
    users: dict[str, list[str]] = {}
    for part in run.parts:
        for source in used_sources(part):
            titles[source.url] = titles.get(source.url) or source.title
            users.setdefault(source.url, []).append(part.seat)
    found = [UsedSource(url, titles[url], tuple(seats)) for url, seats in users.items()]
    return sorted(found, key=lambda source: -len(source.used_by))
