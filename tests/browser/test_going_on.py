"""Going on in a browser: the box takes whom a column names, and a point shows who changed."""

import re

from playwright.sync_api import expect

from tests.browser.reader import Reader, wait_for_end
from tests.whole.house import ALUMINIUM, STEEL, House, comparison, finding, saying, usual

CONTESTED = finding("Steel is the better choice.", A="Take steel", B="not:Take aluminium")


def test_a_reader_asks_one_member_and_only_one_point(house: House, reader: Reader) -> None:
    house.script(
        **usual(
            m1=[saying(STEEL), saying("TRUE\n\nStill.")],
            m2=[saying(ALUMINIUM), saying("Rust."), saying("TRUE\n\nRepairs decide it.")],
            judge=[saying(comparison(CONTESTED))],
        )
    )
    run_id = house.ask("Steel or aluminium?")
    house.end_of(run_id)
    page = reader.open(run_id)
    page.get_by_role("link", name="Hide names").click()
    expect(page.get_by_label("To", exact=True).locator("option").nth(2)).to_have_text("B")
    page.get_by_role("link", name="Ask B").click()
    box = page.get_by_label("Follow up")
    expect(box).to_be_focused()
    expect(page.get_by_label("To", exact=True)).to_have_value("B")
    expect(page.locator("#pick")).to_be_hidden()
    box.fill("Why?")
    box.press("Enter")
    page.wait_for_url(lambda url: "/runs/" in url and run_id not in url)
    wait_for_end(page)
    expect(page.locator("#grid .col")).to_have_count(1)
    expect(page.locator(".apart")).to_contain_text("To B alone")
    page.get_by_role("link", name="Back to").click()
    page.get_by_role("link", name="Ask only this").click()
    page.get_by_role("button", name="Ask only this").click()
    page.wait_for_url(lambda url: "/points/" not in url)
    wait_for_end(page)
    expect(page.locator(".came-of")).to_contain_text("B changed its mind; A keeps its view")
    expect(page.get_by_role("button", name=re.compile("^Compare"))).to_have_count(0)
    page.get_by_role("link", name="Back to").click()
    outcome = page.locator("#breakdown").get_by_role("link", name="B changed its mind")
    expect(outcome).to_be_visible()
    page.get_by_label("More for A").click()
    page.get_by_role("button", name="Second sample of A").click()
    expect(page.locator("#grid .col")).to_have_count(4)
    wait_for_end(page)
    expect(page.locator("#breakdown thead .l")).to_have_count(8)  # drawn anew: a column more
    expect(outcome).to_be_visible()
