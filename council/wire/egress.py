"""The one door to the network: every request of ours leaves through here.

The only module that imports httpx and aiohttp. What they raise becomes one of
two errors, told apart by the one thing that matters: whether an answer had begun.
"""

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage
from httpx_aiohttp import AiohttpTransport

from council.wire import addresses, outbound
from council.wire.addresses import Forbidden, Target
from council.wire.unpacking import GarbledError, Unpacker

__all__ = ["Answer", "BrokenAnswerError", "Egress", "Forbidden", "NoAnswerError", "Page", "Visits"]

CONNECT_S = 10.0
_USER_AGENT = "fusion-council"
_IDLE_S = 30.0
"""How long an idle connection is kept for the next call."""

VISIT_S, VISIT_BYTES, REDIRECTS = 15.0, 2 << 20, 3
"""How long one page of the web may take unless told otherwise, redirects included; how much of it
is read, when decompressed; how often it may send us on."""
_ONCE_PACKED = frozenset({"", "identity", "gzip", "deflate"})
"""A body packed several times over could grow a thousandfold each time."""

_ANNOUNCED_MAX = 100
"""How often a server may say that its answer is on the way (103 and the like)."""

_ERRORS = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError, ValueError)


class NoAnswerError(Exception):
    """The server could not be asked. ``final``: asking again cannot help."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class BrokenAnswerError(Exception):
    """The answer began and did not end properly. ``is_garbled``: its bytes made no sense."""

    def __init__(self, *, is_garbled: bool = False) -> None:
        super().__init__()
        self.is_garbled = is_garbled


class _Transport(AiohttpTransport):
    """Hands the body over as aiohttp has it: a token passes five layers of httpx less."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await super().handle_async_request(request)
        stream: Any = response.stream
        response.extensions["inner"] = stream._aiohttp_response
        return response


class _Protocol(ResponseHandler):
    """Leaves a server that announces its answer without end: reading that starves all others."""

    _announced = 0

    def feed_data(
        self, data: tuple[RawResponseMessage, aiohttp.StreamReader], size: int = 0
    ) -> None:
        """Take one head; an exception that is set is what the call gets."""
        self._announced = self._announced + 1 if data[0].code < 200 else 0
        if self._announced > _ANNOUNCED_MAX and self.transport is not None:
            self.transport.close()
            self.set_exception(HttpProcessingError(message="no end of announcements"))
        elif self._announced <= _ANNOUNCED_MAX:
            super().feed_data(data, size)


class _Connector(aiohttp.TCPConnector):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory: functools.partial[Any] = functools.partial(_Protocol, loop=self._loop)


class Answer:
    """One HTTP answer whose body is still to come."""

    def __init__(self, response: httpx.Response) -> None:
        # httpx's own is let go, and with it the request: a prompt may be megabytes.
        self._inner: aiohttp.ClientResponse = response.extensions["inner"]
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)  # names in lower case
        self._body: aiohttp.StreamReader = self._inner.content
        encoding = self.headers.get("content-encoding")
        self._unpacker = Unpacker(encoding) if encoding else None

    async def read(self) -> bytes:
        """The next bytes of the body, unpacked; empty at its end.

        Raises BrokenAnswerError, and TimeoutError after `give_up`.
        """
        try:
            if self._unpacker is None:
                return await self._body.readany()
            return await self._read_packed(self._unpacker)
        except GarbledError as error:
            raise BrokenAnswerError(is_garbled=True) from error
        except TimeoutError:
            raise
        except _ERRORS as error:
            raise BrokenAnswerError from error

    async def _read_packed(self, unpacker: Unpacker) -> bytes:
        while not (out := unpacker.take()) and (data := await self._body.readany()):
            unpacker.feed(data)
        return out

    def give_up(self) -> None:
        """Whoever reads, now or later, gets a TimeoutError."""
        self._body.set_exception(TimeoutError())

    async def read_all(self, limit: int) -> bytes:
        """The body, at most ``limit`` bytes of it. Raises BrokenAnswerError."""
        body = bytearray()
        while len(body) < limit and (chunk := await self.read()):
            body += chunk
        return bytes(body[:limit])

    async def aclose(self) -> None:
        """Let go of the connection; one whose answer is not read to its end is closed at once."""
        with contextlib.suppress(*_ERRORS):
            await self._inner.__aexit__(None, None, None)


