"""A member who comes later: its column appears on pages that are open, and they stay in place."""

from playwright.sync_api import expect

from tests.browser.reader import Reader, column, texts, until, wait_for_end
from tests.browser.words import PLAIN, at_once, endless
from tests.whole.house import House, saying


def test_a_second_sample_gets_a_column_on_every_open_page(house: House, reader: Reader) -> None:
    house.script(**at_once(m1=[saying(PLAIN), saying(PLAIN)], m3=[endless(PLAIN, 5)]))
    run_id = house.ask()
    page = reader.open(run_id)
    until(lambda: PLAIN[:20] in texts(page)["A"], "the words of A")
    page.evaluate("document.body.dataset.here = 'yes'")
    more = column(page, "A").locator("details.rarer")
    more.locator("summary").click()
    more.get_by_role("button", name="Second sample of A").click()
    expect(column(page, "D")).to_be_visible()
    expect(column(page, "D").locator(".head")).to_contain_text("A second sample of A.")
    until(lambda: PLAIN[:20] in texts(page)["D"], "the words of D")
    expect(page.locator("#run")).to_have_attribute("data-seats", "4")
    expect(page.locator("#tabs [data-tab]")).to_have_count(4)
    assert page.evaluate("document.body.dataset.here") == "yes", "the page was loaded anew"
    assert page.evaluate("document.activeElement.closest('article')?.id") == "seat-A"
    page.locator("#run-meta .stop").click()
    wait_for_end(page)
    live = texts(page)
    page.reload()
    assert texts(page)["D"] == live["D"]
