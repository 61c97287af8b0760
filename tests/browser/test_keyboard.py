"""Everything by keyboard, and the keyboard's place is never lost."""

from playwright.sync_api import Page, expect

from tests.browser.reader import Reader, state, texts, until, wait_for_end
from tests.browser.words import PLAIN, at_once, endless, paced, slow_judge
from tests.whole.house import House, saying


def test_tab_reaches_the_skip_link_first_and_the_question_soon(
    house: House, reader: Reader
) -> None:
    page = reader.page
    page.goto("/")
    expect(page.get_by_label("Your question")).to_be_focused()
    page.evaluate("document.activeElement.blur()")
    page.goto("/connect/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def _write(page: Page, *lines: str) -> None:
    page.goto("/")
    page.get_by_label("Your question").fill("")
    for number, line in enumerate(lines):
        if number:
            page.keyboard.press("Shift+Enter")
        page.keyboard.type(line)


def test_shift_enter_is_a_new_line_and_enter_asks(house: House, reader: Reader) -> None:
    _write(page := reader.page, "Steel", "or not?")
    assert page.get_by_label("Your question").input_value() == "Steel\nor not?"
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*/")
    page.get_by_text("The whole question").click()
    expect(page.locator(".whole")).to_have_text("Steel\nor not?")
    wait_for_end(page)


_FIVE_ENTERS = """() => {
  for (let i = 0; i < 5; i++) {
    const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(enter);
  }
}"""


def test_five_fast_enters_are_one_question(house: House, reader: Reader) -> None:
    _write(page := reader.page, "Only once, please?")
    page.evaluate(_FIVE_ENTERS)
    page.wait_for_url("**/runs/*/")
    expect(page.locator(".past a", has_text="Only once, please?")).to_have_count(1)
    wait_for_end(page)


def test_an_empty_question_is_not_asked(house: House, reader: Reader) -> None:
    _write(page := reader.page, "  ")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert page.url == f"{reader.url}/"


def test_stop_keeps_the_focus_while_its_part_is_drawn_again(house: House, reader: Reader) -> None:
    house.script(**at_once(m3=[saying(PLAIN, first_token_s=1.5)], judge=[endless(" ", 10)]))
    page = reader.open(house.ask())
    page.evaluate("window.first = document.querySelector('#run-meta .stop')")
    page.locator("#run-meta .stop").focus()
    until(lambda: state(page) == "judging", "the judge")
    assert page.evaluate("!window.first.isConnected")
    expect(page.locator("#run-meta .stop")).to_be_focused()
    page.keyboard.press("Enter")
    wait_for_end(page)
    expect(page.locator("#run-meta")).to_be_focused()


def test_a_summary_keeps_focus_and_stays_open_while_findings_arrive(
    house: House, reader: Reader
) -> None:
    house.script(**at_once(judge=[slow_judge(4)], writer=[paced(PLAIN, 60)]))
    page = reader.open(house.ask())
    page.locator("#f1 summary").focus()
    page.keyboard.press("Enter")
    page.locator("#f2").wait_for()
    expect(page.locator("#f1 summary")).to_be_focused()
    expect(page.locator("#f1 details")).to_have_attribute("open", "")
    expect(page.locator("#f2 details")).not_to_have_attribute("open", "")
    wait_for_end(page)
    expect(page.locator("#f1 summary")).to_be_focused()
    assert texts(page)["writer"]