class Egress:
    """One pool of connections. Belongs to the event loop on which it is first used."""

    def __init__(self, connect_s: float = CONNECT_S) -> None:
        verify = httpx.create_ssl_context()
        self._client = _client(verify, lambda: _session(verify), connect_s)

    async def post(self, url: str, headers: Mapping[str, str], body: Any) -> Answer:
        """Send ``body`` as JSON. Raises NoAnswerError."""
        return await self._send("POST", url, headers, json=body)

    async def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Raises NoAnswerError."""
        return await self._send("GET", url, headers)

    async def _send(self, method: str, url: str, headers: Mapping[str, str], **more: Any) -> Answer:
        with _no_answer():
            request = self._client.build_request(method, url, headers=dict(headers), **more)
            return Answer(await self._client.send(request, stream=True))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


@dataclass(frozen=True)
class Page:
    """What stands at an address. ``url`` is where it was found after all redirects;
    ``is_cut``: there was more of it than is read."""

    url: str
    status: int
    content_type: str
    body: bytes
    is_cut: bool = False


Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses behind a name, as literals. Raises OSError when there are none."""


class Visits:
    """Reads pages whose address a model or a page named: nothing private can be reached.

    Through an outbound proxy all that holds as well: the proxy is told the checked address and
    never the name, which it could resolve to another one.

    ``local`` are the ``host:port`` that may be private all the same. Literal addresses are
    checked before anything is sent. A name is resolved once for each connection, every address
    behind it is checked, and exactly those are connected to: a name that changes its answer
    gains nothing. Host header and certificate stay the name's. No cookies, no keys.
    """

    def __init__(
        self,
        local: Collection[str] = (),
        resolve: Resolve | None = None,
        *,
        visit_s: float = VISIT_S,
    ) -> None:
        self._visit_s = visit_s
        self._local = frozenset(local)
        verify = httpx.create_ssl_context()
        self._resolver = _Checked(self._local, resolve or _resolve)
        self._client = _client(verify, lambda: _session(verify, self._resolver), CONNECT_S)
        self._is_proxied = outbound.way() is not None

    async def read(self, url: str, wanted: Callable[[str], bool] = lambda _: True) -> Page:
        """The page at ``url``; ``wanted`` decides by its content type whether it is read.

        Raises Forbidden, NoAnswerError, BrokenAnswerError; takes ``visit_s`` at the most.
        """
        try:
            async with asyncio.timeout(self._visit_s):
                return await self._follow(addresses.target_of(url, self._local), wanted)
        except TimeoutError:
            raise NoAnswerError(f"it took longer than {self._visit_s:g} seconds") from None

    async def _follow(self, target: Target, wanted: Callable[[str], bool]) -> Page:
        for _ in range(REDIRECTS + 1):
            async with contextlib.aclosing(await self._send(target)) as answer:
                where = answer.headers.get("location", "")
                if not (300 <= answer.status < 400 and where):
                    return await _page(target, answer, wanted)
            target = self._onward(target, where)
        raise NoAnswerError(f"it redirects more than {REDIRECTS} times", final=True)

    def _onward(self, target: Target, where: str) -> Target:
        try:
            url = urljoin(target.url, where)
        except ValueError:
            raise Forbidden("it redirects to what is no address") from None
        onward = addresses.target_of(url, self._local)
        if (target.scheme, onward.scheme) == ("https", "http"):
            raise Forbidden("it redirects from https to http")
        return onward

    async def _send(self, target: Target) -> Answer:
        with _no_answer():
            request = self._client.build_request("GET", target.url)
            if self._is_proxied and target.netloc not in self._local:
                await self._pin(request, target)
            return Answer(await self._client.send(request, stream=True))

    async def _pin(self, request: httpx.Request, target: Target) -> None:
        """Have the proxy connect to the address that was checked; all else stays the name's."""
        found = await self._resolver.resolve(target.host, target.port)
        addresses_there = sorted((one["host"] for one in found), key=lambda a: ":" in a)
        if addresses_there and addresses_there[0] != target.host:
            request.extensions = {**request.extensions, "sni_hostname": target.host}
            request.url = request.url.copy_with(host=addresses_there[0])  # its Host is set already

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


