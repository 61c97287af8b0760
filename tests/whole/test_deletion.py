"""Deletion through the page: while a run is played, while it is read, and what the file holds."""

from collections.abc import Iterator

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.socket.line import line
from tests.whole.house import ALUMINIUM, House, answer, cut, saying, until, usual

WORD = "Zqsentinelqz"


@pytest.fixture(scope="module")
def leaving(provider: ScriptedProvider) -> Iterator[House]:
    """A house that is left; one for all tests of this module, in their order."""
    with House(provider) as house:
        yield house


def _complaints(house: House) -> list[str]:
    signs = ("ERROR", "Traceback", "never retrieved")
    return [row for row in house.server.stderr.splitlines() if any(sign in row for sign in signs)]


def _cut_in_the_middle(house: House) -> str:
    house.script(**usual(m2=[cut(ALUMINIUM)]))
    run_id = house.ask(WORD)
    until(lambda: answer(house.person.document(run_id), "B")["text"], "the first words of B")
    return run_id


def _was_left(house: House) -> bool:
    """True once the provider says that even the call which had fallen silent was left."""
    return bool(house.provider.end_of(house.provider.requests("m2")[0], 10)["how"] == "stalled")


def test_a_run_whose_rows_vanish_ends_at_its_providers_and_troubles_nobody(leaving: House) -> None:
    gone = _cut_in_the_middle(leaving)
    refused = leaving.person.post("/settings/data/conversations", word="yes")
    assert refused.status_code == 422
    assert "Nothing was deleted" in refused.text
    leaving.person.post("/settings/data/conversations", word=" Delete  Conversations")
    assert _was_left(leaving)
    assert leaving.person.http.get(f"/runs/{gone}/").status_code == 404
    assert leaving.end_of(leaving.ask(seats=["m1", "m3"]))["state"] == "done", "others are played"
    assert {call["state"] for call in leaving.rows("SELECT state FROM council_call")} == {
        "done", "stopped",
    }, "what was spent stays known"  # fmt: skip
    assert _complaints(leaving) == []


async def test_everything_goes_from_the_rows_the_file_and_every_open_page(leaving: House) -> None:
    leaving.script(**usual(m1=[saying(f"{WORD} answers.")]))
    read = leaving.ask(f"{WORD} asks", files=[(f"{WORD}.txt", WORD.encode())])
    leaving.end_of(read)
    elsewhere = leaving.server.owner()
    _cut_in_the_middle(leaving)
    page = leaving.person.http.get("/settings/data/everything").text
    assert "You are the only owner of this server" in page
    async with line(leaving.server, read, elsewhere.cookie, after=0) as reader:
        ended = leaving.person.post("/settings/data/everything", word="delete everything")
        assert "Everything of yours is deleted" in ended.text
        assert await reader.closed() in (4401, 4403), "whatever is noticed first"
    assert _was_left(leaving)
    for session in (leaving.person, elsewhere):
        assert session.http.get("/settings/data").status_code == 401
    elsewhere.http.close()
    for name in ("council_person", "council_run", "council_journalentry", "django_session"):
        assert leaving.rows(f"SELECT count(*) AS n FROM {name}") == [{"n": 0}], name
    files = leaving.server.data_dir.glob("council.sqlite3*")
    kept = b"".join(file.read_bytes() for file in files).lower()
    assert WORD.lower().encode() not in kept, "not even among the words of the search"
    assert WORD not in leaving.server.stderr
    assert _complaints(leaving) == []


def test_the_next_owner_link_makes_a_new_owner_who_has_nothing(leaving: House) -> None:
    owner = leaving.server.owner()
    assert "Nothing asked yet" in owner.http.get("/").text
    owner.http.close()
