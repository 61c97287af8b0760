"""The one door to the network: every request of ours leaves through here.

The only module that imports httpx and aiohttp. What they raise becomes one of
two errors, told apart by the one thing that matters: whether an answer had begun.
"""

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

CONNECT_S = 10.0
_USER_AGENT = "fusion-council"
_IDLE_S = 30.0
"""How long an idle connection is kept for the next call."""

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


class Answer:
    """One HTTP answer whose body is still to come."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = dict(response.headers)  # names in lower case
        is_plain = "content-encoding" not in self.headers
        self._chunks = response.aiter_raw() if is_plain else response.aiter_bytes()

    async def read(self) -> bytes:
        """The next bytes of the body, decompressed; empty at its end. Raises BrokenAnswerError."""
        try:
            async for chunk in self._chunks:
                if chunk:
                    return chunk
        except httpx.DecodingError as error:
            raise BrokenAnswerError(is_garbled=True) from error
        except _ERRORS as error:
            raise BrokenAnswerError from error
        return b""

    async def read_all(self, limit: int) -> bytes:
        """The body, at most ``limit`` bytes of it. Raises BrokenAnswerError."""
        body = bytearray()
        while len(body) < limit and (chunk := await self.read()):
            body += chunk
        return bytes(body[:limit])

    async def aclose(self) -> None:
        """Let go of the connection; one whose answer is not read to its end is closed at once."""
        with contextlib.suppress(*_ERRORS):
            await self._response.aclose()


class Egress:
    """One pool of connections. Belongs to the event loop on which it is first used."""

    def __init__(self, connect_s: float = CONNECT_S) -> None:
        verify = httpx.create_ssl_context()
        # aiohttp holds every call's deadline except the connection's; the callers keep those.
        timeout = httpx.Timeout(None, connect=connect_s, pool=connect_s)
        self._client = httpx.AsyncClient(
            transport=AiohttpTransport(verify=verify, client=lambda: _session(verify)),
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip"},
        )

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


def _session(verify: ssl.SSLContext) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, ssl=verify, keepalive_timeout=_IDLE_S)
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
