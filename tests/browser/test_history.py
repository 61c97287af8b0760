"""The history at a browser: opened, renamed and deleted by keyboard; found while one types."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import SMALL_PHONE, Reader, overflow
from tests.whole.house import House, usual


def _asked(house: House, question: str) -> str:
    house.script(**usual())
    run_id = house.ask(question)
    house.end_of(run_id)
    return run_id


def _press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_a_conversation_is_renamed_and_deleted_by_keyboard(house: House, reader: Reader) -> None:
    page = reader.open(_asked(house, "By keyboard alone?"))
    row = page.locator(".past-list li", has=page.locator("[aria-current]"))
    row.locator(".more").focus()
    _press(page, "Enter")
    title = page.get_by_role("textbox", name="Title")
    expect(title).to_be_focused()
    title.fill("Under another name")
    _press(page, "Enter")
    expect(row.locator(".to")).to_have_text("Under another name")
    expect(row.locator(".more")).to_be_focused()
    _press(page, "Enter")
    expect(title).to_be_focused()
    page.locator(".row-menu").get_by_role("link", name="Delete…").focus()
    _press(page, "Enter")
    expect(page.get_by_role("link", name="Keep it")).to_be_focused()
    _press(page, "Shift+Tab", "Enter")
    page.wait_for_url(re.compile(r"/$"))
    expect(page.locator(".past-list .to", has_text="Under another name")).to_have_count(0)


def test_words_are_found_while_one_types_and_the_focus_stays(house: House, reader: Reader) -> None:
    run_id = _asked(house, "Typed in a hurry?")
    page = reader.page
    page.goto("/history/")
    page.locator(".filters input[type=search]").focus()
    page.keyboard.type("typed hur", delay=10)
    expect(page.locator(".found-past mark").first).to_have_text("Typed")
    expect(page.locator(".filters input[type=search]")).to_be_focused()
    expect(page.locator("#told")).to_contain_text("newest first")
    assert objections(page) == []
    page.locator(f'.hit[href="/runs/{run_id}/"]').click()
    page.wait_for_url(f"**/runs/{run_id}/")


def test_the_pages_fit_a_small_phone_and_please_axe(house: House, open_reader: OpenReader) -> None:
    _asked(house, "Antidisestablishmentarianism" * 5)
    page = open_reader(house.person, viewport=SMALL_PHONE).page
    for path in ("/history/", "/history/?q=steel"):
        page.goto(path)
        assert overflow(page) <= 0
    page.goto("/history/")
    page.locator(".kept-rows .more").first.click()
    page.locator(".row-menu").wait_for()
    assert overflow(page) <= 0
    page.locator(".show-past").click()
    page.locator(".past-list .more").first.click()
    page.locator(".past-list .row-menu").wait_for()
    assert objections(page) == []
