"""The builder over HTTP, as a browser without JavaScript sends it."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from lxml import html

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another
from tests.whole.house import House, saying, usual

SPEC: dict[str, Any] = {
    "version": 1,
    "kind": "council",
    "name": "Every field <b>bold</b>",
    "description": "All of it, once.",
    "seats": [
        {
            "model": "fake/m1",
            "role": "Sceptic",
            "instructions": "First line.\n\nSecond “line” & <b>more</b>.",
            "temperature": 0.35,
            "max_tokens": 1234,
            "reasoning_effort": "minimal",
            "tools": False,
        },
        {
            "model": "fake/~lab/m2:free",
            "role": "",
            "instructions": "",
            "temperature": None,
            "max_tokens": None,
            "reasoning_effort": None,
            "tools": True,
        },
    ],
    "judge": {"model": "fake/judge", "instructions": "Be strict."},
    "writer": {"model": "fake/writer", "instructions": "Be brief."},
    "tools": ["web_fetch"],
    "server_tools": ["openrouter:web_search"],
    "routing": {"sort": "price"},
    "max_tool_steps": 7,
    "history": "own",
    "limits": {"cost_usd": 0.25, "run_s": 90.5},
}


@pytest.fixture(scope="module")
def house(provider: ScriptedProvider) -> Iterator[House]:
    with House(provider) as built:
        yield built
        assert "Traceback" not in built.server.stderr, built.server.stderr


@pytest.fixture
def person(house: House) -> Browserless:
    return house.person


def fields_of(answer: httpx.Response) -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    form = html.fromstring(answer.text).get_element_by_id("builder")
    found: dict[str, Any] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value)
    return found


def press(person: Browserless, answer: httpx.Response, do: str, **changed: Any) -> httpx.Response:
    """The page after a button, with some fields changed before."""
    return person.post(answer.url.path, **{**fields_of(answer), **changed, "do": do})


def spec_of(house: House, slug: str) -> Any:
    rows = house.rows("SELECT spec FROM council_council WHERE slug = ?", slug)
    return json.loads(rows[0]["spec"]) if rows else None


def errors(answer: httpx.Response) -> dict[str, str]:
    """What the summary says, by the field it leads to."""
    links = html.fromstring(answer.text).xpath("//*[@id='wrongs']//a")
    return {link.get("href").removeprefix("#"): link.text_content() for link in links}


def letters(answer: httpx.Response) -> list[tuple[str, str]]:
    """Role and model of every seat, in order."""
    said = fields_of(answer)
    return list(zip(said["role"], said["model"], strict=True))


def test_every_field_that_is_saved_is_the_field_that_is_loaded(
    house: House, person: Browserless
) -> None:
    new = person.http.get("/councils/new")
    seats = SPEC["seats"]
    first = {
        "name": SPEC["name"],
        "description": SPEC["description"],
        "seat": ["0", "1"],
        "uses_tools": ["1"],
        "model": [seat["model"] for seat in seats],
        "role": [seat["role"] for seat in seats],
        "instructions": [seat["instructions"].replace("\n", "\r\n") for seat in seats],
        "temperature": ["0,35", ""],
        "max_tokens": ["1,234", ""],
        "effort": ["minimal", ""],
        "judge": "fake/judge",
        "judge_instructions": "Be strict.",
        "writer": "fake/writer",
        "writer_instructions": "Be brief.",
        "tools": ["web_fetch"],
        "max_tool_steps": "7",
        "history": "own",
        "cost_usd": "$0.25",
        "run_s": "90.5",
        "kept": json.dumps({n: SPEC[n] for n in ("server_tools", "routing")}),
    }
    saved = press(person, new, "save", **first)
    assert saved.url.path == "/councils/every-field-bboldb/edit"
    assert "Saved, version 1." in saved.text
    assert spec_of(house, "every-field-bboldb") == SPEC
    assert "openrouter:web_search" in saved.text

    again = press(person, saved, "save")
    assert "version 1" in again.text, "nothing has changed"
    changed = press(person, again, "save", max_tool_steps="8")
    assert "Saved, version 2." in changed.text
    assert spec_of(house, "every-field-bboldb") == {**SPEC, "max_tool_steps": 8}
    copy = person.http.get("/councils/new?from=every-field-bboldb")
    press(person, copy, "save")
    assert spec_of(house, "every-field-bboldb-copy") == {
        **SPEC,
        "max_tool_steps": 8,
        "name": f"{SPEC['name']} (copy)",
    }


def test_all_buttons_work_and_nothing_is_saved_before_save(
    house: House, person: Browserless
) -> None:
    before = house.rows("SELECT count(*) AS n FROM council_council")
    page = person.http.get("/councils/new")
    page = press(person, page, "", model=["fake/m1", "fake/m2", "fake/m3"], role=["a", "b", "c"])
    page = press(person, page, "up:2")
    assert [role for role, _ in letters(page)] == ["a", "c", "b"]
    assert "Seat C moved up, now B." in page.text
    page = press(person, page, "down:0")
    page = press(person, page, "copy:1")
    assert [role for role, _ in letters(page)] == ["c", "a", "b", "b"]
    page = press(person, page, "remove:0")
    assert [role for role, _ in letters(page)] == ["c", "b", "b"]
    page = press(person, page, "undo")
    assert letters(page)[1] == ("a", "fake/m1")
    page = press(person, page, "begin:2:sceptic")
    assert "Look for what is wrong" in fields_of(page)["instructions"][0]
    assert letters(page)[0][0] == "c", "a role that somebody wrote stays"
    for _ in range(9):
        page = press(person, page, "add")
    assert len(letters(page)) == 8
    assert "at most 8 seats" in page.text
    assert house.rows("SELECT count(*) AS n FROM council_council") == before


def test_a_typical_run_and_advice_stand_beside_what_is_written(person: Browserless) -> None:
    page = person.http.get("/councils/new")
    same = ["rehearsal/bicycle-a", "rehearsal/bicycle-a", "x/y"]
    page = press(person, page, "look", model=same, judge="rehearsal/bicycle-a")
    said = html.fromstring(f"<div>{page.text}</div>").text_content()
    assert "3 seats" in said
    assert "scripted, not AI" in said
    assert "No provider named “x” is connected" in said
    assert "It also sits on the panel" in said
    assert "It has the model, role and instructions of A" in said


def test_every_mistake_is_named_at_its_field_and_nothing_is_lost(person: Browserless) -> None:
    page = person.http.get("/councils/new")
    wrong = {
        "name": "",
        "model": ["gpt-5", "", "fake/m3"],
        "role": ["", "Lonely", ""],
        "temperature": ["hot", "", "2.5"],
        "max_tokens": ["0", "", "1.5"],
        "judge": "",
        "run_s": "nan",
        "cost_usd": "1e999",
        "max_tool_steps": "17",
        "description": "Kept <i>as it is</i>",
    }
    refused = press(person, page, "save", **wrong)
    assert refused.status_code == 422
    found = errors(refused)
    assert set(found) == {
        "name", "model-0", "model-1", "temperature-0", "temperature-2", "max_tokens-0",
        "max_tokens-2", "judge", "run_s", "cost_usd", "max_tool_steps",
    }  # fmt: skip
    assert found["model-0"].startswith("Seat A: write the model as provider/model-id")
    assert found["model-1"].startswith("Seat B has no model")
    assert not re.search(r"pydantic|String should|Input should", refused.text)
    kept = fields_of(refused)
    assert {name: kept[name] for name in wrong} == {
        name: value if isinstance(value, list) else [value] for name, value in wrong.items()
    }
    for name in found:
        field = html.fromstring(refused.text).get_element_by_id(name)
        told = html.fromstring(refused.text).get_element_by_id(f"{name}-error")
        assert f"{name}-error" in field.get("aria-describedby").split()
        assert told.text_content() == found[name]


@pytest.mark.parametrize(
    "odd",
    [
        {"seat": ["x", "x", "-1"], "model": ["fake/m1"]},
        {"seat": [str(n) for n in range(50)]},
        {"seat": [], "removed": "{", "kept": "[]"},
        {"kept": '{"routing": {"a": NaN}}', "removed": '{"at": 99, "seat": {"key": 7}}'},
        {"kept": '{"routing": {"a": "\\ud800"}}', "history": "never", "effort": ["huge"]},
        {"do": "up:99"},
        {"do": "begin:0:nobody"},
        {"do": "undo", "removed": '{"at": -4, "seat": {"key": "0", "role": 5}}'},
        {"do": "look", "judge": "\0", "name": "x" * 500},
    ],
)
def test_forms_nobody_could_fill_in_get_a_page(person: Browserless, odd: dict[str, Any]) -> None:
    page = person.http.get("/councils/new")
    sent = {**fields_of(page), "do": "save", **odd}
    assert person.post("/councils/new", **sent).status_code in (200, 422)


def test_another_s_council_is_not_there_and_a_second_window_overwrites_nothing_unasked(
    house: House, person: Browserless
) -> None:
    page = person.http.get("/councils/new")
    page = press(
        person, page, "save", name="Shared?", model=["fake/m1", "", ""], judge="fake/judge"
    )
    stale = person.http.get(page.url.path)
    press(person, page, "save", description="first")
    refused = press(person, stale, "save", description="second")
    assert refused.status_code == 422
    assert "changed elsewhere" in refused.text
    assert spec_of(house, "shared")["description"] == "first"
    press(person, refused, "save")
    assert spec_of(house, "shared")["description"] == "second"

    other = another(house.server)
    for path in ("/councils/shared/edit", "/councils/new?from=shared"):
        assert other.http.get(path).status_code == 404
    assert other.post("/councils/shared/edit", do="save").status_code == 404
    other.http.close()


def test_what_was_built_can_be_asked_at_once(house: House, person: Browserless) -> None:
    house.script(**usual(m1=[saying("Only me.")]))
    page = person.http.get("/councils/new")
    page = press(person, page, "save", name="Asked", model=["fake/m1", "", ""], judge="fake/judge")
    link = html.fromstring(page.text).xpath("//a[@data-ask]")[0].get("href")
    asked = person.http.get(link)
    assert asked.status_code == 200
    form = html.fromstring(asked.text).xpath("//form[contains(@class, 'composer')]")[0]
    sent = {**dict(form.form_values()), "prompt": "Well?"}
    run = re.search(r"/runs/([0-9a-f-]{36})/", str(person.post("/runs/", **sent).url))
    assert run is not None
    house.end_of(run.group(1))
    assert house.run_row(run.group(1))["council_name"] == "Asked"


def test_a_form_that_is_sent_twice_makes_one_council(house: House, person: Browserless) -> None:
    new = person.http.get("/councils/new")
    told = {"name": "Twice", "seat": "0", "model": "fake/m1", "judge": "fake/judge"}
    form = {**fields_of(new), **told, "do": "save"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: person.post("/councils/new", **form), range(4)))
    assert {answer.url.path for answer in answers} == {"/councils/twice/edit"}
    assert len(house.rows("SELECT id FROM council_council WHERE slug LIKE 'twice%'")) == 1
    other = press(person, new, "save", **{**told, "judge": "fake/m2"})
    assert other.url.path == "/councils/twice-2/edit", "another council of the same name"


def test_a_sum_of_nothing_known_is_unknown(house: House, person: Browserless) -> None:
    new = person.http.get("/councils/new")

    def total(*models: str) -> str:
        seats = {"seat": [str(n) for n in range(len(models))], "model": list(models)}
        page = html.fromstring(press(person, new, "look", **seats, judge=models[0]).text)
        return str(page.get_element_by_id("total").find("strong").text)

    assert total("rehearsal/hopper", "fake/unheard-of") == "Cost unknown"
    assert total("rehearsal/hopper", "rehearsal/noether") == "Costs nothing"
