"""The list of councils in a browser: changed in place, by keyboard, on a phone, without script."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import SMALL_PHONE, overflow
from tests.whole.house import House

LONG = "A council with a name so long that it has to wrap " + "and-never-breaks" * 4


@pytest.fixture
def page(house: House, open_reader: OpenReader) -> Page:
    return open_reader(house.person, allow="status of 422").page


def _focused(page: Page) -> Locator:
    return page.locator(":focus")


def test_a_council_is_renamed_and_deleted_in_place_by_keyboard_alone(
    house: House, page: Page
) -> None:
    slug = house.keep("Spokes", "fake/m1", "fake/m2")
    page.goto("/councils/")
    page.evaluate("window.isSame = true")
    card = page.locator(f"#council-{slug}")
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("New name of Spokes")).to_be_focused()
    _focused(page).fill("   ")
    page.keyboard.press("Enter")
    expect(card.get_by_role("alert")).to_contain_text("1 to 120 characters")
    _focused(page).fill("Hubs & spokes")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The new name is Hubs & spokes.")
    expect(card.get_by_role("link", name="Hubs & spokes").first).to_be_visible()
    expect(_focused(page)).to_have_text("More for Hubs & spokes")
    page.keyboard.press("Enter")
    card.get_by_role("button", name="Delete").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Deleted Hubs & spokes.")
    expect(card).to_have_count(0)
    expect(_focused(page)).to_have_text("Undo")
    page.keyboard.press("Enter")
    expect(card).to_be_visible()
    assert page.evaluate("window.isSame"), "the page was never loaded again"


def test_nobody_has_anything_to_object_to_and_nothing_is_wider_than_a_small_phone(
    house: House, open_reader: OpenReader
) -> None:
    page = open_reader(house.person, allow="status of 422", viewport=SMALL_PHONE).page
    slug = house.keep(LONG, *[f"fake/{'m' * 60}{i}" for i in range(8)], description=LONG * 3)
    house.person.post(f"/councils/{house.keep('Gone', 'fake/m1')}/delete")
    house.person.post(f"/councils/{slug}/rename", name=LONG[:100])
    wrong = "{" * 3 + LONG * 9
    for path in ("", f"?rename={slug}", f"{slug}/versions/", f"{slug}/versions/1/", "import"):
        page.goto(f"/councils/{path}")
        for summary in page.locator(".does summary").all()[:1]:
            summary.click()
        assert overflow(page) <= 0, path
        if path in ("", f"{slug}/versions/1/"):
            assert objections(page) == [], path
    page.get_by_label("or its text").fill(wrong)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("line 1, column 2")
    assert overflow(page) <= 0
    assert objections(page) == []


def test_without_script_a_deletion_is_undone_and_a_file_is_kept(
    house: House, open_reader: OpenReader
) -> None:
    slug = house.keep("Saddles", "fake/m1")
    file = house.person.http.get(f"/councils/{slug}/file").content
    page = open_reader(house.person, java_script_enabled=False).page
    page.goto("/councils/")
    card = page.locator(f"#council-{slug}")
    card.locator("summary").click()
    card.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted Saddles.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(card).to_be_visible()
    page.get_by_role("link", name="Import a file").click()
    page.get_by_label("A file").set_input_files(
        {"name": "saddles.json", "mimeType": "application/json", "buffer": file}
    )
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Keep this council").click()
    expect(page.get_by_text("Kept from the file: Saddles.")).to_be_visible()
    expect(page.locator(f"#council-{slug}-2")).to_be_visible()
