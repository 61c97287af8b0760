"""Best answers: chosen, changed, taken back, counted, taken along, and gone with their person."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House, usual


@pytest.fixture(scope="module")
def house(provider: ScriptedProvider) -> Iterator[House]:
    """A house for the tests of this module, in their order."""
    with House(provider) as built:
        yield built


def _kept(house: House) -> list[dict[str, Any]]:
    query = "SELECT seat, model, among, is_blind, run_id FROM council_bestanswer ORDER BY id"
    return house.rows(query)


def _choose(house: House, run_id: str, letter: str, blind: str = "", status: int = 200) -> str:
    answer = house.person.post(f"/runs/{run_id}/best", letter=letter, blind=blind)
    assert answer.status_code == status, answer.text[:1000]
    return str(answer.text)


def _column(page: str, letter: str) -> str:
    found = re.search(rf'<article class="([^"]*)" id="seat-{letter}"', page)
    assert found is not None
    return found.group(1)


def test_one_answer_of_a_run_is_the_best_until_another_is_or_none(house: House) -> None:
    house.script(**usual())
    run_id = house.ask()
    house.end_of(run_id)
    assert "is-chosen" in _column(_choose(house, run_id, "B", blind="1"), "B")
    assert [(r["seat"], r["is_blind"]) for r in _kept(house)] == [("B", 1)]
    page = _choose(house, run_id, "A")
    assert "is-chosen" in _column(page, "A")
    assert "is-chosen" not in _column(page, "B")
    (row,) = _kept(house)
    assert (row["model"], row["is_blind"]) == ("fake/m1", 0), "names were seen by then"
    assert json.loads(row["among"]) == ["fake/m1", "fake/m2", "fake/m3"]
    assert "is-chosen" not in _choose(house, run_id, "")
    assert _kept(house) == []


def test_who_has_not_answered_cannot_be_the_best(house: House) -> None:
    house.script(**usual(m2=[{"status": 401, "text": "no"}]))
    run_id = house.ask()
    house.end_of(run_id)
    assert "was not marked as best" in _choose(house, run_id, "B", status=409)
    assert "was not marked as best" in _choose(house, run_id, "H", status=409)
    assert _kept(house) == []
    _choose(house, run_id, "C")
    assert json.loads(_kept(house)[0]["among"]) == ["fake/m1", "fake/m3"]


def test_choices_are_counted_beside_what_chance_would_give(house: House) -> None:
    house.script(**usual())
    runs = [house.ask(), house.ask(seats=["m1", "m1", "m2"])]
    for run_id in runs:
        house.end_of(run_id)
        _choose(house, run_id, "A", blind="1")
    page = house.person.http.get("/settings/reading").text
    blind, named = re.findall(r"<table.*?</table>", page, re.DOTALL)
    rows = re.findall(r'row">(\S+)</th>.*?>(\d+ of \d+)<.*?>([\d.]+)<', blind)
    assert rows == [
        ("fake/m1", "2 of 2", "1.0"),
        ("fake/m2", "0 of 2", "0.7"),
        ("fake/m3", "0 of 1", "0.3"),
    ]
    assert "With names hidden: 2 choices. So few tell little" in blind
    assert re.findall(r'row">(\S+)</th>.*?>(\d+ of \d+)<', named) == [
        ("fake/m3", "1 of 1"),
        ("fake/m1", "0 of 1"),
    ]


def test_choices_outlive_their_conversations_and_go_with_their_person(house: House) -> None:
    before = len(_kept(house))
    house.person.post("/settings/data/conversations", word="delete conversations")
    assert [row["run_id"] for row in _kept(house)] == [None] * before
    with zipfile.ZipFile(
        io.BytesIO(house.person.http.get("/settings/data/everything.zip").content)
    ) as kept:
        (name,) = [n for n in kept.namelist() if n.endswith("best-answers.json")]
        answers = json.loads(kept.read(name))["answers"]
    assert [a["model"] for a in answers] == ["fake/m3", "fake/m1", "fake/m1"]
    assert [a["names_hidden"] for a in answers] == [False, True, True]
    house.person.post("/settings/data/everything", word="delete everything")
    assert _kept(house) == []
