"""HTTP as it comes in, before it is anybody's request: what is none, and what is too much.

Twisted reads a request whole, however large, and takes posted forms apart on the event loop while
every stream waits (20 MB: two to six seconds, measured). Neither happens here: Django reads forms
beside the loop, and what is larger than it may be is refused while it comes.
"""

import json
from functools import partial
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from django.conf import settings
from twisted.web.http import HTTPChannel

from council.api.errors import ApiError

_MB = 1024 * 1024
_WORDS_MB = 4
"""How large a request of the API may be beside its pictures."""
_PAGE_TIMES = 4
"""How much more a page takes: it tells of too large a file itself, with the question kept."""
_REASONS = {400: "Bad Request", 413: "Content Too Large"}


class Intake(HTTPFactory):  # type: ignore[misc]
    """Daphne's way into the application, with a limit and words for what does not get there."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        """What reads one connection."""
        channel = super().buildProtocol(addr)
        channel.requestFactory = partial(_Request, parsePOSTFormSubmission=False)
        return channel


class _Channel(HTTPChannel):
    transport: Any
    _path: Any
    is_refused = False
    _line = b""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        """A line of the head."""
        self._line = line
        if not self.is_refused:
            super().lineReceived(line)  # type: ignore[no-untyped-call]

    def rawDataReceived(self, data: bytes) -> None:  # noqa: N802
        """A piece of the body."""
        if not self.is_refused:
            super().rawDataReceived(data)

    def allHeadersReceived(self) -> None:  # noqa: N802
        """Refuse what says that it is too large, before any of it is taken."""
        if (self.length or 0) > _most(self._path):
            self.too_large()
        else:
            super().allHeadersReceived()  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: N802
        """A line of the head that is longer than any may be."""
        self._line = line
        self._respondToBadRequestAndDisconnect()

    def _respondToBadRequestAndDisconnect(self) -> None:  # noqa: N802  # no other way to its words
        self.refuse(
            400,
            "This is no HTTP request that can be read: its first line, its headers (16 kB at "
            "most), its length or its chunks are not as they have to be.",
        )

    def too_large(self) -> None:
        """Refuse what is larger than it may be."""
        most_mb = _most(self._path) // _MB
        self.refuse(413, f"The request is larger than {most_mb} MB. Nothing was done.")

    def refuse(self, status: int, message: str) -> None:
        """Answer at once and end the connection. What is still sent is passed over: to close on
        somebody who sends would take the answer from them."""
        self.is_refused = True
        path = getattr(self, "_path", None) or self._line.partition(b" ")[2]
        kind, body = _said(path, status, message)
        head = f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.transport.write(head.encode() + body)
        self.transport.loseWriteConnection()


class _Request(WebRequest):  # type: ignore[misc]
    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a piece of the body while there is room for it: in chunks it tells no length."""
        if self.content.tell() + len(data) <= _most(self.channel._path):
            super().handleContentChunk(data)
        elif not self.channel.is_refused:
            self.channel.too_large()

    def requestReceived(self, *args: Any) -> None:  # noqa: N802
        """Hand it on, unless it was refused meanwhile."""
        if not self.channel.is_refused:
            super().requestReceived(*args)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Daphne's own refusals, in our words' shape."""
        kind, said = _said(self.uri, status, f"{body}.".replace("..", "."))
        headers = [(b"Content-Type", kind.encode()), (b"Content-Length", b"%d" % len(said))]
        self.handle_reply({"type": "http.response.start", "status": status, "headers": headers})
        self.handle_reply({"type": "http.response.body", "body": said})


Intake.protocol = _Channel


def _most(path: bytes) -> int:
    most_mb = int((settings.ENV.files.get("total_mb") or 20) * 1.4 + _WORDS_MB)
    return most_mb * _MB * (1 if path.startswith(b"/v1") else _PAGE_TIMES)


def _said(path: bytes, status: int, message: str) -> tuple[str, bytes]:
    """For a program an error in OpenAI's shape, for anybody else the sentence; and its type."""
    if path.startswith(b"/v1"):
        return "application/json", json.dumps(ApiError(status, message).body).encode()
    return "text/plain; charset=utf-8", f"{message}\n".encode()
