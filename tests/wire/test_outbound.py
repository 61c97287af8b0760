"""Leaving by a forward proxy: a scripted one on loopback, and what it is asked to connect to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest

from council.wire import outbound
from council.wire.egress import Egress, Forbidden, NoAnswerError, Visits
from tests.fakes.server import LiveServer
from tests.fakes.web import Answer, Web
from tests.wire.test_visits import Names

PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nHello"
PUBLIC = "93.184.216.34"


class Proxy(socketserver.ThreadingTCPServer):
    """Notes what it is asked for and answers every page itself; behind CONNECT it notes the first
    bytes and hangs up."""

    daemon_threads = allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[str] = []
        self.hello = b""
        self.refuses = False


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Proxy)
        head = b""
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            head += line
        self.server.asked.append(head.decode())
        if self.server.refuses:
            self.wfile.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        elif head.startswith(b"CONNECT"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            self.server.hello = self.request.recv(4096)
        else:
            self.wfile.write(PAGE)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with Proxy() as running:
        threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
        outbound.leave_by(running.url, "ada", "p:w", direct=["127.0.0.2:1"])
        yield running
        outbound.leave_by("")
        running.shutdown()


async def test_providers_are_asked_through_it(proxy: Proxy) -> None:
    async with aclosing(Egress()) as egress:
        answer = await egress.post("http://models.example/v1/chat", {"X-Y": "z"}, {"model": "m"})
        async with aclosing(answer):
            assert await answer.read_all(100) == b"Hello"
        with pytest.raises(NoAnswerError):
            await egress.get("https://models.example/v1/models", {})
    assert proxy.asked[0].startswith("POST http://models.example/v1/chat HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic YWRhOnA6dw==" in proxy.asked[0]
    assert proxy.asked[1].startswith("CONNECT models.example:443 ")


async def test_this_machine_is_asked_directly(proxy: Proxy) -> None:
    with Web({"/": Answer(b"here")}) as web:
        async with aclosing(Egress()) as egress, aclosing(Visits([web.endpoint])) as visits:
            async with aclosing(await egress.get(web.url("/"), {})) as answer:
                assert await answer.read_all(100) == b"here"
            assert (await visits.read(web.url("/"))).body == b"here"
    assert proxy.asked == []


async def test_a_page_is_fetched_from_the_address_that_was_checked(proxy: Proxy) -> None:
    names = Names([PUBLIC], [PUBLIC], ["127.0.0.1"])
    async with aclosing(Visits(resolve=names)) as visits:
        page = await visits.read("http://example.org/a?b=c")
        assert (page.url, page.body) == ("http://example.org/a?b=c", b"Hello")
        with pytest.raises(NoAnswerError):
            await visits.read("https://example.org/")
        with pytest.raises(Forbidden):
            await visits.read("http://example.org/")
    plain, secure = proxy.asked
    assert plain.startswith(f"GET http://{PUBLIC}/a?b=c HTTP/1.1\r\n")
    assert "host: example.org\r\n" in plain.lower()
    assert secure.startswith(f"CONNECT {PUBLIC}:443 ")
    assert b"example.org" in proxy.hello, "the certificate is the name's"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://0x7f000001/", "http://localhost/", "https://[::1]/"]
)
async def test_nothing_private_is_asked_of_the_proxy(proxy: Proxy, url: str) -> None:
    async with aclosing(Visits(resolve=Names(["169.254.169.254"]))) as visits:
        for one in (url, "http://metadata.example/", "https://metadata.example/"):
            with pytest.raises(Forbidden):
                await visits.read(one)
    assert proxy.asked == []


async def test_a_proxy_that_refuses_or_is_gone_is_named(proxy: Proxy) -> None:
    proxy.refuses = True
    async with aclosing(Egress()) as egress:
        with pytest.raises(NoAnswerError, match="outbound proxy refuses with 407"):
            await egress.get("https://models.example/", {})
    outbound.leave_by("http://127.0.0.1:9")
    async with aclosing(Egress()) as egress:
        with pytest.raises(NoAnswerError, match="outbound proxy cannot be reached"):
            await egress.get("https://models.example/", {})


def test_the_setting_is_the_way_of_the_whole_server(proxy: Proxy) -> None:
    server = LiveServer(
        {
            "OUTBOUND_PROXY": proxy.url.replace("//", "//ada:secret@"),
            "COUNCIL_PROVIDER_FAR_URL": "http://models.example/v1",
            "LIMIT_RETRIES": "0",
        }
    )
    try:
        asked = server.manage("ask", "Which?", "--seat", "far/m", "--judge", "far/m", "--json")
        assert asked.returncode == 4, asked.stderr
        assert "secret" not in asked.stdout + asked.stderr
    finally:
        server.__exit__()
    wanted = "POST http://models.example/v1/chat/completions HTTP/1.1"
    assert wanted in [head.partition("\r\n")[0] for head in proxy.asked]
