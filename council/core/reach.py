"""Which pages members may fetch: those whose address the reader or a search engine wrote.

An address that a model puts together could carry the conversation away; so what stands
neither in the question (with its attachments and the earlier questions) nor in search
results of the run is not fetched.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from council.core.plan import Plan
from council.core.state import RunState

WEB_SEARCH = "web_search"

_WRITTEN = re.compile(r"https?://[^\s<>\"`{}|\\^]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w@/.:-])(?:[a-z0-9-]++\.)+[a-z]{2,}(?::\d+)?(?:/[^\s<>\"`{}|\\^]*)?", re.I
)
"""``example.org/page``, as people write an address."""
_AFTER = ".,;:!?)]}*_~'’”»。、，）"
"""What may follow an address in a sentence without being part of it."""
_AFTER_MAX = 20
"""How many of those at the most: each is one more reading of the whole address."""
_PORTS = {"http": 80, "https": 443}


def may_fetch(plan: Plan, state: RunState, url: str) -> bool:
    """True when the address stands in the question or in search results of this run."""
    wanted = _plain(url)
    if wanted is None:
        return False
    if any(_plain(source) == wanted for source in _searched(state)):
        return True
    return any(wanted in _addresses(text) for text in _texts(plan))


def _searched(state: RunState) -> Iterator[str]:
    for part in state.parts:
        for use in part.tools:
            if use.name == WEB_SEARCH and use.state == "done":
                yield from (source.url for source in use.sources)


def _texts(plan: Plan) -> Iterator[str]:
    yield plan.prompt
    yield from (turn.prompt for turn in plan.history)
    yield from (attachment.text for attachment in plan.attachments)


def _addresses(text: str) -> Iterator[str]:
    for found in _WRITTEN.finditer(text):
        yield from _ends(found.group())
    for found in _BARE.finditer(text):
        for scheme in _PORTS:
            yield from _ends(f"{scheme}://{found.group()}")


def _ends(written: str) -> Iterator[str]:
    """The address with and without what a sentence may have put behind it."""
    for _ in range(_AFTER_MAX):
        if (plain := _plain(written)) is not None:
            yield plain
        if not written or written[-1] not in _AFTER:
            return
        written = written[:-1]


def _plain(url: str) -> str | None:
    """One spelling: host in lower case, no fragment, no port of the scheme's own."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    host = parts.netloc.rpartition("@")[0] + "@" if "@" in parts.netloc else ""
    host += parts.hostname.lower()
    if port not in (None, _PORTS[parts.scheme]):
        host += f":{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{host}{parts.path or '/'}{query}"
