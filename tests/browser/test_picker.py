"""The council picker: opened, narrowed and taken by keyboard, at a desk and on a phone."""

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, SMALL_PHONE, Reader, overflow, wait_for_end
from tests.browser.words import at_once
from tests.fakes.server import Browserless
from tests.people import another
from tests.whole.house import House

HOSTILE = '<img src=x onerror="alert(1)">'
CUT = r"^htmx:(afterRequest|sendAbort|sendError)"
"""An estimate that was still asked for when a test ended."""
NAMES = ("Frame builders", "Board memo", "Weekly research digest", HOSTILE)
SEATS = ["fake/m1", "fake/m2", "fake/m3"]


@pytest.fixture(scope="module")
def keeper(standing: House) -> Iterator[Browserless]:
    """Somebody with a few councils."""
    somebody = another(standing.server, "keeper")
    with closing(somebody.http):
        for name in NAMES:
            seats: dict[str, Any] = {"model": SEATS, "role": ["Welder", "Sceptic", ""]}
            kept = {"council": "all-fake", "save": "new", "save_as": name, "web_asked": "1"}
            chairs = {"judge": "fake/judge", "writer": "fake/writer"}
            answer = somebody.post("/composer/save", **kept, **seats, **chairs)
            assert answer.status_code == 200, answer.text[:5000]
        yield somebody


@pytest.fixture
def mine(open_reader: OpenReader, keeper: Browserless) -> Reader:
    """The same person at a browser."""
    return open_reader(keeper, allow=CUT)


def _open(page: Page) -> None:
    page.locator("#pick-open").press("ArrowDown")
    expect(page.locator("#picker [role=option]").first).to_be_visible()


def test_a_council_is_found_by_three_letters_and_taken_by_keyboard_alone(mine: Reader) -> None:
    page = mine.page
    page.goto("/")
    page.locator("#prompt").fill("Kept?")
    _open(page)
    find = page.locator("#picker-find")
    expect(find).to_be_focused()
    assert objections(page) == []
    page.keyboard.type("res")
    marked = page.locator("#picker [role=option].is-marked")
    expect(marked.locator(".pick-name")).to_have_text("Weekly research digest")
    expect(find).to_have_attribute("aria-activedescendant", marked.get_attribute("id") or "")
    expect(marked.locator(".pick-seat")).to_have_text(["A m1", "B m2", "C m3"])
    page.keyboard.press("Enter")
    expect(page.locator("#picker")).to_be_hidden()
    expect(page.locator("#pick-open")).to_be_focused()
    expect(page.locator("#pick-open")).to_contain_text("Weekly research digest")
    expect(page.locator("#council")).to_have_value("weekly-research-digest")
    expect(page.locator("#role-A")).to_have_value("Welder")
    expect(page.locator("#prompt")).to_have_value("Kept?")


def test_arrows_escape_typing_on_the_button_and_a_name_that_nobody_has(mine: Reader) -> None:
    page = mine.page
    page.goto("/councils/board-memo/")
    page.locator("#prompt").press("Alt+ArrowDown")
    current = page.locator("#picker [aria-current]")
    expect(current).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(current).to_have_attribute("aria-selected", "false")
    page.keyboard.press("Escape")
    expect(page.locator("#prompt")).to_be_focused()
    expect(page.locator("#council")).to_have_value("board-memo")
    page.locator("#pick-open").press("z")
    expect(page.locator("#picker-find")).to_have_value("z")
    page.keyboard.type("zz")
    expect(page.locator("#picker-count")).to_contain_text("No council fits")
    page.keyboard.press("Enter")
    expect(page.locator("#council")).to_have_value("board-memo")


def test_the_address_and_the_head_of_a_council_s_page_follow_the_picker(mine: Reader) -> None:
    page = mine.page
    page.goto("/councils/board-memo/?prompt=Prefilled")
    expect(page.locator("h1")).to_have_text("Board memo")
    expect(page.locator("#prompt")).to_have_value("Prefilled")
    expect(page.locator(".sight-seats li")).to_have_text(
        ["A Welder m1", "B Sceptic m2", "C Member m3"]
    )
    assert objections(page) == []
    _open(page)
    page.keyboard.type("frame")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Frame builders")
    expect(page).to_have_url(re.compile("/councils/frame-builders/$"))
    expect(page.locator("#prompt")).to_have_value("Prefilled")


def test_hostile_names_are_text_and_what_is_saved_at_the_prompt_is_chosen_at_once(
    mine: Reader,
) -> None:
    page = mine.page
    page.goto("/")
    _open(page)
    page.keyboard.type("<img")
    before = page.locator("[name=seats_of]").input_value()
    page.locator("#picker [role=option]:visible").click()
    expect(page.locator(".pick-chosen")).to_have_text(HOSTILE)
    expect(page.locator("[name=seats_of]")).not_to_have_value(before)
    page.locator("#seats summary").click()
    page.locator("#role-C").fill("Rider")
    page.locator("#save-as").fill("With a rider")
    page.locator("#save-as").press("Enter")
    expect(page.locator("#kept")).to_contain_text("Saved as “With a rider”")
    expect(page.locator(".pick-chosen")).to_have_text("With a rider")
    expect(page.locator("#role-C")).to_have_value("Rider")
    _open(page)
    expect(page.locator("#picker [aria-current] .pick-name")).to_have_text("With a rider")


@pytest.mark.parametrize("viewport", [PHONE, SMALL_PHONE], ids=["phone", "small phone"])
def test_the_picker_fits_a_phone(
    open_reader: OpenReader, keeper: Browserless, viewport: dict[str, int]
) -> None:
    page = open_reader(keeper, viewport=viewport, has_touch=True, allow=CUT).page
    page.goto("/")
    page.locator("#pick-open").tap()
    option = page.locator("#picker [role=option]", has_text="Frame builders")
    expect(option).to_be_visible()
    assert overflow(page) <= 0
    assert objections(page) == []
    option.tap()
    expect(page.locator(".pick-chosen")).to_have_text("Frame builders")


def test_a_follow_up_chooses_in_the_same_way(mine: Reader, house: House) -> None:
    house.script(**at_once())
    page = mine.page
    page.goto("/councils/frame-builders/")
    page.locator("#prompt").fill("Steel or aluminium?")
    page.locator("#prompt").press("Enter")
    wait_for_end(page)
    expect(page.locator(".pick-chosen")).to_have_text("Frame builders")
    _open(page)
    page.keyboard.type("memo")
    page.keyboard.press("Enter")
    expect(page.locator("#council")).to_have_value("board-memo")


def test_without_script_there_is_a_plain_list(open_reader: OpenReader, keeper: Browserless) -> None:
    page = open_reader(keeper, java_script_enabled=False).page
    page.goto("/")
    expect(page.locator("#pick-open")).to_be_hidden()
    page.locator("#council").select_option("board-memo")
    page.get_by_role("button", name="Show the seats").click()
    expect(page.locator("#role-A")).to_have_value("Welder")
    page.locator("#role-A").fill("Smith")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#keep")).to_contain_text("version 2")
