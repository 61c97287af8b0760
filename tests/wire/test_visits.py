"""Pages of the web, read over real connections; and a canary on loopback that stays silent."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing
from http.server import BaseHTTPRequestHandler

import pytest

from council.wire.egress import BrokenAnswerError, Forbidden, NoAnswerError, Page, Visits
from tests.fakes.web import Answer, Web
from tests.wire.test_addresses import PRIVATE

NOWHERE = "2d00::1"
"""A public address that nobody has: of a range that was never given out."""


@pytest.fixture
def web() -> Iterator[Web]:
    with Web({"/": Answer(b"<p>Hello</p>")}) as running:
        yield running


@pytest.fixture
def canary() -> Iterator[Web]:
    """Listens where nobody may go."""
    with Web() as running:
        yield running
    assert running.connections == 0, "the canary was touched"


@pytest.fixture
async def visits(web: Web) -> AsyncIterator[Visits]:
    """May go to ``web`` and to the Internet."""
    async with aclosing(Visits({web.endpoint})) as visiting:
        yield visiting


class Names:
    """A resolver whose answers change: one list for each time it is asked, the last repeats."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


async def test_a_page_is_read_with_its_type_and_place(web: Web, visits: Visits) -> None:
    page = await visits.read(web.url("/"))
    assert page == Page(web.url("/"), 200, "text/html", b"<p>Hello</p>")
    sent = web.hits[0].headers
    assert sent["host"] == web.endpoint
    assert not {"cookie", "authorization", "referer"} & sent.keys()


@pytest.mark.parametrize("host", PRIVATE)
async def test_no_spelling_of_a_private_address_is_connected_to(host: str, canary: Web) -> None:
    async with aclosing(Visits({"other:1"})) as visits:
        for url in (f"http://{host}:{canary.port}/", f"http://{host}/"):
            with pytest.raises(Forbidden):
                await visits.read(url)


@pytest.mark.parametrize(
    "behind",
    [
        ["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["::ffff:7f00:1"],
        ["64:ff9b::7f00:1"], ["fe80::1%1"], ["0.0.0.0"], ["2002:7f00:1::"],
    ],
)  # fmt: skip
async def test_every_address_behind_a_name_is_checked(behind: list[str]) -> None:
    with Web() as canary:
        async with aclosing(Visits(resolve=Names(behind))) as visits:
            for url in ("http://innocent.example/", "https://innocent.example/"):
                with pytest.raises(Forbidden, match="public Internet"):
                    await visits.read(url)
        assert canary.connections == 0


async def test_a_name_that_changes_its_answer_gains_nothing(
    canary: Web,
) -> None:
    names = Names([NOWHERE], ["127.0.0.1"])
    async with aclosing(Visits(resolve=names, visit_s=1.0)) as visits:
        with pytest.raises(NoAnswerError):
            await visits.read("http://rebinding.example/")
        assert names.asked == 1, "what was checked is what is connected to"
        with pytest.raises(Forbidden):
            await visits.read("http://rebinding.example/")


async def test_the_checked_address_is_connected_to_under_its_name(web: Web) -> None:
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    name = f"wiki.example:{web.port}"
    async with aclosing(Visits({name}, resolve=names)) as visits:
        page = await visits.read(f"http://{name}/")
    assert page.body == b"<p>Hello</p>"
    assert web.hits[0].headers["host"] == name
    assert names.asked == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_checked_like_any_address(
    web: Web, canary: Web, visits: Visits, status: int
) -> None:
    canary_by_name = f"http://localhost:{canary.port}/"
    away = [canary.url(), canary_by_name, f"//0x7f.1:{canary.port}/", "http://[::ffff:7f00:1]/"]
    for where in (*away, "file:///etc/passwd", "http://[bad/"):
        web.pages["/away"] = Answer(status=status, headers={"Location": where})
        with pytest.raises(Forbidden):
            await visits.read(web.url("/away"))


async def test_a_name_behind_a_redirect_is_checked_as_well(web: Web) -> None:
    web.pages["/away"] = Answer(status=302, headers={"Location": "http://inside.example/"})
    async with aclosing(Visits({web.endpoint}, resolve=Names(["10.0.0.1"]))) as visits:
        with pytest.raises(Forbidden):
            await visits.read(web.url("/away"))


async def test_three_redirects_are_followed_and_no_cookie_goes_along(
    web: Web, visits: Visits
) -> None:
    cookie = {"Set-Cookie": "a=1; Path=/"}
    for n in (1, 2, 3, 4):
        web.pages[f"/{n}"] = Answer(status=302, headers={"Location": f"{n - 1}", **cookie})
    web.pages["/0"] = Answer(b"There.", "text/plain")
    page = await visits.read(web.url("/3"))
    assert (page.url, page.body) == (web.url("/0"), b"There.")
    assert not any("cookie" in hit.headers for hit in web.hits)
    with pytest.raises(NoAnswerError, match="redirects more than 3 times"):
        await visits.read(web.url("/4"))


async def test_a_gzip_bomb_is_left_after_two_mebibytes(web: Web, visits: Visits) -> None:
    bomb = gzip.compress(b"0" * (64 << 20), 9)
    web.pages["/bomb"] = Answer(bomb, "text/plain", headers={"Content-Encoding": "gzip"})
    page = await visits.read(web.url("/bomb"))
    assert page.is_cut
    assert len(page.body) == 2 << 20


async def test_a_body_packed_twice_is_not_unpacked(web: Web, visits: Visits) -> None:
    twice = gzip.compress(gzip.compress(b"0" * 1_000_000))
    web.pages["/"] = Answer(twice, headers={"Content-Encoding": "gzip, gzip"})
    with pytest.raises(NoAnswerError, match="packed"):
        await visits.read(web.url("/"))


async def test_a_content_type_nobody_wants_is_not_read(web: Web, visits: Visits) -> None:
    web.pages["/film"] = Answer(b"0" * 1000, "video/mp4")
    with pytest.raises(NoAnswerError, match="video/mp4"):
        await visits.read(web.url("/film"), lambda kind: kind.startswith("text/"))


def _drips(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.1)


def _never_ends_its_head(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(10**9):
        handler.wfile.write(b"X-%d: %b\r\n" % (n, b"a" * 1000))


def _says_nothing(_: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


@pytest.mark.parametrize("play", [_drips, _never_ends_its_head, _says_nothing])
async def test_a_server_that_takes_its_time_is_left(web: Web, play: object) -> None:
    web.pages["/slow"] = play  # type: ignore[assignment]
    since = time.monotonic()
    async with aclosing(Visits({web.endpoint}, visit_s=0.5)) as visits:
        with pytest.raises((NoAnswerError, BrokenAnswerError)):
            await visits.read(web.url("/slow"))
    assert time.monotonic() - since < 1.5


async def test_a_visit_that_is_cancelled_hangs_up(web: Web, visits: Visits) -> None:
    web.pages["/slow"] = _drips
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await visits.read(web.url("/slow"))
    assert await asyncio.to_thread(web.left.wait, 1.0)
