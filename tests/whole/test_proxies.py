"""Behind a reverse proxy: whose address counts, for pages and sockets, and whom nobody believes."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import ROOT, free_port
from tests.whole.conftest import Build
from tests.whole.house import until

OURS = "127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48"
PROXY, STRANGER = "127.0.0.1", "127.0.0.2"
"""From where a test connects: one of the listed addresses, and one that is not."""
Headers = list[tuple[str, str]]
Told = dict[str, Any]


def by_page(port: int, source: str, headers: Headers) -> Told:
    transport = httpx.HTTPTransport(verify=False, local_address=source)
    with httpx.Client(transport=transport) as client:
        told: Told = client.get(f"http://127.0.0.1:{port}/", headers=headers).json()
    return told


def by_socket(port: int, source: str, headers: Headers) -> Told:
    async def once() -> Told:
        address = f"ws://127.0.0.1:{port}/"
        async with connect(
            address, additional_headers=headers, proxy=None, local_addr=(source, 0)
        ) as line:
            told: Told = json.loads(await line.recv())
            return told

    return asyncio.run(once())


WAYS = [by_page, by_socket]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Daphne, as the product has it, before an application that says what it was told."""
    found = free_port()
    command = [sys.executable, "-m", "daphne", "-p", str(found), "-v", "0"]
    with subprocess.Popen(
        [*command, "tests.fakes.echo:application"], cwd=ROOT, env={"TRUSTED": OURS}
    ) as process:

        def is_up() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"http://127.0.0.1:{found}/").status_code == 200
            return False

        until(is_up, "an answer")
        yield found
        process.terminate()


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ([], PROXY),
        ([("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
        ([("X-Forwarded-For", "203.0.113.7:5501")], "203.0.113.7"),
        ([("X-Forwarded-For", "2001:db8::7")], "2001:db8::7"),
        ([("X-Forwarded-For", "[2001:DB8::7]:5501")], "2001:db8::7"),
        ([("X-Forwarded-For", "::ffff:203.0.113.7")], "203.0.113.7"),
        # What the visitor says stands left of what our proxy wrote.
        ([("X-Forwarded-For", "198.51.100.1, 203.0.113.7")], "203.0.113.7"),
        ([("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-For", "203.0.113.7")], "203.0.113.7"),
        ([("X-Forwarded-For", "10.0.0.9, 203.0.113.7, 10.1.1.1")], "203.0.113.7"),
        ([("X-Forwarded-For", "203.0.113.7, 2001:db8:ffff::1, 10.1.1.1")], "203.0.113.7"),
        ([("X-Forwarded-For", "10.2.2.2, 10.1.1.1")], "10.2.2.2"),
        # No address: the hop that wrote it is the last that is known.
        ([("X-Forwarded-For", "unknown")], PROXY),
        ([("X-Forwarded-For", "203.0.113.7, 999.1.1.1, 10.1.1.1")], "10.1.1.1"),
        ([("X-Forwarded-For", "203.0.113.7, , 10.1.1.1")], "10.1.1.1"),
        ([("X-Forwarded-For", "")], PROXY),
        ([("X-Forwarded-For", "203.0.113.7,")], PROXY),
        ([("X-Forwarded-For", ", ".join(["203.0.113.7", *["10.0.0.1"] * 40]))], "10.0.0.1"),
        ([("X-Forwarded-For", "0x7f000001")], PROXY),
        ([("Forwarded", "for=203.0.113.7;proto=https;by=10.0.0.1")], "203.0.113.7"),
        ([("Forwarded", 'For="[2001:db8::7]:4711"')], "2001:db8::7"),
        ([("Forwarded", 'for=198.51.100.1, for="203.0.113.7:80", for=10.1.1.1')], "203.0.113.7"),
        ([("Forwarded", "for=203.0.113.7, for=_hidden, for=10.1.1.1")], "10.1.1.1"),
        ([("Forwarded", 'for=198.51.100.1;x="'), ("Forwarded", "for=203.0.113.7")], "203.0.113.7"),
        ([("Forwarded", "for")], PROXY),
        # Of two headers that disagree one is the visitor's own.
        ([("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=203.0.113.7")], "203.0.113.7"),
        ([("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=198.51.100.1")], PROXY),
        ([("X-Real-IP", "203.0.113.7")], PROXY),
    ],
)
def test_the_first_address_from_the_right_that_is_not_ours(
    port: int, ask: Callable[..., Told], headers: Headers, client: str
) -> None:
    assert ask(port, PROXY, headers)["client"] == client


@pytest.mark.parametrize("ask", WAYS)
@pytest.mark.parametrize(
    ("headers", "is_secure"),
    [
        ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https")], True),
        ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "HTTPS")], True),
        ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "wss")], True),
        ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "http")], False),
        ([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "https, http")], False),
        ([("X-Forwarded-For", "1.1.1.1, 10.1.1.1"), ("X-Forwarded-Proto", "https, http")], True),
        ([("X-Forwarded-For", "1.1.1.1, 10.1.1.1"), ("X-Forwarded-Proto", "https")], True),
        ([("X-Forwarded-Proto", "https")], True),
        ([("X-Forwarded-Proto", "gopher")], False),
        ([("Forwarded", "for=203.0.113.7;proto=https")], True),
        ([("Forwarded", "for=198.51.100.1;proto=https, for=203.0.113.7;proto=http")], False),
    ],
)
def test_the_scheme_is_the_one_that_the_visitor_used(
    port: int, ask: Callable[..., Told], headers: Headers, is_secure: bool
) -> None:
    usual = {by_page: ("http", "https"), by_socket: ("ws", "wss")}[ask]
    assert ask(port, PROXY, headers)["scheme"] == usual[is_secure]


@pytest.mark.parametrize("ask", WAYS)
def test_whoever_is_not_listed_is_not_believed(port: int, ask: Callable[..., Told]) -> None:
    forged = [
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.test"),
        ("X-Real-IP", "203.0.113.7"),
        ("Daphne-Root-Path", "//evil.test"),
    ]
    told = ask(port, STRANGER, forged)
    assert (told["client"], told["scheme"][-1]) == (STRANGER, {by_page: "p", by_socket: "s"}[ask])
    assert told["root"] == ""
    assert not [name for name in told["headers"] if "forward" in name or "real" in name]
    assert ask(port, STRANGER, [("Forwarded", "for=203.0.113.7")])["client"] == STRANGER


def test_limits_count_visitors_and_not_their_proxy(
    provider: ScriptedProvider, build: Build
) -> None:
    """Ten new guests a minute from one address."""
    house = build(GUESTS="1", TRUSTED_PROXIES=PROXY)

    def come(address: str, source: str = PROXY) -> int:
        transport = httpx.HTTPTransport(verify=False, local_address=source)
        with httpx.Client(transport=transport, base_url=house.server.url) as browser:
            browser.headers["X-Forwarded-For"] = address
            browser.get("/accounts/sign-in/")
            token = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
            return browser.post("/try", data=token).status_code

    assert [come("198.51.100.1") for _ in range(11)] == [302] * 10 + [429]
    assert come("203.0.113.7, 198.51.100.1") == 429
    assert come("203.0.113.7") == 302
    spoofed = [come(f"203.0.113.{number}", STRANGER) for number in range(20, 31)]
    assert spoofed == [302] * 10 + [429]
