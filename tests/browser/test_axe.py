"""No page has anything an accessibility checker objects to, in the light and in the dark."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, texts, until, wait_for_end
from tests.browser.words import PLAIN, QUOTED, RICH, at_once, council, endless, slow_judge
from tests.fakes.server import Browserless
from tests.whole.house import House, comparison, finding, saying

CONTESTED = comparison(finding("Steel is the better metal.", A=QUOTED["A"], B=f"not:{QUOTED['B']}"))
REPLIES = {
    "m1": [saying(RICH), saying("TRUE\n\nStill.")],
    "m2": [saying(PLAIN * 8), saying("TRUE\n\nRepairs decide it.")],
}
WRONG = {"status": 401, "body": {"error": {"message": "Invalid key."}}}


@pytest.fixture
def page(open_reader: OpenReader, house: House) -> Iterator[Page]:
    """The owner's page; what a test leaves running is stopped."""
    page = open_reader(house.person).page
    yield page
    if page.locator("#run-meta .stop").count():
        page.locator("#run-meta .stop").click()
        wait_for_end(page)


def _open(page: Page, run_id: str, *, is_over: bool = True) -> None:
    page.goto(f"/runs/{run_id}/")
    if is_over:
        wait_for_end(page)


def test_the_gate(house: House, open_reader: OpenReader) -> None:
    page = open_reader(house.person, signed_in=False, allow="status of 401").page
    page.goto("/")
    assert objections(page) == []


@pytest.mark.parametrize("address", ["/", "/connect/", "/composer/seats"])
def test_the_pages_before_a_question(page: Page, address: str) -> None:
    page.goto(address)
    assert objections(page) == []


def test_the_settings(page: Page) -> None:
    """In one go: each is a page without a state of its own."""
    names = ("", "data", "data/everything", "people", "people/1", "server", "links")
    for name in (*names, "spend", "reading"):
        page.goto(f"/settings/{name}")
        assert objections(page) == [], name


@pytest.mark.parametrize("address", ["/", "/connect/"])
def test_the_first_start(first_start: Browserless, open_reader: OpenReader, address: str) -> None:
    page = open_reader(first_start).page
    page.goto(address)
    assert objections(page) == []


def test_a_streaming_run(house: House, page: Page) -> None:
    house.script(**council(m1=[endless(RICH, 60)], m2=[endless(PLAIN)]))
    _open(page, house.ask(), is_over=False)
    until(lambda: texts(page)["A"].count("promise") > 1, "many words")
    assert objections(page) == []


def test_a_run_being_judged(house: House, page: Page) -> None:
    house.script(**at_once(judge=[slow_judge(0.2)]))
    _open(page, house.ask(), is_over=False)
    page.locator("#f1").wait_for()
    assert objections(page) == []


def test_a_finished_run(house: House, page: Page) -> None:
    house.script(**at_once(m1=[saying(RICH * 2, reasoning=PLAIN)]))
    _open(page, house.ask())
    page.locator("#f1 summary").click()
    page.locator("#f1 td[data-letter=B] a").click()
    assert objections(page) == []


def test_a_run_with_a_failed_member_and_a_broken_judge(house: House, page: Page) -> None:
    house.script(**at_once(m2=[WRONG], judge=[saying("I would rather not say.")]))
    _open(page, house.ask())
    assert objections(page) == []


def test_a_run_in_which_nobody_answered(house: House, page: Page) -> None:
    house.script(m1=[WRONG], m2=[WRONG], m3=[WRONG])
    _open(page, house.ask())
    assert objections(page) == []


def test_a_run_with_one_answer(house: House, page: Page) -> None:
    house.script(**at_once())
    _open(page, house.ask(seats=["m1"]))
    assert objections(page) == []


def test_a_run_with_eight_members(house: House, page: Page) -> None:
    house.script(**at_once())
    _open(page, house.ask(seats=["m1", "m2"] * 4))
    assert objections(page) == []


def test_a_finished_run_on_a_phone(house: House, open_reader: OpenReader) -> None:
    house.script(**at_once(m2=[WRONG]))
    page = open_reader(house.person, viewport=PHONE, has_touch=True).page
    _open(page, house.ask())
    assert objections(page) == []


def test_a_run_without_names_in_which_somebody_looks_for_words_and_keys(
    house: House, page: Page
) -> None:
    house.script(**at_once())
    page.goto(f"/runs/{house.ask()}/?blind=1")
    wait_for_end(page)
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("searchbox", name="Find in the answers").fill("metal")
    assert objections(page) == [], "the bar"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys", exact=True).click()
    assert objections(page) == [], "the dialog"


def test_a_follow_up_to_one_member(house: House, page: Page) -> None:
    house.script(**at_once())
    run_id = house.ask()
    house.end_of(run_id)
    page.goto(f"/runs/{run_id}/")
    page.get_by_label("To", exact=True).select_option("B")
    page.get_by_role("textbox", name="Follow up").fill("Are you sure?")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.wait_for_url(lambda url: run_id not in url)
    wait_for_end(page)
    assert objections(page) == []


def test_a_run_on_which_everything_is_open(house: House, page: Page) -> None:
    house.script(**at_once())
    run_id = house.ask()
    _open(page, run_id)
    page.evaluate(
        "for (const d of document.querySelectorAll('.run details:not(.menu)')) d.open = true"
    )
    page.get_by_label("Column B").click()
    assert objections(page) == [], "quotes, calls and a menu"
    page.locator("#speed-contested").check(force=True)
    assert objections(page) == [], "one minute"


def test_what_is_made_of_a_finished_run(house: House, page: Page) -> None:
    """Sharing it, what a stranger sees, a point asked again, another judge, another member."""
    house.script(**{**at_once(judge=[saying(CONTESTED), saying(CONTESTED)]), **REPLIES})
    run_id = house.ask()
    house.end_of(run_id)
    for part in ("share", "judgings/new", "points/f1"):
        page.goto(f"/runs/{run_id}/{part}")
        assert objections(page) == [], part
    shared = house.person.post(f"/runs/{run_id}/share")
    link = re.search(r"/s/[\w-]+/", shared.text)
    reply = house.person.post(f"/runs/{run_id}/points/f1", key=f"only-{run_id}")
    judged_again = house.person.post(
        f"/runs/{run_id}/judgings/new", model="fake/judge", order="new", seen=run_id
    )
    assert link
    for url in (str(reply.url), str(judged_again.url)):
        page.goto(url)
        wait_for_end(page)
        assert objections(page) == [], url
    for url in (f"{judged_again.url}judgings/", link[0]):
        answer = page.goto(url)
        assert answer is not None
        assert answer.ok, url
        assert objections(page) == [], url
