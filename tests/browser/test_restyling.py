"""A block that comes in has itself styled, and leaves the page's thousands of elements alone.

Some selectors ask about neighbours or about what comes later (``:has()``, ``* + *``,
``:nth-last-child()``): one of them, in any sheet, is enough for the browser to style whole answers
anew with every block, and so is a custom property that comes and goes with the run. The page looks
right all the same, and is slow; so the browser's own count is asked.
"""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.reader import Reader, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once, council, paced
from tests.whole.house import House, saying

LONG = 1_000
"""Elements of the answers, at least."""
FEW = 150
"""What three new blocks may have styled: they, and what directly holds them."""
_ONE_BLOCK_EACH = """() => {
  const bodies = [...document.querySelectorAll(".col .prose")];
  for (const body of bodies) {
    const stretch = document.createElement("div");
    stretch.className = "stretch";
    stretch.append(document.createElement("p"));
    body.insertBefore(stretch, body.querySelector(":scope > .tail"));
  }
  document.body.getBoundingClientRect();
  for (const body of bodies) {
    const tail = body.querySelector(":scope > .tail");
    tail.previousElementSibling.append(document.createElement("p"));
    tail.replaceWith(tail.cloneNode());
  }
  document.body.getBoundingClientRect();
}"""


_GOES_ON = """() => {
  document.getElementById("run").toggleAttribute("data-live");
  document.body.getBoundingClientRect();
}"""


@pytest.mark.parametrize("happens", [_ONE_BLOCK_EACH, _GOES_ON], ids=["a block each", "its end"])
def test_no_answer_is_styled_anew_for_what_happens_around_it(
    browser: Browser, house: House, reader: Reader, tmp_path: Path, happens: str
) -> None:
    house.script(**at_once(**{f"m{n}": [saying(RICH * 20)] for n in (1, 2, 3)}))
    run_id = house.ask()
    house.end_of(run_id)
    reader.open(run_id)
    page = reader.open(run_id)  # the sheets are at hand when a page is loaded for the second time
    wait_for_end(page)
    assert page.locator(".col .prose *").count() > LONG
    styled = _styled(browser, page, tmp_path / "trace.json", happens)
    assert 0 < max(styled) < FEW, styled


_COUNTS = """() => [...document.querySelectorAll("*")].filter((element) => {
  const { counterIncrement, counterReset } = getComputedStyle(element);
  const signs = ["::before", "::after"].map((at) => getComputedStyle(element, at).content);
  return /quote/.test(signs) || counterIncrement !== "none" || counterReset !== "none";
}).map((element) => element.localName)"""


def test_nothing_on_the_page_is_counted(house: House, reader: Reader) -> None:
    """What is counted (summaries, the depth of quotation marks) has all of the page counted anew
    when one comes or goes: 20 ms beside eight long answers."""
    house.script(**at_once())
    run_id = house.ask()
    house.end_of(run_id)
    page = reader.open(run_id)
    expect(page.locator("#breakdown summary")).not_to_have_count(0)
    expect(page.locator("#breakdown q")).not_to_have_count(0)
    assert page.evaluate(_COUNTS) == []


def test_the_comparison_that_changes_stays_the_same_element(house: House, reader: Reader) -> None:
    """Another container in its place has the whole page laid out anew."""
    house.script(**council(m1=[paced(RICH, 200)], m2=[paced(PLAIN, 200)]))
    page = reader.open(house.ask())
    page.evaluate("window.piece = document.getElementById('breakdown')")
    assert page.evaluate("window.piece.hidden")
    wait_for_end(page)
    expect(page.locator("#breakdown tbody tr")).not_to_have_count(0)
    assert page.evaluate("window.piece.isConnected")


def _styled(browser: Browser, page: Page, kept: Path, happens: str) -> list[int]:
    """How many elements each pass of the browser styled when that happened."""
    browser.start_tracing(page=page, path=kept, categories=["devtools.timeline"])
    page.evaluate(happens)
    browser.stop_tracing()
    passes = json.loads(kept.read_text("utf-8"))["traceEvents"]
    return [
        event["args"]["elementCount"]
        for event in passes
        if event["name"] == "UpdateLayoutTree" and "elementCount" in event.get("args", {})
    ]
