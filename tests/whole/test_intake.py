"""Requests as bytes: what is no HTTP, what is too much, and that nobody else waits for it."""

import json
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.whole.house import House

_MB = 1024 * 1024
_HEAD = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def said(house: House, first: str, *more: bytes) -> bytes:
    """Everything that is answered to these bytes, until the other side has no more to say."""
    with socket.create_connection(("127.0.0.1", house.server.port), timeout=10) as line:
        line.sendall(first.encode())
        for piece in more:
            line.sendall(piece)
        found = b""
        while piece := line.recv(65536):
            found += piece
    return found


def head(path: str = "/v1/chat/completions", method: str = "POST", *fields: str) -> str:
    """The beginning of a request."""
    return _HEAD.format(method=method, path=path) + "".join(f"{one}\r\n" for one in fields) + "\r\n"


BROKEN = {
    "no number for a length": head("/v1/models", "POST", "Content-Length: some"),
    "two lengths": head("/v1/models", "POST", "Content-Length: 3", "Content-Length: 4") + "abcd",
    "no chunk": head("/v1/models", "POST", "Transfer-Encoding: chunked") + "zz\r\nabc\r\n",
    "a chunk that goes on": head("/v1/models", "POST", "Transfer-Encoding: chunked")
    + "3\r\nabcdef\r\n0\r\n\r\n",
    "a header without end": head("/v1/models", "GET", "X: " + "a" * 20_000),
    "many headers": head("/v1/models", "GET", *[f"X-{n}: 1" for n in range(600)]),
    "an address without end": head("/v1/models" + "/a" * 20_000, "GET"),
    "letters no address has": head("/v1/models/\u00e9", "GET", "Connection: close"),
    "a name no header has": head("/v1/models", "GET", "Connection: close", "A(b): 1"),
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
def test_what_is_no_http_is_answered_in_the_shape_of_its_door(house: House, request_: str) -> None:
    for path, kind in (("/v1/models", "application/json"), ("/models/", "text/plain")):
        start, _, body = said(house, request_.replace("/v1/models", path)).partition(b"\r\n\r\n")
        assert start.startswith(b"HTTP/1.1 400 Bad Request"), start
        assert f"Content-Type: {kind}".encode() in start
        assert f"Content-Length: {len(body)}".encode() in start
        if kind == "application/json":
            assert set(json.loads(body)["error"]) == {"message", "type", "param", "code"}
        assert b"<" not in body


def test_a_request_that_is_too_large_is_refused_before_it_is_sent(house: House) -> None:
    for path, most_mb in (("/v1/chat/completions", 32), ("/runs/", 128)):
        start = head(path, "POST", f"Content-Length: {most_mb * _MB + 1}", "Expect: 100-continue")
        found = said(house, start)
        assert found.startswith(b"HTTP/1.1 413 Content Too Large\r\n"), found
        assert b"100 Continue" not in found
        assert f"larger than {most_mb} MB".encode() in found


def test_a_body_without_end_is_not_kept(house: House) -> None:
    """In chunks a request need not say how long it is: nothing of it stays on the disk."""
    chunk = b"%x\r\n" % _MB + b"x" * _MB + b"\r\n"
    start = head("/v1/chat/completions", "POST", "Transfer-Encoding: chunked")
    with socket.create_connection(("127.0.0.1", house.server.port), timeout=10) as line:
        line.sendall(start.encode())
        for _ in range(60):
            line.sendall(chunk)
        assert line.recv(65536).startswith(b"HTTP/1.1 413 ")
        open_files = list(Path(f"/proc/{house.server.pid}/fd").iterdir())
        spooled = [one.stat().st_size for one in open_files if "(deleted)" in str(one.readlink())]
        assert sum(spooled) <= 33 * _MB
    assert httpx.get(f"{house.server.url}/v1/openapi.json", trust_env=False).status_code == 200


def test_nobody_waits_while_somebody_elses_form_is_read(house: House) -> None:
    stop, waited = threading.Event(), [0.0]

    def watch() -> None:
        with httpx.Client(trust_env=False, timeout=60) as http:
            while not stop.is_set():
                asked = time.monotonic()
                http.get(f"{house.server.url}/v1/openapi.json")
                waited.append(time.monotonic() - asked)

    watching = threading.Thread(target=watch)
    watching.start()
    fields = b"a=1&" * (5 * _MB)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    before = time.monotonic()
    refused = httpx.post(house.server.url, content=fields, headers=kind, trust_env=False)
    took_s = time.monotonic() - before
    stop.set()
    watching.join()
    assert refused.status_code == 403
    assert max(waited) < 0.8 * took_s, "somebody waited for all of it"
