"""Layouts for one to eight members, and nothing that moves under a reader."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import (
    DESK,
    PHONE,
    Reader,
    column,
    overflow,
    texts,
    until,
    wait_for_end,
)
from tests.browser.words import PLAIN, RICH, at_once, council, endless, paced, slow_judge
from tests.whole.house import House, saying

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
        "m1": [paced(RICH * 2, 50)],
        "m2": [paced(PLAIN * 8, 50)],
        "m3": [paced(PLAIN * 3 + "\n\n" + RICH, 150)],
        "judge": [slow_judge(12)],
    }
    return council(**brisk | instead)


def _shifts(page: Page) -> list[list[Any]]:
    found: list[list[Any]] = page.evaluate("window.shifts")
    return found


def test_nothing_moves_while_a_run_is_watched_from_its_first_word_to_its_last(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**_brisk())
    run_id = house.ask()
    scrolled = open_reader(house.person).open(run_id)
    where = _scroll_to_the_words(scrolled)
    calm = []
    for viewport in (DESK, PHONE):
        reader = open_reader(house.person, viewport=viewport)
        reader.context.add_init_script(SHIFTS)
        calm.append(reader.open(run_id))
    wait_for_end(scrolled)
    for page in calm:
        wait_for_end(page)
        expect(page.locator("#timeline")).to_be_attached()
        assert sum(value for value, *_ in _shifts(page)) < MOST_SHIFT, _shifts(page)
        expect(page.locator("#verdict")).to_be_in_viewport()
    assert abs(_top_of_a(scrolled) - where) <= 1
    ready = scrolled.locator("#ready")
    expect(ready).to_contain_text("The comparison is ready")
    ready.click()
    expect(scrolled.locator("#verdict")).to_be_in_viewport()
    expect(ready).to_be_hidden()


def test_nothing_moves_below_a_question_that_fills_half_a_phone(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**_brisk())
    run_id = house.ask("Steel or aluminium for a frame that goes around the world? " * 4)
    reader = open_reader(house.person, viewport=PHONE)
    reader.context.add_init_script(SHIFTS)
    page = reader.open(run_id)
    assert page.locator(".answers").evaluate("e => e.getBoundingClientRect().top") > 340
    wait_for_end(page)
    assert sum(value for value, *_ in _shifts(page)) < MOST_SHIFT, _shifts(page)
    expect(page.locator(".question")).to_be_in_viewport()


def _scroll_to_the_words(page: Page) -> float:
    """Where the first answer stands for a reader who has scrolled a little down to it."""
    page.mouse.wheel(0, 60)
    page.mouse.move(400, 400)
    until(lambda: page.evaluate("scrollY") >= 60, "a page that is scrolled")
    return _top_of_a(page)


def _top_of_a(page: Page) -> float:
    top: float = page.evaluate("document.querySelector('#seat-A').getBoundingClientRect().top")
    return top


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


@pytest.fixture(scope="module")
def eight(standing: House) -> str:
    """A finished run of eight members."""
    more = {f"m{n}": [saying(PLAIN * n + RICH)] for n in range(4, 9)}
    standing.script(**at_once(), **more)
    run_id = standing.ask(seats=[f"m{n}" for n in range(1, 9)])
    standing.end_of(run_id)
    return run_id


@pytest.fixture(scope="module")
def three(standing: House) -> str:
    """A finished run of three members."""
    standing.script(**at_once())
    run_id = standing.ask()
    standing.end_of(run_id)
    return run_id


EDGES = """() => [...document.querySelectorAll(".col")].map((column) => {
  const { left, right } = column.getBoundingClientRect();
  return [left, right];
})"""


def _full(page: Page) -> str:
    """The letters of the two columns that stand in full, in their places."""
    return "".join(
        (page.locator(f".col[data-place='{place}']").get_attribute("id") or "")[-1]
        for place in (1, 2)
    )


def _menu(page: Page, seat: str, entry: str) -> None:
    column(page, seat).locator(".col-menu summary").click()
    column(page, seat).get_by_role("button", name=entry, exact=True).click()


def test_eight_members_are_two_columns_and_cards_and_nothing_runs_off_the_edge(
    eight: str, reader: Reader
) -> None:
    page = reader.open(eight)
    for width in (720, 768, 1024, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        assert _full(page) == "AB"
        assert overflow(page) <= 0
        for left, right in page.evaluate(EDGES):
            assert 0 <= left < right <= width
    page.get_by_role("button", name="Read answer F in full").click()
    assert _full(page) == "AF"
    assert "pin=AF" in page.url
    page.reload()
    assert _full(page) == "AF"


def test_columns_are_hidden_moved_and_shown_alone_and_the_address_keeps_it(
    three: str, reader: Reader
) -> None:
    page = reader.open(three)
    _menu(page, "A", "Hide")
    _menu(page, "C", "Move left")
    expect(page.locator("#arranged")).to_contain_text("1 hidden: A.")
    order = "[...document.querySelectorAll('.col')].map((e) => e.id.at(-1)).join('')"
    assert page.evaluate(order) in ("ACB", "CAB")
    before = page.evaluate(order)
    page.reload()
    assert page.evaluate(order) == before
    expect(column(page, "A")).to_be_hidden()
    page.locator("#f1 td[data-letter=A] a").click()
    page.locator("#f1-said-A a").click()
    expect(column(page, "A")).to_be_visible()
    _menu(page, "B", "Only this one")
    expect(column(page, "C")).to_be_hidden()
    page.get_by_role("button", name="Show all").click()
    _menu(page, "C", "Collapse")
    expect(column(page, "C").locator(".scroll")).to_be_hidden()
    width = "document.querySelector('#seat-C').clientWidth"
    assert page.evaluate(width) < 60
    page.get_by_role("button", name="Expand answer C").click()
    expect(column(page, "C").locator(".scroll")).to_be_visible()
    assert page.evaluate(width) > 200
    reader.open(three, "?view=9&order=ZZ&pin=!&hide=ABC&solo=Q&fold=%00")
    for seat in "ABC":
        expect(column(page, seat)).to_be_visible()


def test_on_a_phone_a_swipe_leads_to_the_next_answer_and_its_tab(
    house: House, three: str, eight: str, open_reader: OpenReader
) -> None:
    reader = open_reader(house.person, viewport=PHONE, has_touch=True, is_mobile=True)
    expect(reader.open(eight).locator("[data-arrange=view]")).to_be_hidden()
    page = reader.open(three)
    column(page, "A").locator(".head").scroll_into_view_if_needed()
    for x, seat in ((-150, "B"), (-150, "C"), (150, "B")):
        box = page.locator(".col:visible .head").bounding_box()
        assert box
        _swipe(page, 200, box["y"] + 20, x)
        expect(page.locator(f"[data-tab={seat}]")).to_have_attribute("aria-current", "true")
        expect(column(page, seat)).to_be_visible()


def _swipe(page: Page, x: float, y: float, by: float) -> None:
    line = page.context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + by, "y": y}]),
        ("touchEnd", []),
    ):
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_without_script_all_eight_answers_stand_in_full(
    house: House, eight: str, open_reader: OpenReader
) -> None:
    page = open_reader(house.person, java_script_enabled=False).open(eight)
    for seat in "ABCDEFGH":
        expect(column(page, seat).locator(".foot")).to_be_visible()
    assert overflow(page) <= 0


STANDING = """() => ({
  grid: { ...document.getElementById("grid").dataset },
  columns: [...document.querySelectorAll(".col")].map((e) => [
    e.id, e.dataset.place, "gone" in e.dataset, "folded" in e.dataset,
    e.querySelector(".card-open").outerHTML]),
  tabs: [...document.querySelectorAll("[data-tab]")].map((e) => e.hidden),
  line: document.getElementById("arranged").outerHTML,
})"""


ADDRESSES = (
    "order=CAB&fold=CF",
    "pin=FC&hide=BAH&fold=FD",
    "view=grid&hide=ABCD&fold=E",
    "solo=Zq",
    "solo=G&hide=G&order=GG",
    "hide=ABCDEFGH",
    "view=grid&order=ZZ&pin=!&fold=%00&hide=" + "A" * 5000,
)


def test_the_server_draws_the_columns_as_the_address_asks_and_the_script_moves_nothing(
    house: House, eight: str, open_reader: OpenReader
) -> None:
    unscripted, scripted = (
        open_reader(house.person, java_script_enabled=False),
        open_reader(house.person),
    )
    scripted.context.add_init_script(SHIFTS)
    for query in ADDRESSES:
        plain, page = (r.open(eight, f"?{query}") for r in (unscripted, scripted))
        expect(page.locator("[data-tab][aria-current]")).to_have_count(1)
        assert page.evaluate(STANDING) == plain.evaluate(STANDING), query
        assert sum(value for value, *_ in _shifts(page)) < MOST_SHIFT, (query, _shifts(page))
        for seat in "ABCDEFGH":
            expect(column(plain, seat).locator(".foot")).to_be_visible()
