"""From a finding to the exact words it rests on, and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, Reader, column, until, wait_for_end
from tests.browser.words import QUOTED, at_once, judged, slow_judge
from tests.whole.house import House, saying


@pytest.fixture
def run_id(house: House) -> str:
    """A finished run with verified quotes, one of them across formatted words."""
    house.script(**at_once())
    run_id = house.ask()
    house.end_of(run_id)
    return run_id


_HIGHLIT = """[...document.querySelectorAll("mark")]
  .filter((mark) => getComputedStyle(mark).boxShadow !== "none").length"""


def _plain(quote: str) -> str:
    return " ".join(quote.replace("*", "").split())


def _lit(page: Page, seat: str) -> str:
    """The lit words of a column, in the order in which they stand there."""
    pieces = column(page, seat).locator("mark.is-lit").all_text_contents()
    return re.sub(r"\s+", " ", "".join(pieces)).strip()


def _is_in_view(page: Page, seat: str) -> bool:
    found: bool = column(page, seat).evaluate(
        """(column) => {
          const mark = column.querySelector("mark.is-lit").getBoundingClientRect();
          const box = column.querySelector(".scroll").getBoundingClientRect();
          return mark.top >= box.top && mark.bottom <= box.bottom;
        }"""
    )
    return found


def test_a_cell_brings_every_column_to_its_own_words(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    page.locator("#f1 td[data-letter=B] a").click()
    for seat, quote in QUOTED.items():
        assert _lit(page, seat) == _plain(quote)
        assert _is_in_view(page, seat)
    expect(page.locator("#q-f1-B")).to_be_focused()
    assert page.url.endswith("#q-f1-B")


def test_escape_puts_the_reader_back_where_they_were(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    cell = page.locator("#f1 td[data-letter=B] a")
    cell.focus()
    before = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    expect(page.locator("mark.is-lit").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("mark.is-lit")).to_have_count(0)
    expect(cell).to_be_focused()
    until(lambda: page.evaluate("scrollY") == before, "the place where the reader was")
    assert "#" not in page.url


def test_a_deep_link_lights_the_words_after_a_reload(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id, "#q-f1-B")
    assert _lit(page, "A") == _plain(QUOTED["A"])
    page.reload()
    assert _lit(page, "B") == _plain(QUOTED["B"])
    page.locator("#f2 td[data-letter=B] a").click()
    assert _lit(page, "B") == "The lighter frame climbs better"
    page.keyboard.press("Escape")
    assert page.evaluate(_HIGHLIT) == 0


def test_lit_words_stay_lit_when_their_block_is_drawn_again(house: House, reader: Reader) -> None:
    house.script(**at_once(judge=[slow_judge(6)], writer=[saying("Fit.")]))
    page = reader.open(house.ask())
    page.locator("#f1 td[data-letter=B] a").click()
    assert _lit(page, "B") == _plain(QUOTED["B"])
    page.locator("#f2").wait_for()
    assert _lit(page, "B") == _plain(QUOTED["B"])
    expect(column(page, "B").locator("#q-f1-B")).to_be_focused()
    wait_for_end(page)


def test_words_that_were_not_found_are_no_link(house: House, reader: Reader) -> None:
    house.script(**at_once(judge=[saying(judged(A="Take **steel**", B="Take bamboo at once"))]))
    page = reader.open(house.ask())
    wait_for_end(page)
    expect(page.locator("#f1 td[data-letter=A] a")).to_have_count(1)
    expect(page.locator("#f1 td[data-letter=B] a")).to_have_count(0)
    expect(page.locator("#f1 td[data-letter=B] .unverified")).to_be_visible()
    page.locator("#f1 summary").click()
    expect(page.locator("#f1 .quotes")).to_contain_text("Take bamboo at once unverified")


def test_a_cell_leads_to_its_words_without_script(
    open_reader: OpenReader, house: House, run_id: str
) -> None:
    page = open_reader(house.person, java_script_enabled=False).open(run_id)
    for seat in QUOTED:
        link = page.locator(f"#f1 td[data-letter={seat}] a")
        assert link.get_attribute("href") == f"#q-f1-{seat}"
        expect(column(page, seat).locator(f"#q-f1-{seat}")).to_have_count(1)
    page.locator("#f1 td[data-letter=C] a").click()
    expect(page.locator("#q-f1-C")).to_be_in_viewport()


def test_on_a_phone_a_cell_opens_the_tab_of_its_column(
    open_reader: OpenReader, house: House, run_id: str
) -> None:
    page = open_reader(house.person, viewport=PHONE).open(run_id)
    expect(column(page, "C")).to_be_hidden()
    page.locator("#f1 td[data-letter=C] a").click()
    expect(column(page, "C").locator("mark.is-lit").first).to_be_in_viewport()
