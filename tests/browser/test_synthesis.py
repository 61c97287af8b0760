"""The synthesis as it is read: what it rests on, what stays open, and who dissents."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reader import Reader, overflow, wait_for_end
from tests.whole.house import House, comparison, finding, saying

STEEL = "Take **steel**, because it can be *welded* anywhere in the world. It weighs $m = 2.4$ kg."
ALUMINIUM = "Never take a metal that rusts in the rain. It costs $5 or $10 more."
WRITTEN = (
    "Steel can be welded anywhere [A]. Rust is said to rule it out [B]. [f1 open] Paint it well."
    "\n\n"
    "- Look at the `frame` first."
)
OWN = "The writer’s own: "


def _script(house: House, written: str = WRITTEN, **pace: float) -> None:
    judged = comparison(
        finding(
            "Steel is the better metal.",
            A="it can be *welded* anywhere",
            B="not:Never take a metal that rusts",
        )
        | {"crux": "whether it is ridden in the rain"}
    )
    house.script(
        m1=[saying(STEEL)], m2=[saying(ALUMINIUM)], judge=[saying(judged)],
        writer=[saying(written, **pace)],
    )  # fmt: skip


@pytest.fixture
def run_id(house: House) -> str:
    """A finished run whose writer cites, adds words of its own and leaves one point open."""
    _script(house)
    run_id = house.ask(seats=["m1", "m2"])
    house.end_of(run_id)
    return run_id


def test_what_the_writer_added_is_marked_as_the_share_says(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    body = page.locator("#synthesis-body")
    expect(page.locator("#synthesis-foot")).to_contain_text("50 % of sentences rest on a member")
    expect(body.get_by_text(OWN)).to_have_count(2)
    assert body.locator(".own").all_text_contents()[0] == f"{OWN}Paint it well."
    expect(page.locator(".legend")).to_be_visible()


def test_a_citation_leads_to_the_members_own_words(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    page.locator("#synthesis-body a.l.B").click()
    lit = page.evaluate("() => [...(CSS.highlights.get('evidence') ?? [])].map(String)")
    assert "Never take a metal that rusts" in lit
    page.locator("#synthesis-body a.sign").click()
    assert page.url.endswith("#f1")


def test_the_dissent_is_told_in_the_dissenters_words_at_every_speed_but_the_shortest(
    reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id)
    report = page.locator("section#minority")
    for speed in ("1 min", "All"):
        page.get_by_label(speed, exact=True).check()
        expect(report).to_be_visible()
        expect(report).to_contain_text("Never take a metal that rusts")
        expect(report).to_contain_text("whether it is ridden in the rain")
    assert _dissenters(page) == ["A", "B"]


def _dissenters(page: Page) -> list[str]:
    """Whose words the run's document has in its minority report."""
    where = page.locator("#run").get_attribute("data-document")
    document = page.request.get(page.url.split("/runs/")[0] + str(where)).json()
    return [voice["seat"] for voice in document["minority"][0]["voices"]]


def test_live_and_after_a_reload_the_synthesis_is_the_same(reader: Reader, house: House) -> None:
    _script(house, tokens_per_s=25, first_token_s=0.2)
    page = reader.open(house.ask(seats=["m1", "m2"]))
    page.evaluate(
        """() => { window.seen = ""; new MutationObserver(() => {
          seen += document.getElementById("synthesis-body").innerText;
        }).observe(document.body, { subtree: true, childList: true, characterData: true }); }"""
    )
    wait_for_end(page)
    assert not re.search(r"\[f1|`frame", page.evaluate("seen"))
    live = page.locator(".synthesis").inner_html()
    page.reload()
    assert page.locator(".synthesis").inner_html() == live


def test_formulas_are_drawn_and_money_is_not(reader: Reader, run_id: str) -> None:
    page = reader.open(run_id)
    assert page.evaluate("document.querySelector('#seat-A math').namespaceURI").endswith("MathML")
    expect(page.locator("#seat-B math")).to_have_count(0)
    expect(page.locator("#seat-B-body")).to_contain_text("It costs $5 or $10 more.")


def test_the_timeline_says_what_was_waited_for_and_tells_every_call(
    reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id)
    timeline = page.locator("#timeline")
    waited = r"The run waited for [AB] \(.+, then the judge \(.+, then the writer \(.+"
    expect(timeline.locator(".waited-for")).to_have_text(re.compile(waited))
    timeline.locator("summary").click()
    expect(timeline.locator("tbody tr")).to_have_count(4)
    page.set_viewport_size({"width": 390, "height": 844})
    assert overflow(page) == 0
