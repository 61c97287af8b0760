"""A house, a Chromium, and readers whose browsers must have nothing to complain about."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.reader import Reader
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless, LiveServer
from tests.whole.house import House

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

OpenReader = Callable[..., Reader]
Build = Callable[..., House]


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Every test here is a browser's, and a module's stay together.

    pytest-playwright parametrizes each by its browser; pytest then takes the second case of every
    test for another browser's, and would run it after all modules, its fixtures set up again.
    """
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
    yield
    first: dict[Path, int] = {}
    items.sort(key=lambda item: first.setdefault(item.path, len(first)))


@pytest.fixture(scope="module", autouse=True)
def forgotten(provider: ScriptedProvider) -> Iterator[None]:
    """What a module has the provider play and list is not there for the next one."""
    yield
    provider.forget()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, which talks to nobody by itself."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"browser: no Chromium at {CHROMIUM}; CHROMIUM may name one")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="package")
def standing(provider: ScriptedProvider) -> Iterator[House]:
    """One house for all tests that leave it standing."""
    with House(provider) as built:
        yield built


@pytest.fixture
def house(standing: House) -> House:
    """The common house, with an empty log."""
    standing.provider.reset()
    return standing


@pytest.fixture
def build(provider: ScriptedProvider) -> Iterator[Build]:
    """Builds houses that a test may break; they end with the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(House(provider, **settings))


@pytest.fixture(scope="package")
def first_start() -> Iterator[Browserless]:
    """The owner of a server that knows no provider."""
    with LiveServer() as server:
        person = Browserless(server.url)
        person.sign_in(server.owner_link)
        yield person
        person.http.close()


@pytest.fixture
def open_reader(browser: Browser) -> Iterator[OpenReader]:
    """Opens browsers of their own; at the end none of them may have complained."""
    readers: list[Reader] = []

    def opened(person: Browserless, **options: Any) -> Reader:
        readers.append(Reader(browser, person, **options))
        return readers[-1]

    yield opened
    for reader in readers:
        reader.context.close()
    assert [fault for reader in readers for fault in reader.faults] == []


@pytest.fixture
def reader(open_reader: OpenReader, house: House) -> Reader:
    """The owner of the common house, at a desk."""
    return open_reader(house.person)
