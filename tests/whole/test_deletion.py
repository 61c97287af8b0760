"""Deletion that leaves nothing: not while a run is played, and not in any row."""

from tests.people import manage
from tests.whole.conftest import Build
from tests.whole.house import ALUMINIUM, answer, cut, until, usual

_DELETE = """
from council.actions import belongings
from council.models import Person
belongings.{what}(person=Person.objects.get(username={name!r}))
"""


def test_a_run_whose_rows_vanish_ends_at_its_providers_and_troubles_nobody(build: Build) -> None:
    house = build()
    house.script(**usual(m2=[cut(ALUMINIUM)]))
    gone = house.ask()
    until(lambda: answer(house.person.document(gone), "B")["text"], "the first words of B")
    manage(house.server, _DELETE.format(what="delete_conversations", name="owner"))
    end = house.provider.end_of(house.provider.requests("m2")[0], within_s=10)
    assert end["how"] == "stalled", "even a silent call is left"
    assert house.person.http.get(f"/runs/{gone}/").status_code == 404
    assert house.end_of(house.ask(seats=["m1", "m3"]))["state"] == "done", "others are played on"
    assert not [line for line in house.server.stderr.splitlines() if "ERROR" in line]
    assert "Traceback" not in house.server.stderr
    assert "never retrieved" not in house.server.stderr
