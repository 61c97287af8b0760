"""An endpoint that only lists models, or fails to in the way a test says."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Lister:
    """A provider that lists what a test says: ``body`` after ``wait_s`` with ``status``."""

    def __init__(self, *models: str) -> None:
        self.body: Any = {"data": [{"id": m, "context_length": 9} for m in models]}
        self.status, self.wait_s, self.asked, self.url = 200, 0.0, 0, ""


@contextmanager
def listing(*models: str) -> Iterator[Lister]:
    lister = Lister(*models)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            lister.asked += 1
            time.sleep(lister.wait_s)
            body = (
                lister.body if isinstance(lister.body, bytes) else json.dumps(lister.body).encode()
            )
            self.send_response(lister.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Nothing to say."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    lister.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield lister
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
