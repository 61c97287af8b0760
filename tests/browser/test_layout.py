"""Layouts for one to eight members, and nothing that moves under a reader."""

from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import DESK, PHONE, Reader, column, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, council, endless, paced, slow_judge
from tests.whole.house import House

SHIFTS = """(() => {
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput)
        window.shifts.push([entry.value, ...entry.sources.map((s) => s.node?.id)]);
  }).observe({ type: "layout-shift", buffered: true });
})()"""
MOST_SHIFT = 0.02


def _brisk(**instead: Any) -> dict[str, Any]:
    brisk = {
        "m1": [paced(RICH * 2, 150)],
        "m2": [paced(PLAIN * 8, 100)],
        "m3": [paced(PLAIN * 3 + "\n\n" + RICH, 150)],
        "judge": [slow_judge(12)],
    }
    return council(**brisk | instead)


def _shifts(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = page.evaluate("window.shifts")
    return found


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["1440", "390"])
def test_nothing_moves_while_a_run_is_watched_from_its_first_word_to_its_last(
    house: House, open_reader: OpenReader, viewport: ViewportSize
) -> None:
    house.script(**_brisk())
    reader = open_reader(house.person, viewport=viewport)
    reader.context.add_init_script(SHIFTS)
    page = reader.open(house.ask())
    wait_for_end(page)
    expect(page.locator("#timeline")).to_be_attached()
    assert sum(value for value, *_ in _shifts(page)) < MOST_SHIFT, _shifts(page)
    expect(page.locator("#verdict")).to_be_in_viewport()


def test_a_reader_who_has_scrolled_is_told_of_the_comparison_and_not_moved(
    house: House, reader: Reader
) -> None:
    house.script(**_brisk(m3=[paced(PLAIN * 3, 20)]))
    page = reader.open(house.ask())
    until(lambda: len(texts(page)["A"]) > 200, "words to read")
    page.mouse.wheel(0, 60)
    page.mouse.move(400, 400)
    where = "document.querySelector('#seat-A').getBoundingClientRect().top"
    page.wait_for_timeout(300)
    before = page.evaluate(where)
    wait_for_end(page)
    assert abs(page.evaluate(where) - before) <= 1
    ready = page.locator("#ready")
    expect(ready).to_contain_text("The comparison is ready")
    ready.click()
    expect(page.locator("#verdict")).to_be_in_viewport()
    expect(ready).to_be_hidden()


def test_a_column_left_at_its_end_counts_what_came_and_leads_back(
    house: House, reader: Reader
) -> None:
    house.script(**council(m1=[endless(PLAIN + "\n\n", 200)]))
    page = reader.open(house.ask())
    scroller, newer = column(page, "A").locator(".scroll"), page.locator("[data-newer=A]")
    until(lambda: scroller.evaluate("(e) => e.scrollTop") > 200, "a column that follows")
    expect(newer).to_be_hidden()
    scroller.evaluate("(e) => (e.scrollTop = 100)")
    expect(newer).to_contain_text("new lines")
    newer.click()
    expect(newer).to_be_hidden()
    before = len(texts(page)["A"])
    until(lambda: len(texts(page)["A"]) > before + 1500, "more words")
    left = "(e) => e.scrollHeight - e.clientHeight - e.scrollTop"
    until(lambda: scroller.evaluate(left) < 48, "the end again")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)
