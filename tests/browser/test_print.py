"""On paper everything is there, nothing scrolls, and there is nothing to press."""

from playwright.sync_api import expect

from tests.browser.reader import Reader, column
from tests.browser.words import at_once
from tests.whole.house import House

_SCROLLS = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.checkVisibility() && getComputedStyle(e).overflowY !== "visible")
  .filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
  .filter((e) => !e.closest(".vh"))
  .map((e) => `${e.localName}.${e.className} ${e.textContent.slice(0, 30)}`)"""


def test_what_is_hidden_or_folded_on_the_screen_is_on_paper(house: House, reader: Reader) -> None:
    house.script(**at_once())
    question = "Steel or aluminium?\n\n" + "A frame for a journey around the world.\n\n" * 40
    run_id = house.ask(question, seats=["m1", "m2", "m3", "m1", "m2"])
    house.end_of(run_id)
    page = reader.open(run_id, "?hide=B&fold=C&blind=0")
    expect(column(page, "B")).to_be_hidden()
    expect(page.locator("#f1-said-A q")).to_be_hidden()
    page.emulate_media(media="print", color_scheme="dark")
    for seat in "ABCDE":
        expect(column(page, seat).locator(".prose p").first).to_be_visible()
    expect(page.locator("#f1-said-A q")).to_be_visible()
    expect(page.locator(".whole")).to_be_visible()
    assert page.evaluate(_SCROLLS) == []
    assert page.locator("main").get_by_role("button").count() == 0
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(251, 250, 247)", "paper is light"
