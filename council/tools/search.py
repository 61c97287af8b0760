"""Search engines: one question, a list of pages. SearXNG, Brave, Tavily; a table of three."""

import asyncio
import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode

from council.tools.said import visible
from council.wire.addresses import Forbidden, target_of
from council.wire.cleaning import one_line
from council.wire.egress import VISIT_S, Answer, BrokenAnswerError, Egress, NoAnswerError
from council.wire.payload import JSON, listing, mapping, string

MAX_RESULTS = 8
_ANSWER_BYTES = 2 << 20
_TITLE_MAX, _EXCERPT_MAX = 200, 600
_TAG = re.compile(r"<[^<>]{0,200}>")


class Found(NamedTuple):
    """One page a search engine names."""

    url: str
    title: str
    excerpt: str


class SearchFailed(Exception):
    """Nothing was found out; the message is a sentence for people and for the model."""


@dataclass(frozen=True)
class Engine:
    """The search engine this server uses: ``backend`` is a name of `BACKENDS`."""

    backend: str
    url: str
    key: str | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        """Its name in sentences."""
        return BACKENDS[self.backend].title


@dataclass(frozen=True)
class _Backend:
    """How one kind of engine is asked, and where in its answer the results stand."""

    title: str
    ask: Callable[[Egress, Engine, str], Any]
    results: Callable[[dict[str, JSON]], JSON]
    excerpt: str


async def _searxng(egress: Egress, engine: Engine, query: str) -> Answer:
    base = engine.url.rstrip("/").removesuffix("/search")
    asked = urlencode({"q": query, "format": "json"})
    return await egress.get(f"{base}/search?{asked}", {"Accept": "application/json"})


async def _brave(egress: Egress, engine: Engine, query: str) -> Answer:
    asked = urlencode({"q": query[:400], "count": MAX_RESULTS})
    headers = {"Accept": "application/json", "X-Subscription-Token": engine.key or ""}
    return await egress.get(f"{engine.url}?{asked}", headers)


async def _tavily(egress: Egress, engine: Engine, query: str) -> Answer:
    headers = {"Authorization": f"Bearer {engine.key}"}
    body = {"query": query[:400], "max_results": MAX_RESULTS}
    return await egress.post(engine.url, headers, body)


BACKENDS: Mapping[str, _Backend] = {
    "searxng": _Backend("SearXNG", _searxng, lambda said: said.get("results"), "content"),
    "brave": _Backend(
        "Brave", _brave, lambda said: mapping(said.get("web")).get("results"), "description"
    ),
    "tavily": _Backend("Tavily", _tavily, lambda said: said.get("results"), "content"),
}


async def search(
    egress: Egress,
    engine: Engine,
    query: str,
    local: Collection[str] = (),
    search_s: float = VISIT_S,
) -> list[Found]:
    """The first pages the engine names, those of ``local`` endpoints included.

    Raises SearchFailed, within ``search_s``.
    """
    backend = BACKENDS[engine.backend]
    try:
        async with asyncio.timeout(search_s):
            answer: Answer = await backend.ask(egress, engine, query)
            try:
                body = await answer.read_all(_ANSWER_BYTES)
            finally:
                await answer.aclose()
    except TimeoutError:
        raise SearchFailed(f"{backend.title} did not answer in {search_s:g} seconds.") from None
    except NoAnswerError as error:
        raise SearchFailed(f"{backend.title} cannot be reached: {error.reason}.") from error
    except BrokenAnswerError as error:
        raise SearchFailed(f"{backend.title} broke off in the middle of its answer.") from error
    return _read(backend, answer.status, body, local)


async def try_out(egress: Egress, engine: Engine, within_s: float) -> None:
    """Ask a SearXNG for nothing, which it declines (400) after it has looked at the format.

    The other engines are not asked: each search costs money. Raises SearchFailed.
    """
    if engine.backend != "searxng":
        return
    try:
        async with asyncio.timeout(within_s):
            answer = await _searxng(egress, engine, "")
            await answer.aclose()
    except TimeoutError:
        raise SearchFailed(f"SearXNG did not answer in {within_s:g} seconds.") from None
    except NoAnswerError as error:
        raise SearchFailed(f"SearXNG cannot be reached: {error.reason}.") from error
    if answer.status not in (200, 400):
        hint = _HINTS.get(("SearXNG", answer.status), "")
        raise SearchFailed(f"SearXNG answered {answer.status} to a search.{hint}")


def _read(backend: _Backend, status: int, body: bytes, local: Collection[str]) -> list[Found]:
    if not 200 <= status < 300:
        hint = _HINTS.get((backend.title, status), "")
        raise SearchFailed(f"{backend.title} answered {status} to a search.{hint}")
    try:
        said = mapping(json.loads(body))
    except (ValueError, RecursionError):
        raise SearchFailed(f"{backend.title} sent something that is no list of results.") from None
    found: dict[str, Found] = {}
    for entry in listing(backend.results(said)):
        one = _found(mapping(entry), backend.excerpt, local)
        if one is not None:
            found.setdefault(one.url, one)
    return list(found.values())[:MAX_RESULTS]


_HINTS = {
    ("SearXNG", 403): " Its settings must allow the format json.",
    ("SearXNG", 429): " Its limiter is on; this server must be let through.",
    ("Brave", 401): " The key may be wrong.",
    ("Brave", 422): " The key may be wrong.",
    ("Tavily", 401): " The key may be wrong.",
}


def _found(entry: dict[str, JSON], excerpt: str, local: Collection[str]) -> Found | None:
    """A result that can be read, in text; None for what is no page of the web."""
    try:
        url = target_of(string(entry.get("url")), local).url
    except Forbidden:
        return None
    title = one_line(_text(entry.get("title")), _TITLE_MAX)
    return Found(url, title, one_line(_text(entry.get(excerpt)), _EXCERPT_MAX))


def _text(value: JSON) -> str:
    return visible(unescape(_TAG.sub("", string(value)[:4_000])))
