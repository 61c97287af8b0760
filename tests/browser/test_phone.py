"""On a phone nothing scrolls sideways, and one answer at a time is on the page."""

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, SMALL_PHONE, column, overflow, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once, council, endless
from tests.fakes.server import Browserless
from tests.whole.house import House

WRONG = {"status": 400, "body": {"error": {"message": "no" * 80}}}
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
PHONES = pytest.mark.parametrize("viewport", [PHONE, SMALL_PHONE], ids=["390", "320"])


def _tab_by_tab(page: Page, seats: str) -> None:
    for seat in seats:
        page.locator(f"[data-tab={seat}]").click()
        expect(page.locator(f"[data-tab={seat}]")).to_have_attribute("aria-current", "true")
        for other in seats:
            expect(column(page, other)).to_be_visible(visible=other == seat)
        assert overflow(page) <= 0


@PHONES
def test_a_streaming_run_fits_a_phone(
    house: House, open_reader: OpenReader, viewport: ViewportSize
) -> None:
    house.script(
        **council(m1=[endless(RICH, 100)], m2=[endless(PLAIN)], m3=[endless(f"{LONG} ", 100)])
    )
    page = open_reader(house.person, viewport=viewport).open(house.ask(f"{LONG}?"))
    until(lambda: "Aluminium" in texts(page)["A"] and LONG in texts(page)["C"], "wide words")
    _tab_by_tab(page, "ABC")
    page.locator("#run-meta .stop").click()
    wait_for_end(page)
    assert overflow(page) <= 0


@PHONES
def test_a_finished_run_with_a_failed_member_fits_a_phone(
    house: House, open_reader: OpenReader, viewport: ViewportSize
) -> None:
    house.script(**at_once(m2=[WRONG]))
    page = open_reader(house.person, viewport=viewport).open(house.ask())
    wait_for_end(page)
    _tab_by_tab(page, "ABC")
    expect(page.locator("#breakdown")).to_be_visible()


@PHONES
def test_a_run_in_which_nobody_answered_fits_a_phone(
    house: House, open_reader: OpenReader, viewport: ViewportSize
) -> None:
    house.script(m1=[WRONG], m2=[WRONG], m3=[WRONG])
    page = open_reader(house.person, viewport=viewport).open(house.ask())
    wait_for_end(page)
    expect(page.locator("#run-meta")).to_contain_text("Nobody answered")
    _tab_by_tab(page, "ABC")


@PHONES
def test_the_first_page_fits_a_phone(
    house: House, first_start: Browserless, open_reader: OpenReader, viewport: ViewportSize
) -> None:
    slug = house.keep("N" * 118, "fake/" + "m" * 120, description="D" * 300)
    for person in (house.person, first_start):
        page = open_reader(person, viewport=viewport).page
        own = [f"/councils/{slug}/"] if person is house.person else []
        for address in ("/", "/connect/", "/settings/data", *own):
            page.goto(address)
            assert overflow(page) <= 0
