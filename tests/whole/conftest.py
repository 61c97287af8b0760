"""A house for the tests that leave it standing, and one for each test that does not."""

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import psycopg
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House

Build = Callable[..., House]


@pytest.fixture(scope="module", autouse=True)
def forgotten(provider: ScriptedProvider) -> Iterator[None]:
    """What a module has the provider play and list is not there for the next one."""
    yield
    provider.forget()


@pytest.fixture(scope="package")
def standing(provider: ScriptedProvider) -> Iterator[House]:
    """One house for all: its settings are the defaults, but nobody waits long for late members."""
    with House(provider) as built:
        yield built


@pytest.fixture
def house(standing: House) -> House:
    """The common house, with an empty log."""
    standing.provider.reset()
    return standing


@pytest.fixture
def build(provider: ScriptedProvider) -> Iterator[Build]:
    """Builds houses with settings of their own; they end with the test."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(House(provider, **settings))


@pytest.fixture
def alone(provider: ScriptedProvider) -> Iterator[House]:
    """A data folder with tables and a provider, but no server: for the command line by itself."""
    provider.reset()
    built = House(provider)
    built.server.furnish()
    yield built
    built.server.__exit__()


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """SQLite in the server's own folder, or a PostgreSQL database of this module's own."""
    if not (url := os.environ.get("USE_DATABASE_URL", "")):
        yield ""
        return
    with own_database(url) as own:
        yield own


@contextmanager
def own_database(url: str) -> Iterator[str]:
    """A new, empty database of this PostgreSQL; dropped afterwards."""
    name = f"whole_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        yield re.sub(r"/[^/?]+(\?|$)", rf"/{name}\1", url)
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
