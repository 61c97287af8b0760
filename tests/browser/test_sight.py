"""For eyes that need it otherwise: colours of their own, wider letters, more contrast."""

from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import SMALL_PHONE, Reader, overflow
from tests.browser.words import at_once
from tests.whole.house import House

WIDER = """* { line-height: 1.5 !important; letter-spacing: .12em !important;
  word-spacing: .16em !important } p { margin-block-end: 2em !important }"""
"""What a reader may set by WCAG 1.4.12 without losing words."""
_WIDEN = """(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}"""
_CUT = """() => [...document.querySelectorAll("#run *")]
  .filter((e) => e.checkVisibility() && !e.closest(".vh, thead, .scroll, .tabs, input"))
  .filter((e) => getComputedStyle(e).overflow.includes("hidden"))
  .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 2)
  .map((e) => `${e.localName}.${e.className} ${e.textContent.trim().slice(0, 30)}`)"""
_COLOURS = """(selector) => {
  const { color, backgroundColor } = getComputedStyle(document.querySelector(selector));
  return [color, backgroundColor];
}"""


@pytest.fixture
def run_id(house: House) -> str:
    """A finished run."""
    house.script(**at_once())
    run_id = house.ask()
    house.end_of(run_id)
    return run_id


def _colours(page: Page, selector: str) -> list[str]:
    found: list[str] = page.evaluate(_COLOURS, selector)
    return found


def test_with_a_readers_own_colours_quoted_words_can_be_read_and_the_choice_is_seen(
    reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id)
    expect(page.locator("#seat-B-body mark").first).to_be_visible()
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(forced_colors="active", color_scheme=scheme)
        text, ground = _colours(page, "body")
        assert text != ground
        assert _colours(page, "#seat-B-body mark")[0] == text, scheme
        chosen = _colours(page, ".speed label:has(:checked)")
        assert chosen != _colours(page, ".speed label:has(:not(:checked))"), scheme


def test_wider_letters_and_lines_cut_no_words_on_the_smallest_screen(
    house: House, open_reader: OpenReader, run_id: str
) -> None:
    page = open_reader(house.person, viewport=SMALL_PHONE).open(run_id)
    page.evaluate(_WIDEN, WIDER)
    assert overflow(page) <= 0
    assert page.evaluate(_CUT) == []


def test_more_contrast_makes_what_is_soft_as_good_as_ink(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    soft = _colours(page, "#run-meta")
    page.emulate_media(contrast="more")
    assert _colours(page, "#run-meta") != soft
