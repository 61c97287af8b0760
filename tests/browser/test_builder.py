"""The builder at a browser: by keyboard, by mouse, on a phone, without script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, SMALL_PHONE, overflow
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House

PRICE = {"prompt": "0.000003", "completion": "0.000015"}
CARDS: list[dict[str, Any]] = [
    {"id": "claude-one", "context_length": 200_000, "pricing": PRICE},
    {"id": "gpt-two", "context_length": 400_000, "pricing": PRICE},
    {"id": "gemini-three", "context_length": 1_000_000, "pricing": PRICE},
    {"id": "judge-four", "context_length": 128_000, "pricing": PRICE},
    {"id": "hostile", "name": '<img src=x onerror="alert(1)">', "pricing": PRICE},
]
ODD = '<b>"Both" & neither</b>'


@pytest.fixture(scope="module")
def lab(provider: ScriptedProvider) -> Iterator[House]:
    """A house whose only provider lists a few models with their prices."""
    provider.models(*CARDS)
    with House(
        provider, COUNCIL_PROVIDER_FAKE_URL="", COUNCIL_PROVIDER_LAB_URL=provider.url
    ) as house:
        yield house


@pytest.fixture
def page(lab: House, open_reader: OpenReader) -> Page:
    page = open_reader(lab.person, allow="422").page
    page.goto("/councils/new")
    return page


def seat(page: Page, letter: str) -> Locator:
    return page.get_by_role("group", name=f"Seat {letter}", exact=True)


def roles(page: Page) -> list[str]:
    return [field.input_value() for field in page.locator("[name=role]").all()]


def choose(page: Page, letter: str, words: str) -> None:
    """Find a model and take the first, by keyboard alone."""
    field = seat(page, letter).get_by_role("combobox", name="Model")
    field.focus()
    page.keyboard.type(words)
    expect(seat(page, letter).locator("[role=option][data-value]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def drag(page: Page, letter: str, by: int) -> None:
    """Take a seat by its letter and hold it so many pixels lower."""
    grip = seat(page, letter).locator("[data-grip]")
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    assert box is not None
    x, y = box["x"] + 8, box["y"] + 12
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + by, steps=8)


def focused(page: Page) -> str:
    found: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return found


def standing(page: Page) -> list[float]:
    """Where the save button and the last seat stand on the page."""
    found: list[float] = page.evaluate("""() => {
      const top = (one) => document.querySelector(one).getBoundingClientRect().top;
      return [top("#save") - top(".counter"), top("#role-2") - top(".sheet")];
    }""")
    return found


def holds_back(page: Page) -> bool:
    """True when whoever leaves now is asked first."""
    found: bool = page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")
    return found


def test_a_council_is_built_and_saved_by_keyboard_alone(page: Page) -> None:
    assert not holds_back(page)
    places = standing(page)
    for letter, words in (("A", "claude"), ("B", "gpt"), ("C", "1m")):
        choose(page, letter, words)
        expect(seat(page, letter)).to_contain_text("$3 / $15 per million")
    expect(page.locator("#total")).to_contain_text("3 seats, about 3 independent voices")
    expect(page.locator("#total")).to_contain_text("About $")
    assert standing(page) == places, "the estimate moves nothing"
    page.locator("#role-2").focus()
    page.keyboard.type("Third")

    page.locator("#up-2").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#builder-said")).to_have_text("Seat C moved up, now B.")
    assert focused(page) == "Move B up", "the focus stays with the seat that moved"
    assert roles(page) == ["", "Third", ""]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#builder-said")).to_have_text("Seat B duplicated as C.")
    expect(page.locator("#takes")).to_contain_text("It has the model, role and instructions of B")
    page.keyboard.type("Fourth")
    assert roles(page) == ["", "Third", "Fourth", ""]
    assert holds_back(page)

    page.keyboard.press("Control+s")
    expect(page.locator("#wrongs")).to_be_focused()
    page.locator("#wrongs a").press("Enter")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type(ODD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/councils/bboth-neitherb/edit")
    expect(page.locator("#builder-said")).to_have_text("Saved, version 1.")
    expect(page.get_by_role("heading", level=1)).to_have_text(ODD)
    assert not holds_back(page)
    assert objections(page) == []
    page.reload()
    assert roles(page) == ["", "Third", "Fourth", ""]
    page.get_by_role("link", name="Ask with it").click()
    page.wait_for_url("**/councils/bboth-neitherb/")


def test_a_seat_is_dragged_and_a_removed_one_comes_back(lab: House, page: Page) -> None:
    for key, role in enumerate(("one", "two", "three")):
        page.locator(f"#role-{key}").fill(role)
    seat(page, "B").get_by_role("button", name="Devil").click()
    expect(page.locator("#instructions-1")).to_be_focused()
    seat(page, "B").get_by_text("More").click()

    drag(page, "A", 170)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert roles(page) == ["one", "two", "three"]

    drag(page, "A", 170)
    expect(page.locator(".is-held [name=role]")).to_have_value("one")
    page.mouse.up()
    expect(page.locator("#builder-said")).to_have_text("Seat A moved, now C.")
    assert roles(page) == ["two", "three", "one"]
    expect(page.locator("#instructions-1")).to_have_value(re.compile("strongest honest case"))
    expect(seat(page, "A").get_by_label("Temperature")).to_be_visible()

    seat(page, "B").get_by_role("button", name="Remove B").click()
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    assert roles(page) == ["two", "one"]
    page.keyboard.press("Enter")
    expect(page.locator("#builder-said")).to_have_text("Seat B is back.")
    assert roles(page) == ["two", "three", "one"]

    page.locator("#name").fill("Once")
    for nth in range(3):
        page.locator("[name=model]").nth(nth).fill("lab/gpt-two")
    page.locator("#save").dblclick()
    page.wait_for_url("**/councils/once/edit")
    expect(page.locator("#builder-said")).to_have_text("Saved, version 1.")
    assert len(lab.rows("SELECT id FROM council_council WHERE slug LIKE 'once%'")) == 1


def test_on_a_phone_the_estimate_stays_in_sight_and_nothing_is_wider_than_the_page(
    lab: House, open_reader: OpenReader
) -> None:
    page = open_reader(lab.person, viewport=PHONE, has_touch=True).page
    page.goto("/councils/new")
    choose(page, "A", "hostile")
    expect(page.locator("#total")).to_contain_text("1 seat")
    expect(page.locator("#total strong")).to_be_in_viewport()
    assert overflow(page) <= 0
    assert objections(page) == []
    page.set_viewport_size({"width": SMALL_PHONE["width"], "height": SMALL_PHONE["height"]})
    assert overflow(page) <= 0
    page.locator("#total a").click()
    expect(page.locator("#takes")).to_be_in_viewport()


def test_without_script_buttons_and_save_do_the_same(lab: House, open_reader: OpenReader) -> None:
    page = open_reader(lab.person, java_script_enabled=False, allow="422").page
    page.goto("/councils/new")
    page.locator("#model-0").fill("lab/claude-one")
    page.locator("#judge").fill("lab/judge-four")
    seat(page, "A").get_by_role("button", name="Sceptic").click()
    expect(page.locator("#instructions-0")).to_be_focused()
    page.get_by_role("button", name="Add a seat").click()
    expect(page.locator("#model-3")).to_be_focused()
    page.locator("#model-3").fill("lab/gpt-two")
    page.get_by_role("button", name="Move D up").click()
    expect(page.locator("#total")).to_contain_text("2 seats")
    page.locator("#save").click()
    page.get_by_role("link", name="Give the council a name").click()
    page.locator("#name").fill("By hand")
    page.locator("#name").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    assert roles(page) == ["Sceptic", ""]
