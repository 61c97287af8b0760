"""A shared page on paper: what is folded away on a screen is told, what is pressed is not there."""

import re

from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.whole.house import House, usual


def test_on_paper_every_quote_is_seen_and_no_button(house: House, reader: Reader) -> None:
    house.script(**usual())
    run_id = house.ask()
    house.end_of(run_id)
    link = re.search(
        r'value="(http://[^"]+/s/[^"]+)"', house.person.post(f"/runs/{run_id}/share").text
    )
    assert link
    page = reader.page
    page.goto(link[1])
    quote = page.locator("#breakdown details q").first
    expect(quote).to_be_hidden()
    page.emulate_media(media="print")
    assert quote.evaluate("one => one.checkVisibility()")
    assert page.locator("button:visible, .menu:visible, .row-links:visible").count() == 0
