"""Stop, Judge now and Ask again: the reader decides, and what was written stays."""

from datetime import datetime

from playwright.sync_api import Page, expect

from tests.browser.reader import Reader, column, state, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, SYNTHESIS, at_once, council, endless, judged
from tests.whole.house import House, saying

STOPPED_WITHIN_S = 1.0
"""What a reader is promised between Stop and the closed connection to the provider."""
STOP = "#run-meta .stop"


def test_stop_ends_the_calls_at_once_and_keeps_the_words(house: House, reader: Reader) -> None:
    house.script(**council(m1=[endless(RICH)], m2=[endless(PLAIN)], m3=[endless(PLAIN)]))
    page = reader.open(house.ask())
    until(lambda: all(texts(page)[s] for s in "ABC"), "words in every column")
    before = texts(page)
    with page.expect_response("**/stop") as answered:
        page.locator(STOP).click()
    assert answered.value.status == 204
    wait_for_end(page)
    requests = house.provider.requests()
    ends = [house.provider.end_of(request, within_s=10) for request in requests]
    assert {end["how"] for end in ends} == {"client_left"}
    assert max(e["t"] for e in ends) - min(e["t"] for e in ends) < STOPPED_WITHIN_S
    assert all(len(texts(page)[s]) >= len(before[s]) - 20 for s in "ABC")
    expect(page.locator(STOP)).to_have_count(0)


def test_stop_reaches_the_provider_within_a_second_of_the_press(
    house: House, reader: Reader
) -> None:
    house.script(**at_once(writer=[endless(SYNTHESIS)]))
    page = reader.open(house.ask())
    until(lambda: texts(page)["writer"], "the writer's words")
    (asked,) = house.provider.requests("writer")
    pressed_at = page.evaluate("Date.now()") / 1000
    page.locator(STOP).click()
    end = house.provider.end_of(asked, within_s=10)
    assert end["how"] == "client_left"
    # The log's clock is monotonic; a request's line has both, so one leads to the other.
    ended_at = _clock(asked) + end["t"] - asked["t"]
    assert ended_at - pressed_at < STOPPED_WITHIN_S
    wait_for_end(page)


def _clock(request: dict[str, object]) -> float:
    return datetime.fromisoformat(str(request["at"])).timestamp()


def test_judge_now_leaves_out_who_is_still_writing(house: House, reader: Reader) -> None:
    house.script(**at_once(m3=[endless(PLAIN, 5)], judge=[saying(judged(A="Take **steel**"))]))
    page = reader.open(house.ask())
    page.get_by_role("button", name="Judge now").click()
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#f1 td[data-letter=C]")).to_contain_text("C was not judged")
    until(lambda: "Fit matters" in texts(page)["writer"], "the synthesis")
    if column(page, "C").get_by_role("button", name="Stop C").count():
        column(page, "C").get_by_role("button", name="Stop C").click()
    wait_for_end(page)
    expect(column(page, "C")).to_contain_text("Not judged")
    assert texts(page)["C"]


def _again(page: Page, seat: str) -> None:
    column(page, seat).get_by_role("button", name=f"Ask {seat} again").click()


def test_a_failed_member_is_asked_again_while_the_others_write(
    house: House, reader: Reader
) -> None:
    wrong = {"status": 400, "body": {"error": {"message": "The dice are broken."}}}
    house.script(**council(m1=[endless(PLAIN)], m2=[wrong, saying(PLAIN)]))
    page = reader.open(house.ask())
    expect(column(page, "B")).to_contain_text("The dice are broken.")
    assert state(page) == "members"
    _again(page, "B")
    until(lambda: texts(page)["B"].strip() == PLAIN.strip(), "the second answer")
    expect(column(page, "B")).to_contain_text("Attempt 2")
    expect(column(page, "B").locator(".failure")).to_have_count(0)
    page.locator(STOP).click()
    wait_for_end(page)


def test_a_failed_member_is_asked_again_after_the_end(house: House, reader: Reader) -> None:
    wrong = {"status": 400, "body": {"error": {"message": "The dice are broken."}}}
    house.script(**at_once(m2=[wrong, saying(PLAIN * 8)]))
    page = reader.open(house.ask())
    wait_for_end(page)
    assert state(page) == "partial"
    before = texts(page)
    _again(page, "B")
    expect(page.locator("[data-body=B]")).to_contain_text(PLAIN.strip())
    wait_for_end(page)
    assert {**texts(page), "B": ""} == before
    page.get_by_role("button", name="Compare again, with B").click()
    expect(page.locator("#f1 td[data-letter=B] a")).to_be_visible()
    wait_for_end(page)
    expect(page.locator(".answers")).not_to_contain_text("Not judged")
