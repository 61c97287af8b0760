"""The rest of the web: pages and a search engine on loopback, and a canary nobody may touch."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass
class Answer:
    """What stands at a path."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Hit:
    """One request that arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


Play = Callable[[BaseHTTPRequestHandler], None]
"""Writes whatever it likes to ``handler.wfile``."""


class Web:
    """A server of pages by path. ``hits`` are its requests, ``connections`` all that came in;
    ``left`` is set once a client has left in the middle of an answer."""

    def __init__(self, pages: Mapping[str, Answer | Play] | None = None) -> None:
        self.pages: dict[str, Answer | Play] = dict(pages or {})
        self.hits: list[Hit] = []
        self.connections = 0
        self.left = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.web = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def endpoint(self) -> str:
        """``host:port``, as LOCAL_ENDPOINTS wants it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        """The address of a page."""
        return f"http://{self.endpoint}{path}"

    def search(self, *results: Mapping[str, Any], path: str = "/search") -> None:
        """Be a SearXNG that finds these results, whatever is asked."""
        body = json.dumps({"query": "", "results": list(results)}).encode()
        self.pages[path] = Answer(body, "application/json")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    web: Web

    def get_request(self) -> Any:
        self.web.connections += 1
        return super().get_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves early is what many tests want."""
        self.web.left.set()


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Nobody reads it."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body, query = self.rfile.read(length), parse_qs(parts.query)
            web.hits.append(Hit(self.command, parts.path, query, headers, body))
            page = web.pages.get(parts.path, Answer(b"Nothing here.", status=404))
            if not isinstance(page, Answer):
                self.close_connection = True
                page(self)
                return
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            self.send_header("Content-Length", str(len(page.body)))
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(page.body)

        do_POST = do_GET  # noqa: N815

    return Handler