async def _page(target: Target, answer: Answer, wanted: Callable[[str], bool]) -> Page:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.headers.get("content-encoding", "").strip().lower() not in _ONCE_PACKED:
        raise NoAnswerError("it is packed in a way that is not read", final=True)
    if 200 <= answer.status < 300 and not wanted(kind):
        raise NoAnswerError(f"it is {kind or 'of no known type'}, which is not read", final=True)
    body = await answer.read_all(VISIT_BYTES + 1)
    is_cut = len(body) > VISIT_BYTES
    return Page(target.url, answer.status, kind, body[:VISIT_BYTES], is_cut)


class _Checked(AbstractResolver):
    """Resolves names for a connection; never asked about literal addresses."""

    def __init__(self, local: frozenset[str], resolve: Resolve) -> None:
        self._local, self._resolve = local, resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of the name. Raises Forbidden when one of them is not public."""
        found = await self._resolve(host, port)
        if f"{host}:{port}" not in self._local:
            for address in found:
                addresses.check(address)
        return [_resolved(host, port, address) for address in found]

    async def close(self) -> None:
        """Nothing is held."""


def _resolved(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST,
    )


async def _resolve(host: str, port: int) -> list[str]:
    """The system's own answer."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _client(
    verify: ssl.SSLContext, session: Callable[[], aiohttp.ClientSession], connect_s: float
) -> httpx.AsyncClient:
    way, mounts = outbound.way(), {}
    proxy = None
    if way is not None:
        proxy = httpx.Proxy(way.url)
        if way.user:  # aiohttp reads them there
            proxy.url = proxy.url.copy_with(username=way.user, password=way.password)
        direct = _Transport(verify=verify, client=session)
        mounts = {f"all://{host}": direct for host in (*outbound.LOOPBACK, *way.direct)}
    # aiohttp holds every call's deadline except the connection's; the callers keep those.
    return httpx.AsyncClient(
        transport=_Transport(
            verify=verify, client=(lambda: _session(verify)) if way else session, proxy=proxy
        ),
        mounts=mounts,
        timeout=httpx.Timeout(None, connect=connect_s, pool=connect_s),
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # takes none
        headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip"},
    )


def _session(
    verify: ssl.SSLContext, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    connector = _Connector(
        limit=0,
        ssl=verify,
        keepalive_timeout=_IDLE_S,
        resolver=resolver,
        use_dns_cache=resolver is None,
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


@contextlib.contextmanager
def _no_answer() -> Iterator[None]:
    try:
        yield
    except _ERRORS as error:
        reason, final = _reason(error)
        raise NoAnswerError(reason, final=final) from error


def _reason(error: BaseException) -> tuple[str, bool]:
    """Why, in words. Everything arrives as one timeout; the truth is in ``__cause__``."""
    chain = [error]
    while (cause := chain[-1].__cause__) is not None:
        chain.append(cause)
    for found in chain:
        if isinstance(found, aiohttp.ClientSSLError | ssl.SSLError):
            return "a secure connection could not be made", True
        if isinstance(found, aiohttp.ClientConnectorDNSError):
            return "its name is not known", False
        if isinstance(found, aiohttp.ClientProxyConnectionError):
            return "the outbound proxy cannot be reached", False
        if isinstance(found, aiohttp.ClientHttpProxyError):
            return f"the outbound proxy refuses with {found.status}", False
        if isinstance(found, ConnectionRefusedError | aiohttp.ClientConnectorError):
            return "nothing accepts connections there", False
        if isinstance(found, aiohttp.ServerTimeoutError):
            return "it took too long to accept the connection", False
        if isinstance(found, httpx.InvalidURL | aiohttp.InvalidURL | httpx.UnsupportedProtocol):
            return "its address is not valid", True
        if isinstance(found, aiohttp.ServerDisconnectedError | ConnectionResetError):
            return "it closed the connection without an answer", False
        if isinstance(found, aiohttp.ClientResponseError):
            return "what it answers is not HTTP", True
    return "the connection failed", False
