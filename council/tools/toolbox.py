"""The tools this server runs, and how one of them is used."""

import asyncio
from collections.abc import Collection

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from council.core.delta import Source, Tool
from council.core.toolbox import MayFetch, Result
from council.tools import apart, pages, search
from council.tools.said import data, visible
from council.wire.cleaning import one_line
from council.wire.egress import (
    VISIT_S,
    BrokenAnswerError,
    Egress,
    Forbidden,
    NoAnswerError,
    Page,
    Visits,
)

WEB_SEARCH, WEB_FETCH = "web_search", "web_fetch"
_READERS = 2
"""How many pages are turned into text at the same time."""
_STATUS_WORDS = {
    401: "it wants a password",
    403: "it turns programs away",
    404: "there is no such page",
    410: "there is no such page any more",
    429: "it asks to slow down",
}


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Search(_Arguments):
    query: str = Field(min_length=1, max_length=400)


class _Fetch(_Arguments):
    url: str = Field(min_length=1, max_length=2_000)


def _text(description: str) -> JsonValue:
    return {"type": "string", "description": description}


def _tool(name: str, description: str, argument: str, about: str) -> Tool:
    return Tool(
        name=name,
        description=description,
        parameters={
            "type": "object",
            "properties": {argument: _text(about)},
            "required": [argument],
            "additionalProperties": False,
        },
    )


_SEARCH_TOOL = _tool(
    WEB_SEARCH,
    "Search the web. Returns titles, addresses and excerpts of the first pages found.",
    "query",
    "A few words, as one would type them into a search engine.",
)
_FETCH_TOOL = _tool(
    WEB_FETCH,
    "Read one page of the web (HTML, PDF, plain text, JSON) as text. Only addresses that stand "
    "in the question or in results of web_search can be read.",
    "url",
    "The address exactly as it stands there, beginning with http:// or https://.",
)


class Toolbox:
    """`web_search` where an engine is set up, and `web_fetch`. Belongs to one event loop.

    One search, and one page until it is here, may take ``tool_s``.
    """

    def __init__(
        self,
        engine: search.Engine | None,
        local: Collection[str] = (),
        visits: Visits | None = None,
        *,
        tool_s: float = VISIT_S,
    ) -> None:
        self._tool_s = tool_s
        self.unable: set[str] = set()
        self._engine, self._local = engine, frozenset(local)
        self._egress: Egress | None = None
        self._visits = visits
        self._readers = asyncio.Semaphore(_READERS)

    @property
    def known(self) -> dict[str, Tool]:
        """What may be offered to a model, by name."""
        searching = {WEB_SEARCH: _SEARCH_TOOL} if self._engine is not None else {}
        return {**searching, WEB_FETCH: _FETCH_TOOL}

    async def use(self, name: str, arguments: dict[str, JsonValue], may_fetch: MayFetch) -> Result:
        """Use one tool; whatever goes wrong is told in the result."""
        try:
            if name == WEB_SEARCH and self._engine is not None:
                return await self._search(_Search.model_validate(arguments).query, self._engine)
            return await self._fetch(_Fetch.model_validate(arguments).url, may_fetch)
        except ValidationError as problem:
            return failed(_sentence(name, problem))
        except search.SearchFailed as problem:
            return failed(str(problem))

    async def aclose(self) -> None:
        """Close every connection."""
        for door in (self._egress, self._visits):
            if door is not None:
                await door.aclose()

    async def _search(self, query: str, engine: search.Engine) -> Result:
        if self._egress is None:
            self._egress = Egress()
        found = await search.search(self._egress, engine, query, self._local, self._tool_s)
        results: list[JsonValue] = [
            {"url": one.url, "title": one.title, "excerpt": one.excerpt} for one in found
        ]
        count = len(found)
        return Result(
            state="done",
            said=data(query=query, results=results),
            note="nothing found" if not count else f"{count} result{'s' if count > 1 else ''}",
            sources=tuple(Source(url=one.url, title=one.title) for one in found),
        )

    async def _fetch(self, url: str, may_fetch: MayFetch) -> Result:
        if not may_fetch(url):
            return refused(
                "url_not_in_context",
                "this address stands neither in the question nor in search results of this run",
            )
        if self._visits is None:
            self._visits = Visits(self._local, visit_s=self._tool_s)
        try:
            page = await self._visits.read(url, pages.is_readable)
            if not 200 <= page.status < 300:
                said = _STATUS_WORDS.get(page.status, "it has an error of its own")
                return failed(f"{said} ({page.status})")
            text = await self._read(page)
        except Forbidden as problem:
            return refused("address_not_allowed", str(problem))
        except NoAnswerError as problem:
            return failed(problem.reason)
        except BrokenAnswerError:
            return failed("it broke off in the middle")
        except pages.Unreadable as problem:
            return failed(str(problem))
        return _page_read(page, text)

    async def _read(self, page: Page) -> pages.Text:
        async with self._readers:
            return await apart.text_of(page.content_type, page.body, is_cut=page.is_cut)


def _page_read(page: Page, text: pages.Text) -> Result:
    size = f"{len(text.text):,} characters"
    return Result(
        state="done",
        said=data(url=page.url, title=text.title, text=text.text, is_cut=text.is_cut),
        note=f"the first {size}" if text.is_cut else size,
        sources=(Source(url=page.url[:2_000], title=text.title),),
    )


def failed(why: str) -> Result:
    """It did not work; the model is told why."""
    return Result(state="failed", said=data(error=why), note=why)


def refused(code: str, why: str) -> Result:
    """The rules forbid it; nothing was sent."""
    return Result(state="refused", said=data(error=code, reason=why), note=why)


def _sentence(name: str, problem: ValidationError) -> str:
    first = problem.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return one_line(visible(f"{name} wants {place}: {first['msg']}"), 200)
