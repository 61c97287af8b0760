"""One house for all, and a key to its API."""

from collections.abc import Iterator

import pytest

from tests.api.client import Client
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House


@pytest.fixture(scope="package")
def standing(provider: ScriptedProvider) -> Iterator[House]:
    with House(provider) as built:
        built.keep("Metals", "fake/m1", "fake/m2", "fake/m3", writer={"model": "fake/writer"})
        built.keep("Alone", "fake/m1")
        yield built


@pytest.fixture
def house(standing: House) -> House:
    """The common house, with an empty log."""
    standing.provider.reset()
    return standing


@pytest.fixture(scope="package")
def token(standing: House) -> str:
    """A key as the command prints it."""
    said = standing.server.manage("apikey", "Tests", "--per-minute", "6000")
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


@pytest.fixture
def client(house: House, token: str) -> Iterator[Client]:
    """Whoever asks with that key."""
    with Client(house.server.url, token) as found:
        yield found
