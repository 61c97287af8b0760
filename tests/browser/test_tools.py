"""What members look up is there as it happens, and for everybody who comes later."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import column, wait_for_end
from tests.fakes.provider import ScriptedProvider
from tests.fakes.web import Answer, Play, Web
from tests.tools.files import ARTICLE
from tests.whole.house import STEEL, House, looking, saying, usual

_INERT = (Path(__file__).parent / "inert.js").read_text("utf-8")
PIECES = ("#seat-A-tools", "#seat-A-foot .sources", "#sources")
IMAGE = "<img src=x onerror=alert(1)>"
TURNED = "\u202eknat\u202c \u2067tea"
QUERY = "steel frames"


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """A search engine at /search, and whatever page a test puts there."""
    with Web() as running:
        yield running


@pytest.fixture(scope="module")
def looking_house(provider: ScriptedProvider, web: Web) -> Iterator[House]:
    with House(provider, SEARCH_URL=web.url(""), LOCAL_ENDPOINTS=web.endpoint) as built:
        yield built


@pytest.fixture
def house(looking_house: House, web: Web) -> House:
    """A house beside the web, with one page that every search finds."""
    web.search({"url": web.url("/tea"), "title": "All about tea", "content": "Eighty degrees."})
    web.pages["/tea"] = Answer(ARTICLE)
    return looking_house


def _held(page: Answer | Play) -> tuple[Play, threading.Event]:
    """The page, but only once the event is set."""
    assert isinstance(page, Answer)
    let_go = threading.Event()

    def play(handler: BaseHTTPRequestHandler) -> None:
        let_go.wait(30)
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {page.kind}\r\n"
        handler.wfile.write(f"{head}Content-Length: {len(page.body)}\r\n\r\n".encode())
        handler.wfile.write(page.body)

    return play, let_go


def _shown(page: Page) -> dict[str, str]:
    """What each piece says, what is folded up included."""
    found = {piece: page.locator(piece).text_content() or "" for piece in PIECES}
    return {piece: " ".join(text.split()) for piece, text in found.items()}


def _ask(page: Page, question: str) -> None:
    """Three seats through the composer, with the web."""
    page.goto("/")
    page.get_by_text("Seats and judge").click()
    for letter, model in zip("ABC", ("m1", "m2", "m3"), strict=True):
        page.get_by_label(f"Model of {letter}").fill(f"fake/{model}")
    page.get_by_label("Judge").fill("fake/judge")
    page.get_by_label("Writer").fill("fake/writer")
    page.get_by_label("May search the web and read pages").check()
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_lookups_appear_as_they_happen_and_stay(
    house: House, web: Web, open_reader: OpenReader
) -> None:
    search, found = _held(web.pages["/search"])
    read, served = _held(web.pages["/tea"])
    web.pages.update({"/search": search, "/tea": read})
    fetch = ("web_fetch", {"url": web.url("/tea")})
    asks = looking(("web_search", {"query": QUERY}), text="Let me look.")
    house.script(**usual(m1=[asks, looking(fetch), saying(STEEL)]))
    page = open_reader(house.person).page
    _ask(page, "Steel or aluminium?")
    steps = page.locator("#seat-A-tools .step summary")
    expect(steps).to_contain_text([f"searching “{QUERY}”"])
    expect(column(page, "A")).to_contain_text("Let me look.")
    expect(page.locator("#sources")).to_be_hidden()
    assert objections(page) == []
    found.set()
    place = f"{web.endpoint}/tea"
    expect(steps).to_contain_text([f"searched “{QUERY}” · 1 result", f"reading {place}"])
    served.set()
    wait_for_end(page)
    expect(steps).to_contain_text([f"searched “{QUERY}”", f"read {place}"])
    expect(page.locator("#seat-A-foot .sources")).to_contain_text("1 source")
    expect(page.locator("#sources li")).to_contain_text(["All about tea"])
    expect(page.locator("#sources").get_by_label("Used by A")).to_be_visible()
    link = page.locator("#sources .page a")
    expect(link).to_have_attribute("href", web.url("/tea"))
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow ugc")
    steps.first.click()
    expect(page.locator("#seat-A-tools .asked").first).to_be_visible()
    assert objections(page) == []
    live = _shown(page)
    page.reload()
    assert _shown(page) == live
    without = open_reader(house.person, java_script_enabled=False).page
    without.goto(page.url)
    assert _shown(without) == live
    without.locator("#seat-A-tools .step summary").first.click()
    expect(without.locator("#seat-A-tools .found a")).to_have_text("All about tea")


def test_hostile_queries_titles_and_addresses_do_nothing(
    house: House, web: Web, open_reader: OpenReader
) -> None:
    address = f'{web.url("/tea")}?q="><script>alert(1)</script>'
    web.search(
        {"url": address, "title": f"&lt;img src=x onerror=alert(1)&gt; {TURNED}"},
        {"url": "javascript:alert(1)", "title": "Run me"},
    )
    calls = [
        ("web_search", {"query": f"{IMAGE} {TURNED}"}),
        ("web_fetch", {"url": "javascript:alert(1)"}),
        ("web_fetch", {"url": f"https://evil.test/{IMAGE}{TURNED}"}),
        (f"{IMAGE} {TURNED}", {"a": IMAGE}),
    ]
    read = ("web_fetch", {"url": address})
    house.script(**usual(m1=[looking(*calls), looking(read), saying(STEEL)]))
    reader = open_reader(house.person)
    page = reader.page
    page.add_init_script(_INERT)
    _ask(page, "Steel or aluminium?")
    wait_for_end(page)
    live = _shown(page)
    assert page.evaluate("window.caught") == []
    page.reload()
    assert page.evaluate("window.caught") == []
    assert _shown(page) == live
    assert f"searched “{IMAGE} knat tea”" in live["#seat-A-tools"]
    assert "may not read javascript:alert(1)" in live["#seat-A-tools"]
    assert f"could not use {IMAGE} knat tea" in live["#seat-A-tools"]
    assert not set("\u202e\u202c\u2067") & set("".join(live.values()))
    assert "Run me" not in "".join(live.values())
    schemes = page.locator(".tools a, #sources .page a").evaluate_all(
        "(links) => links.map((link) => link.protocol)"
    )
    assert set(schemes) == {"http:"}
