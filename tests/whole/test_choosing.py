"""Choosing a council at the prompt and saving what stands there, by forms alone."""

import html
import json
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.fakes.server import Browserless
from tests.people import another, manage
from tests.whole.house import House, usual

QUESTION = "Steel & aluminium, <b>which</b>?"
SEATS = {
    "model": ["fake/m1", "fake/m2", "fake/m3"],
    "role": ["Welder", "Sceptic", ""],
    "judge": "fake/judge",
    "writer": "fake/writer",
    "web_asked": "1",
}

_DEFAULT = """
from council.models import Person
print(Person.objects.filter(username="picker").update(default_choice="{slug}"))
"""
_PUBLISH = """
from council.models import Council
rows = Council.objects.filter(slug="shared-here").exclude(owner__username="picker")
rows.update(is_public=True)
print(rows.get().id)
"""


def _save(person: Browserless, name: str, **fields: Any) -> httpx.Response:
    form: dict[str, Any] = {"council": "all-fake", "save": "new", "save_as": name, **SEATS}
    return person.post("/composer/save", prompt=QUESTION, **{**form, **fields})


def _chosen(page: str) -> str:
    """The council that a page's picker shows."""
    found = re.search(r'<option value="([^"]+)" selected', page)
    return found[1] if found else ""


def _spec(house: House, slug: str) -> dict[str, Any]:
    rows = house.rows("SELECT spec FROM council_council WHERE slug = ?", slug)
    found: dict[str, Any] = json.loads(rows[0]["spec"])
    return found


@pytest.fixture(scope="module")
def person(standing: House) -> Iterator[Browserless]:
    """Somebody with councils of their own."""
    somebody = another(standing.server, "picker")
    with closing(somebody.http):
        yield somebody


def test_what_stands_at_the_prompt_is_saved_under_a_name_and_the_question_stays(
    house: House, person: Browserless
) -> None:
    page = _save(person, "  Frame   builders ")
    assert page.status_code == 200
    assert "Saved as “Frame builders”" in page.text
    assert html.escape(QUESTION) in page.text
    assert _chosen(page.text) == "frame-builders"
    spec = _spec(house, "frame-builders")
    assert [(s["model"], s["role"]) for s in spec["seats"]] == list(
        zip(SEATS["model"], SEATS["role"], strict=True)
    )
    assert (spec["judge"]["model"], spec["writer"]["model"]) == ("fake/judge", "fake/writer")
    again = _save(person, "Frame builders")
    assert "was saved already" in again.text
    assert person.http.get("/councils/frame-builders/").status_code == 200
    assert person.http.get("/councils/frame-builders-2/").status_code == 404


def test_a_name_that_is_taken_keeps_both_councils_and_says_so(
    house: House, person: Browserless
) -> None:
    _save(person, "Twins")
    page = _save(person, "twins", judge="fake/m1")
    assert "both are kept" in page.text
    assert _chosen(page.text) == "twins-2"
    assert _spec(house, "twins")["judge"]["model"] == "fake/judge"


def test_changes_at_the_prompt_become_the_next_version_of_one_s_own_council(
    house: House, person: Browserless
) -> None:
    _save(person, "Mine to change")
    changed = {"council": "mine-to-change", "save": "changes", "role": ["Welder", "", "Rider"]}
    page = _save(person, "", **changed)
    assert "version 2" in page.text
    assert _spec(house, "mine-to-change")["seats"][2]["role"] == "Rider"
    page = _save(person, "", **changed)
    assert "Nothing had changed" in page.text
    assert _save(house.person, "", **changed).status_code == 422, "it is another person's"
    assert _save(person, "", save="changes", role=["", "", ""]).status_code == 422


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("", {}, "Write a name"),
        ("n" * 121, {}, "at most 120"),
        ("Wrong", {"model": ["nowhere"], "role": ["Kept role"]}, "Seat A: write the model as"),
        ("Wrong", {"judge": "nobody"}, "The judge: write the model"),
        ("Wrong", {"council": "gone"}, "Choose a council first."),
    ],
    ids=["no name", "too long", "bad seat", "bad judge", "no council"],
)
def test_what_cannot_be_saved_comes_back_with_the_reason(
    person: Browserless, name: str, fields: dict[str, Any], reason: str
) -> None:
    page = _save(person, name, **fields)
    assert page.status_code == 422
    assert reason in page.text or "council" in fields
    assert html.escape(QUESTION) in page.text
    if "role" in fields:
        assert "Kept role" in page.text
        assert f'value="{name}"' in page.text


def test_the_picker_begins_with_what_was_asked_last_and_a_default_comes_before_it(
    house: House, person: Browserless
) -> None:
    house.script(**usual())
    first = _chosen(person.http.get("/").text)
    _save(person, "Second choice")
    assert _chosen(person.http.get("/").text) == first, "saving is not asking"
    run = person.post("/runs/", prompt="Which?", key="k1", council="second-choice")
    run_id = run.url.path.split("/")[2]
    person.wait_for(run_id)
    assert _chosen(person.http.get("/").text) == "second-choice"
    manage(house.server, _DEFAULT.format(slug=first))
    assert _chosen(person.http.get("/").text) == first
    assert _chosen(person.http.get(f"/runs/{run_id}/").text) == "second-choice"
    manage(house.server, _DEFAULT.format(slug=""))


def test_a_follow_up_goes_to_whom_the_conversation_s_last_question_went(
    house: House, person: Browserless
) -> None:
    house.script(**usual())
    _save(person, "For this talk")
    as_saved = person.post("/runs/", prompt="Which?", key="f1", council="for-this-talk")
    saved_id = as_saved.url.path.split("/")[2]
    person.wait_for(saved_id)
    changed = {**SEATS, "model": ["fake/m2", "fake/m1"], "role": ["", ""]}
    edited = person.post("/runs/", prompt="And?", key="f2", council="for-this-talk", **changed)
    edited_id = edited.url.path.split("/")[2]
    person.wait_for(edited_id)
    assert _chosen(person.http.get(f"/runs/{saved_id}/").text) == "for-this-talk"
    page = person.http.get(f"/runs/{edited_id}/").text
    assert _chosen(page) == "as-asked"
    assert "For this talk, as asked" in page
    thread = str(UUID(house.run_row(edited_id)["conversation_id"]))
    again = person.post("/runs/", prompt="Why?", key="f3", council="as-asked", conversation=thread)
    again_id = again.url.path.split("/")[2]
    document = person.wait_for(again_id)
    assert [a["model"] for a in document["answers"]] == ["fake/m2", "fake/m1"]
    assert house.run_row(again_id)["council_version"] is None
    assert _chosen(person.http.get(f"/runs/{again_id}/").text) == "as-asked"
    assert _chosen(person.http.get("/").text) == "for-this-talk"


def test_a_council_that_is_open_to_everyone_has_one_address_for_everyone(
    house: House, person: Browserless
) -> None:
    _save(person, "Shared here")
    _save(house.person, "Shared here", judge="fake/m2")
    mine, theirs = "/councils/shared-here/", house.person.http
    council_id = manage(house.server, _PUBLISH)
    assert "Your council" in person.http.get(mine).text
    page = person.http.get(f"/councils/{council_id}/", params={"prompt": QUESTION}).text
    assert "Open to everyone on this server" in page
    assert html.escape(QUESTION) in page
    assert _chosen(page) == council_id, "of one's own council of that name the page says nothing"
    assert "Your council" in theirs.get(f"/councils/{council_id}/").text
