"""The keyboard's place: always seen, never lost when its part of the page is drawn anew."""

import re

import pytest
from playwright.sync_api import Route, ViewportSize, expect

from tests.browser.conftest import OpenReader
from tests.browser.focus import stops, unseen
from tests.browser.reader import DESK, SMALL_PHONE, Reader, column, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once, endless, judged
from tests.whole.house import House, saying

TWICE_AS_LARGE: ViewportSize = {"width": 720, "height": 450}
SEATS = ["m1", "m2", "m3", "m1", "m2", "m3"]


@pytest.fixture
def six(house: House) -> str:
    """A finished run of six: two in full, four as cards."""
    house.script(**at_once())
    run_id = house.ask(seats=SEATS)
    house.end_of(run_id)
    return run_id


@pytest.mark.parametrize("viewport", [DESK, TWICE_AS_LARGE, SMALL_PHONE], ids=["1", "2", "4"])
def test_every_stop_of_tab_is_seen_at_every_zoom(
    house: House, open_reader: OpenReader, six: str, viewport: ViewportSize
) -> None:
    page = open_reader(house.person, viewport=viewport).open(six)
    wait_for_end(page)
    found = stops(page)
    assert len(found) > 50
    assert unseen(found) == []
    cards = [
        s["what"] for s in found if s["what"].startswith("div#seat-") and "Text of" in s["what"]
    ]
    assert len(cards) == (1 if viewport is SMALL_PHONE else 2), "the texts that stand in full"


def test_every_stop_is_seen_in_the_dark_and_while_evidence_is_shown(
    house: House, reader: Reader, six: str
) -> None:
    page = reader.open(six, "#f1.B")
    page.emulate_media(color_scheme="dark")
    page.locator(".evidence-bar").wait_for()
    assert unseen(stops(page)) == []


def test_a_link_in_an_answer_keeps_the_focus_when_its_words_are_marked(
    house: House, reader: Reader
) -> None:
    linked = "See [the tests](https://example.org/welds) of many welds."
    house.script(
        **at_once(
            m1=[saying(f"Take steel.\n\n{linked}")],
            m3=[endless(PLAIN)],
            judge=[saying(judged(A="of many welds", B="carries more"))],
        )
    )
    run_id = house.ask()
    page = reader.open(run_id)
    link = column(page, "A").get_by_role("link", name="the tests")
    link.focus()
    page.evaluate("first = document.activeElement")
    house.order(run_id, "seats/C/stop")
    column(page, "A").locator("mark").wait_for()
    assert page.evaluate("!first.isConnected")
    expect(link).to_be_focused()


def test_the_focus_passes_to_the_text_when_the_words_around_it_are_replaced(
    house: House, reader: Reader
) -> None:
    house.script(**at_once(m1=[endless(RICH, 400), saying(PLAIN)], m2=[endless(PLAIN)]))
    run_id = house.ask()
    page = reader.open(run_id)
    copy = page.locator("#seat-A-body .code-bar button").first
    copy.wait_for()
    column(page, "A").get_by_role("button", name="Stop A").click()
    column(page, "A").get_by_role("button", name="Ask A again").wait_for()
    copy.focus()
    house.order(run_id, "seats/A/retry")
    until(lambda: texts(page)["A"].startswith(PLAIN[:20]), "the new words of A")
    expect(page.locator("[data-scroller=A]")).to_be_focused()
    page.locator("#run-meta .stop").click()
    wait_for_end(page)


def test_a_button_keeps_the_focus_among_others_like_it(house: House, reader: Reader) -> None:
    """The foot of a column is drawn anew when the judge is done."""
    house.script(**at_once(m3=[endless(PLAIN)]))
    run_id = house.ask()
    page = reader.open(run_id)
    more = column(page, "A").get_by_label("More for A")
    more.focus()
    page.keyboard.press("Enter")
    signed = column(page, "A").get_by_role("button", name="with its source")
    signed.focus()
    page.evaluate("first = document.activeElement")
    house.order(run_id, "seats/C/stop")
    wait_for_end(page)
    assert page.evaluate("!first.isConnected")
    expect(signed).to_be_focused()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(signed).to_be_hidden()


def test_a_menu_does_not_stay_open_over_what_comes_next(reader: Reader, six: str) -> None:
    page = reader.open(six)
    menu = column(page, "A").locator(".col-menu")
    menu.locator("summary").press("Enter")
    menu.get_by_role("button", name="Hide", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(menu.locator("summary")).not_to_be_focused()
    expect(menu).not_to_have_attribute("open", "")


def test_a_column_that_is_moved_again_and_again_keeps_its_menu(reader: Reader, six: str) -> None:
    page = reader.open(six, "?view=grid")
    summary = column(page, "A").get_by_label("Column A")
    for order in ("BACDEF", "BCADEF"):
        summary.press("Enter")
        column(page, "A").get_by_role("button", name="Move right").press("Enter")
        assert f"order={order}" in page.url
        expect(summary).to_be_focused()


def test_what_is_typed_before_the_search_has_come_is_not_taken_for_keys(
    reader: Reader, six: str
) -> None:
    page = reader.open(six)
    held: list[Route] = []
    page.route(re.compile(r"/find\.[^/]*js"), lambda route: held.append(route))
    page.keyboard.press("/")
    until(lambda: page.evaluate("0") == 0 and held, "the script asked for")
    page.keyboard.type("fr")
    held.pop().continue_()
    page.keyboard.type("ame")
    expect(page.locator(".found-said")).to_contain_text("in A")
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_hidden()


def test_the_places_of_a_word_are_gone_through_by_keyboard(reader: Reader, six: str) -> None:
    page = reader.open(six)
    page.keyboard.press("/")
    page.keyboard.type("frame")
    said = page.locator(".found-said")
    expect(said).to_contain_text("in A")
    chip = page.locator("[data-found=B]")
    chip.press("Enter")
    expect(said).to_contain_text("in B")
    expect(chip).to_be_focused()


def test_a_tab_beyond_the_edge_comes_into_view(
    house: House, open_reader: OpenReader, six: str
) -> None:
    page = open_reader(house.person, viewport=SMALL_PHONE).open(six)
    page.locator("[data-tab=E]").focus()
    page.keyboard.press("Tab")
    expect(page.locator("[data-tab=F]")).to_be_focused()
    expect(page.locator("[data-tab=F]")).to_be_in_viewport(ratio=0.9)
