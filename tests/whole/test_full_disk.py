"""A disk that is full: a sentence instead of a fault, nothing lost, and it goes on by itself."""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.api.client import Client, a_key
from tests.whole.conftest import Build
from tests.whole.house import ALUMINIUM, EITHER, STEEL, House, saying, until, usual
from tests.whole.invariants import check


@contextmanager
def _full(house: House) -> Iterator[None]:
    """No file of the server can grow: as far as it can tell, its disk is full."""
    limit = resource.RLIMIT_FSIZE
    _, hard = resource.prlimit(house.server.pid, limit)
    resource.prlimit(house.server.pid, limit, (0, hard))
    yield
    resource.prlimit(house.server.pid, limit, (hard, hard))


def test_while_the_disk_is_full_a_question_comes_back_and_a_run_loses_nothing(build: Build) -> None:
    house = build()
    if house.server.env.get("DATABASE_URL"):
        pytest.skip("the database's own disk")
    slow = {"tokens_per_s": 20}
    house.script(
        **usual(m1=[saying(STEEL, **slow)], m2=[saying(ALUMINIUM, **slow)], m3=[saying(EITHER)])
    )
    run_id = house.ask()
    until(lambda: house.person.document(run_id)["answers"][0]["text"], "words")
    asked = {"model": ["fake/m1", "fake/m2"], "role": ["", ""], "judge": "fake/judge"}
    found = re.search(r'<option value="([^"]+)"', house.person.http.get("/").text)
    assert found is not None
    form = {"prompt": "Into a full disk?", "council": found[1], "key": "k1", **asked}
    key = a_key(house, "A program")
    with Client(house.server.url, key) as program, _full(house):
        refused = house.person.post("/runs/", **form)
        answer = program.ask("council/" + found[1])
        other = house.person.post("/conversations/00000000-0000-0000-0000-000000000000/pin")
        assert house.person.http.get(f"/runs/{run_id}/").status_code == 200
    assert refused.status_code == 503
    assert "The disk of this server is full" in refused.text
    assert "Into a full disk?" in refused.text
    assert 'name="key" value="k1"' in refused.text
    assert other.status_code == 404
    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "api_error"
    house.end_of(run_id, "done")
    assert [a["text"] for a in check(house, run_id)["answers"]] == [STEEL, ALUMINIUM, EITHER]
    assert house.person.post("/runs/", **form).status_code == 200
    assert len(house.rows("SELECT id FROM council_run")) == 2
