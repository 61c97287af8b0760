"""One server for all socket tests that leave it standing; its log is read at the end."""

from collections.abc import Iterator

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another
from tests.whole.house import House, usual


@pytest.fixture(scope="package")
def house(provider: ScriptedProvider) -> Iterator[House]:
    with House(provider) as built:
        yield built
        assert built.person.http.get("/").status_code == 200
        assert "Traceback" not in built.server.stderr, built.server.stderr


@pytest.fixture(scope="package")
def stranger(house: House) -> Iterator[Browserless]:
    """A person with a session and no runs."""
    person = another(house.server)
    yield person
    person.http.close()


@pytest.fixture(scope="package")
def finished(house: House) -> str:
    """A run that ended; compacted away half a minute later, so only its access is of interest."""
    house.script(**usual())
    run_id = house.ask()
    house.end_of(run_id)
    return run_id
