"""From a finding to the exact words it rests on, and back."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, Reader, column, until, wait_for_end
from tests.browser.words import QUOTED, at_once, judged, slow_judge
from tests.whole.house import House, finding, saying


@pytest.fixture
def run_id(house: House) -> str:
    """A finished run with verified quotes, one of them across formatted words."""
    house.script(**at_once())
    run_id = house.ask()
    house.end_of(run_id)
    return run_id


_LIT = """(seat) => [...(CSS.highlights.get("evidence") ?? [])]
  .filter((range) => range.startContainer.parentElement.closest("#seat-" + seat))
  .map(String).join("")"""
_IS_IN_VIEW = """(seat) => {
  const range = [...CSS.highlights.get("evidence")]
    .find((one) => one.startContainer.parentElement.closest("#seat-" + seat));
  const [words, box] = [range, document.querySelector(`[data-scroller=${seat}]`)]
    .map((one) => one.getBoundingClientRect());
  return words.top >= box.top && words.bottom <= box.bottom;
}"""
_PLACES = """() => [...document.querySelectorAll("[data-scroller] :is(p, li):not(.says-none)")]
  .map((e) => e.offsetTop)"""


def _plain(quote: str) -> str:
    return " ".join(quote.replace("*", "").split())


def lit(page: Page, seat: str) -> str:
    """The lit words of a column, in the order in which they stand there."""
    return re.sub(r"\s+", " ", page.evaluate(_LIT, seat)).strip()


def test_a_finding_brings_every_column_to_its_own_words(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    page.locator("#f1 .claim").click()
    for seat, quote in QUOTED.items():
        assert lit(page, seat) == _plain(quote)
        assert page.evaluate(_IS_IN_VIEW, seat)
    assert page.url.endswith("#f1")
    expect(page.locator(".evidence-bar")).to_contain_text("1 of 2Steel is the better metal.")


def test_a_cell_opens_its_quote_and_that_leads_to_the_words(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    cell = page.locator("#f1 td[data-letter=B] a")
    cell.focus()
    page.keyboard.press("Enter")
    quote = page.locator("#f1-said-B")
    expect(quote).to_contain_text(QUOTED["B"])
    expect(quote.get_by_role("link")).to_be_focused()
    page.keyboard.press("Escape")
    expect(quote).to_be_hidden()
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert lit(page, "B") == QUOTED["B"]
    expect(page.locator("#q-f1-B")).to_be_focused()
    assert page.url.endswith("#f1.B")


def test_escape_puts_the_reader_back_where_they_were(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    claim = page.locator("#f1 .claim")
    claim.focus()
    before = page.evaluate("scrollY")
    page.keyboard.press("Enter")
    assert lit(page, "A")
    page.keyboard.press("Escape")
    assert not lit(page, "A")
    expect(claim).to_be_focused()
    until(lambda: page.evaluate("scrollY") == before, "the place where the reader was")
    assert "#" not in page.url
    expect(page.locator(".evidence-bar")).to_have_count(0)


def test_the_next_finding_is_a_button_away_and_the_silent_say_so(
    reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id)
    places = page.evaluate(_PLACES)
    page.locator("#f1 .claim").click()
    page.get_by_role("button", name="Next finding").click()
    assert lit(page, "B") == "The lighter frame climbs better"
    assert not lit(page, "A")
    assert page.url.endswith("#f2")
    expect(column(page, "C").locator(".says-none")).to_have_text("C says nothing on this")
    expect(column(page, "B").locator(".says-none")).to_have_count(0)
    assert page.evaluate(_PLACES) == places, "no word moved"
    page.keyboard.press("Escape")
    expect(page.locator(".says-none")).to_have_count(0)


@pytest.mark.parametrize("fragment", ["#f1.B", "#q-f1-B", "#f1"])
def test_a_deep_link_lights_the_words_at_load_at_reload_and_typed(
    reader: Reader, run_id: str, fragment: str
) -> None:
    page = reader.open(run_id, fragment)
    assert lit(page, "A") == _plain(QUOTED["A"])
    page.reload()
    assert lit(page, "B") == _plain(QUOTED["B"])
    page.evaluate("location.hash = '#f2.B'")
    until(lambda: lit(page, "B") == "The lighter frame climbs better", "what was typed")


def test_a_finding_has_a_link_to_copy(open_reader: OpenReader, house: House, run_id: str) -> None:
    reader = open_reader(house.person, permissions=["clipboard-read", "clipboard-write"])
    page = reader.open(run_id, "#f2")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{reader.url}/runs/{run_id}/#f2"


def test_lit_words_stay_lit_when_their_block_is_drawn_again(house: House, reader: Reader) -> None:
    house.script(**at_once(judge=[slow_judge(6)], writer=[saying("Fit.")]))
    page = reader.open(house.ask())
    page.locator("#f1 .claim").wait_for()
    page.evaluate("location.hash = '#f1.B'")
    until(lambda: lit(page, "B") == _plain(QUOTED["B"]), "the lit words")
    page.locator("#f2").wait_for()
    assert lit(page, "B") == _plain(QUOTED["B"])
    expect(column(page, "B").locator("#q-f1-B")).to_be_focused()
    wait_for_end(page)


def test_the_claim_in_view_stays_where_it_is_when_the_rest_are_sorted(
    house: House, reader: Reader
) -> None:
    shared = [finding(f"Claim {n}.", "low", B="climbs better") for n in range(1, 12)]
    opposed = finding("Steel wins.", B="not:the heavier one carries more", C="A frame is a promise")
    first, last = json.dumps({"consensus": shared})[:-1], json.dumps({"contradictions": [opposed]})
    judge = {
        "chunks": [first, *", ".ljust(40), last[1:]],
        "tokens_per_s": 20,
        "first_token_s": 0.02,
    }
    house.script(**at_once(judge=[judge], writer=[saying("Fit.")]))
    page = reader.open(house.ask())
    page.locator("#f11").wait_for()
    page.keyboard.press("Shift")  # a reader who does nothing is brought up to the verdict
    page.locator("#f6").evaluate("(row) => row.scrollIntoView({ block: 'start' })")
    top = "(row) => row.getBoundingClientRect().top"
    before = page.locator("#f6").evaluate(top)
    wait_for_end(page)
    assert page.locator(".matrix tbody tr").first.get_attribute("id") == "f12"
    assert abs(page.locator("#f6").evaluate(top) - before) < 2


def test_words_that_were_not_found_are_no_link(house: House, reader: Reader) -> None:
    house.script(**at_once(judge=[saying(judged(A="Take **steel**", B="Take bamboo at once"))]))
    page = reader.open(house.ask())
    wait_for_end(page)
    expect(page.locator("#f1 td[data-letter=A] a")).to_have_count(1)
    expect(page.locator("#f1 td[data-letter=B] a")).to_have_count(0)
    expect(page.locator("#f1 td[data-letter=B] .unverified")).to_be_visible()
    page.locator("#f1 summary").click()
    expect(page.locator("#f1-said-B")).to_contain_text("Take bamboo at once")
    expect(page.locator("#f1-said-B")).to_contain_text("Unverified")
    expect(page.locator("#f1-said-B a")).to_have_count(0)
    page.locator("#f1 .claim").click()
    expect(column(page, "B").locator(".says-none")).to_have_text(
        "B: the words quoted were not found"
    )


def test_cells_and_deep_links_lead_to_their_words_without_script(
    open_reader: OpenReader, house: House, run_id: str
) -> None:
    reader = open_reader(house.person, java_script_enabled=False)
    page = reader.open(run_id)
    page.locator("#f1 td[data-letter=C] a").click()
    expect(page.locator("#f1-said-C")).to_be_visible()
    page.locator("#f1-said-C a").click()
    assert page.url.endswith("#f1.C")
    expect(column(page, "C").locator("mark[data-f~=f1]")).to_be_in_viewport()
    for place in ("f1", "f1.B", "q-f1-B"):
        reader.open(run_id, f"#{place}")
        expect(page.locator(f"[id='{place}']")).to_have_count(1)
        until(lambda: page.evaluate("scrollY") > 0, "the place of the link")


def test_on_a_phone_a_quote_leads_into_the_tab_of_its_column(
    open_reader: OpenReader, house: House, run_id: str
) -> None:
    page = open_reader(house.person, viewport=PHONE).open(run_id)
    expect(column(page, "C")).to_be_hidden()
    page.locator("#f1 td[data-letter=C] a").click()
    page.locator("#f1-said-C a").click()
    expect(column(page, "C").locator("#q-f1-C")).to_be_in_viewport()
