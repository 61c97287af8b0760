"""Without JavaScript everything can be asked, and everything finished can be read."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import is_over, until
from tests.browser.words import PLAIN, at_once, paced
from tests.fakes.server import Browserless
from tests.whole.house import House

PIECES = ("#verdict", "#breakdown", ".synthesis", "#seat-A", "#seat-B", "#seat-C", "#timeline")


def _words(page: Page) -> dict[str, str]:
    """What can be read in each piece; controls that only script can serve are no words."""
    controls = page.locator("button, .col-menu")
    controls.evaluate_all("(controls) => controls.forEach((control) => control.remove())")
    return {piece: " ".join(page.locator(piece).inner_text().split()) for piece in PIECES}


def test_a_finished_run_is_complete_without_script(house: House, open_reader: OpenReader) -> None:
    house.script(**at_once())
    run_id = house.ask()
    house.end_of(run_id)
    with_script = _words(open_reader(house.person).open(run_id))
    without = open_reader(house.person, java_script_enabled=False).open(run_id)
    assert _words(without) == with_script
    assert "Take steel for repairs" in with_script[".synthesis"]
    assert "Steel is the better metal." in with_script["#breakdown"]


def test_a_question_is_composed_and_asked_without_script(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**at_once(m2=[paced(PLAIN, 200)]))
    page = open_reader(house.person, java_script_enabled=False).page
    page.goto("/")
    page.locator(".seats summary").click()
    page.get_by_label("Model of A").fill("fake/m1")
    page.get_by_label("Model of B").fill("fake/m2")
    while page.get_by_label("Model of C").count():
        page.get_by_label("Remove C").click()
    page.get_by_label("Judge").fill("fake/judge")
    page.get_by_label("Writer").fill("fake/writer")
    page.get_by_label("Your question").fill("Steel, without script?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Steel, without script?")
    until(lambda: page.reload() and is_over(page), "the end of the run")
    expect(page.locator("#seat-A")).to_contain_text("Why steel")
    expect(page.locator(".synthesis")).to_contain_text("Take steel for repairs")


def test_without_a_provider_a_question_is_kept_and_a_sample_can_be_watched(
    first_start: Browserless, open_reader: OpenReader
) -> None:
    page = open_reader(first_start, java_script_enabled=False, allow="status of 409").page
    page.goto("/")
    page.get_by_label("Your question").fill("Where is my question?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_label("Your question")).to_have_value("Where is my question?")
    page.get_by_role("button", name="Back to the question").click()
    expect(page.get_by_label("Your question")).to_have_value("Where is my question?")
    page.locator("button.sample").first.click()
    expect(page.locator("#run-meta")).to_contain_text("Scripted, not AI")
    with page.expect_navigation():  # a reload beside it is refused by the browser
        page.locator("#run-meta .stop").click()
    until(lambda: page.reload() and is_over(page), "the end of the run")
