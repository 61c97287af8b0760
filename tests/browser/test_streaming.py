"""A council at work: everything arrives at once, and nothing moves under the reader."""

from playwright.sync_api import Page, expect

from tests.browser.reader import Reader, bodies, column, state, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once, council, endless, paced, slow_judge
from tests.whole.house import House

MEMBERS = ("A", "B", "C")


def _unending(house: House) -> str:
    house.script(**council(m1=[endless(RICH)], m2=[endless(PLAIN)], m3=[endless(RICH, 20)]))
    return house.ask()


def test_every_column_grows_before_any_member_has_finished(house: House, reader: Reader) -> None:
    page = reader.open(_unending(house))
    until(lambda: all(texts(page)[m] for m in MEMBERS), "words in every column")
    before = texts(page)
    until(lambda: all(len(texts(page)[m]) > len(before[m]) for m in MEMBERS), "more words in each")
    assert state(page) == "members"
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)


def test_markdown_is_formatted_while_it_streams(house: House, reader: Reader) -> None:
    page = reader.open(_unending(house))
    body = page.locator("[data-body=A]")
    for tag in ("h4", "strong", "ul > li", "ol > li", "table td", "pre code", "blockquote"):
        expect(body.locator(tag).first).to_be_visible()
    expect(body.get_by_role("button", name="Copy code").first).to_be_visible()
    assert state(page) == "members"
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)


def test_findings_appear_while_the_judge_still_writes(house: House, reader: Reader) -> None:
    house.script(**at_once(judge=[slow_judge(0.2)]))
    run_id = house.ask()
    page = reader.open(run_id)
    expect(page.locator("#breakdown tbody tr")).to_have_count(1)
    expect(page.locator("#breakdown")).to_contain_text("Steel is the better metal.")
    assert state(page) == "judging"
    (asked,) = house.provider.requests("judge")
    assert not [e for e in house.provider.log() if e["event"] == "end" and e["id"] == asked["id"]]
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)


def test_the_synthesis_is_written_beside_the_breakdown(house: House, reader: Reader) -> None:
    house.script(**at_once(writer=[endless("Take steel for repairs [A]. ")]))
    page = reader.open(house.ask())
    until(lambda: "Take steel" in texts(page)["writer"], "the writer's words")
    breakdown, synthesis = page.evaluate(  # at one moment: the page may be on its way up
        "['#breakdown', '.synthesis'].map((piece) => "
        "document.querySelector(piece).getBoundingClientRect().toJSON())"
    )
    assert breakdown["x"] + breakdown["width"] <= synthesis["x"]
    assert abs(breakdown["y"] - synthesis["y"]) < 40
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)


def test_the_end_brings_the_verdict_and_the_timeline(house: House, reader: Reader) -> None:
    house.script(**council(m1=[paced(RICH, 200)], m2=[paced(PLAIN, 200)]))
    page = reader.open(house.ask())
    assert state(page) != "done"
    wait_for_end(page)
    assert state(page) == "done"
    for part in ("#verdict", "#timeline", "#synthesis-foot", "#breakdown"):
        expect(page.locator(part)).to_be_visible()
    expect(page.locator("#status")).to_contain_text("The synthesis is ready.")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def _scroll(page: Page, seat: str) -> dict[str, float]:
    found: dict[str, float] = (
        column(page, seat)
        .locator(".scroll")
        .evaluate(
            "(e) => ({ top: e.scrollTop, left: e.scrollHeight - e.clientHeight - e.scrollTop })"
        )
    )
    return found


def test_a_reader_at_the_end_follows_and_one_who_went_up_is_left_alone(
    house: House, reader: Reader
) -> None:
    house.script(**council(m1=[endless(PLAIN + "\n\n", 200)], m2=[endless(PLAIN, 200)]))
    page = reader.open(house.ask())
    until(lambda: min(_scroll(page, s)["top"] for s in ("A", "B")) > 200, "two columns at the end")
    column(page, "A").locator(".scroll").evaluate("(e) => (e.scrollTop = 100)")
    before = texts(page)
    until(lambda: len(texts(page)["A"]) > len(before["A"]) + 2000, "many more words")
    assert _scroll(page, "A")["top"] == 100
    assert _scroll(page, "B")["left"] < 48
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)


def test_the_status_line_is_one_live_region_whose_words_change(
    house: House, reader: Reader
) -> None:
    page = reader.open(_unending(house))
    page.evaluate("window.status_ = document.getElementById('status')")
    before = page.evaluate("window.status_.textContent")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)
    expect(page.locator("#status")).not_to_have_text(before)
    assert page.evaluate("window.status_.isConnected"), "a region that is replaced is not read out"


def test_what_is_out_of_sight_of_a_long_answer_is_left_out_of_the_work(
    house: House, reader: Reader
) -> None:
    house.script(**council(m1=[paced(RICH * 14, 900)], m2=[paced(PLAIN)], m3=[paced(PLAIN)]))
    page = reader.open(house.ask())
    wait_for_end(page)
    scroller, stretches = column(page, "A").locator(".scroll"), page.locator("#seat-A .stretch")
    kinds = "(all) => all.map((e) => getComputedStyle(e).contentVisibility)"
    assert stretches.evaluate_all(kinds) == ["auto"] * (stretches.count() - 2) + ["visible"] * 2
    table = stretches.first.locator("table").first
    is_drawn = "(e) => e.checkVisibility({ contentVisibilityAuto: true })"
    assert not table.evaluate(is_drawn)
    scroller.scroll_into_view_if_needed()
    scroller.evaluate("(e) => (e.scrollTop = 0)")
    until(lambda: table.evaluate(is_drawn), "the first words drawn again")
    live = bodies(page)
    page.reload()
    assert bodies(page) == live
    assert set(stretches.evaluate_all(kinds)) == {"visible"}
