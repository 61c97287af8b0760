"""What makes reading easier: names hidden, words found, kinds of words shown, keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import Reader, column, wait_for_end
from tests.browser.words import PLAIN, at_once, paced
from tests.whole.house import House

ROLES = ["Designer", "Safety reviewer", "Estimator"]
NAMES = [*ROLES, "m1", "m2", "m3", "judge", "writer"]
_TITLES = """[...document.querySelectorAll("[title], [alt], [placeholder]")]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.title, e.alt, e.placeholder].join(" ")).join("\\n")"""


@pytest.fixture
def run_id(house: House) -> str:
    """A finished run of three members with roles."""
    house.script(**at_once())
    run_id = house.ask(role=ROLES)
    house.end_of(run_id)
    return run_id


def _told(page: Page) -> str:
    """All that this page tells: to who sees it, to who hears it, and to who points at it."""
    main = page.locator("main")
    told = [page.title(), main.inner_text(), main.aria_snapshot(), page.evaluate(_TITLES)]
    return "\n".join(told).replace("Judge", "").replace("Compare", "")


def _named(page: Page) -> list[str]:
    return [name for name in NAMES if re.search(rf"\b{name}\b", _told(page))]


def test_names_are_hidden_from_eyes_and_ears_until_they_are_asked_for(
    house: House, reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id)
    assert {"Designer", "m1"} <= set(_named(page))
    page.get_by_role("link", name="Hide names").click()
    assert _named(page) == []
    expect(column(page, "A").get_by_role("heading", name="Answer A", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Reveal names")).to_be_focused()
    page.reload()
    assert _named(page) == [], "the address keeps it"
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Reveal names").press("Enter")
    assert {"Designer", "m1"} <= set(_named(page))


def test_who_prefers_no_names_never_sees_one_not_even_while_it_is_written(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**at_once(m2=[paced(PLAIN * 3, 60)]))
    house.person.post("/settings/reading/save", set="blind", on="1")
    page = open_reader(house.person).open(house.ask(role=ROLES))
    assert _named(page) == []
    wait_for_end(page)
    assert _named(page) == []
    still = open_reader(house.person, java_script_enabled=False).open(page.url.split("/")[-2])
    assert "Answer A" in still.locator("main").inner_text()
    still.get_by_role("link", name="Reveal names").click()
    assert "Designer" in still.locator("main").inner_text()
    house.person.post("/settings/reading/save", set="blind", on="")


def test_the_best_answer_is_chosen_blind_and_then_the_names_are_offered(
    house: House, reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id, "?blind=1")
    column(page, "B").get_by_role("button", name="Choose B as the best answer").click()
    chosen = column(page, "B").get_by_role("button", name="B is your best answer: take back")
    expect(chosen).to_be_focused()
    expect(page.get_by_text("You found B best.")).to_be_visible()
    column(page, "B").get_by_role("link", name="Reveal names").click()
    expect(chosen).to_be_focused()
    assert {"Designer", "m2"} <= set(_named(page))
    assert _kept(house) == [("B", 1)]
    column(page, "C").get_by_role("button", name="Choose C as the best answer").click()
    expect(column(page, "B").locator(".is-best:visible")).to_have_count(0)
    page.reload()
    expect(column(page, "C").locator("button.is-best")).to_be_visible()
    assert _kept(house) == [("C", 0)], "by then the names were known"
    column(page, "C").locator("button.is-best").click()
    expect(page.get_by_text("No answer is marked as best.")).to_be_visible()
    assert _kept(house) == []


def _kept(house: House) -> list[tuple[str, int]]:
    rows = house.rows("SELECT seat, is_blind FROM council_bestanswer")
    return [(row["seat"], row["is_blind"]) for row in rows]
