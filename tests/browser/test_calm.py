"""A live run tells those who listen its milestones, and nothing else."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import NO_LINE, Reader, state, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once, endless, judged, paced
from tests.whole.house import House, saying

SEATS = 8
MOST_CHARS = 160
WRONG = {"status": 401, "body": {"error": {"message": "Invalid key."}}}

_LISTEN = """() => {
  window.announced = [];
  const live = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output";
  const last = new Map();
  new MutationObserver((changes) => {
    const regions = new Set();
    for (const { target, addedNodes } of changes) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      if (element?.closest(live)) regions.add(element.closest(live));
      for (const node of addedNodes) {
        if (node.nodeType !== 1) continue;
        for (const found of [node, ...node.querySelectorAll(live)]) {
          if (found.matches(live)) regions.add(found);
        }
      }
    }
    for (const region of regions) {
      const words = region.checkVisibility() ? region.innerText.trim() : "";
      const name = region.id || region.className;
      if (words && last.get(name) !== words) window.announced.push(words);
      last.set(name, words);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}"""
"""What a screen reader would say: every change of words in a live region that can be seen."""


def test_a_run_of_eight_is_announced_in_few_and_short_words(house: House, reader: Reader) -> None:
    members = {
        f"m{n}": [paced((RICH if n % 2 else PLAIN * 3) * 2, 150 + 20 * n, first_token_s=0.5)]
        for n in range(1, SEATS + 1)
    }
    house.script(
        **members,
        judge=[paced(judged(), 100)],
        writer=[paced("Take steel for repairs [A], aluminium for weight [B].\n\n" * 4, 100)],
    )
    reader.page.add_init_script(f"({_LISTEN})()")
    page = reader.open(house.ask(seats=list(members)))
    wait_for_end(page)
    announced = _announced(page)
    assert len(announced) >= 2, announced
    assert announced[-1].endswith("The synthesis is ready."), announced


def test_failures_and_a_broken_judge_are_told_in_few_and_short_words(
    house: House, reader: Reader
) -> None:
    house.script(
        **at_once(m2=[WRONG, saying(PLAIN)], judge=[saying("No."), saying("No."), saying(judged())])
    )
    reader.page.add_init_script(f"({_LISTEN})()")
    run_id = house.ask(seats=["m1", "m2", "m3"] * 2 + ["m1", "m3"])
    page = reader.open(run_id)
    wait_for_end(page)
    first = _announced(page)
    assert "The synthesis is ready." in first[-1]
    house.order(run_id, "seats/B/retry")
    until(lambda: PLAIN[:20] in texts(page)["B"], "the words of B")
    wait_for_end(page)
    assert len(_announced(page)) <= len(first) + 4, "one member asked again is no second run"


def test_nothing_is_told_again_after_a_reload_and_no_words_of_an_answer_ever(
    house: House, reader: Reader
) -> None:
    house.script(
        **at_once(
            m3=[endless(PLAIN)],
            judge=[saying(judged(), first_token_s=0.5)],
            writer=[endless(PLAIN)],
        )
    )
    run_id = house.ask()
    page = reader.open(run_id)
    until(lambda: PLAIN[:20] in texts(page)["C"], "the words of C")
    _reload(page)
    long_before = len(texts(page)["C"])
    until(lambda: len(texts(page)["C"]) > long_before + 20, "more words of C")
    assert _announced(page) == []
    house.order(run_id, "seats/C/stop")
    page.locator("#run-meta[data-state=judging]").wait_for()
    until(lambda: state(page) == "writing" and texts(page)["writer"], "the writer")
    assert _announced(page) == [
        "3 of 3 answered. The judge is comparing.",
        "The comparison is ready. The synthesis is being written.",
    ]
    _reload(page)
    long_before = len(texts(page)["writer"])
    until(lambda: len(texts(page)["writer"]) > long_before + 20, "more words of the writer")
    assert _announced(page) == []
    house.order(run_id, "stop")
    wait_for_end(page)
    assert len(_announced(page)) == 1


def test_a_lost_connection_is_told_to_those_who_listen(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**at_once(m3=[endless(PLAIN)]))
    page = open_reader(house.person, allow=NO_LINE).open(house.ask())
    until(lambda: texts(page)["C"], "the words of C")
    page.evaluate(f"({_LISTEN})()")
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_be_visible()
    assert "".join(_announced(page)).startswith("Connection lost.")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
    page.locator("#run-meta .stop").click()
    wait_for_end(page)


def _reload(page: Page) -> None:
    """What stands in a region when a page comes is not read out: only what changes from then."""
    page.reload()
    page.evaluate(f"({_LISTEN})()")


def _announced(page: Page) -> list[str]:
    """What was said so far, within its measure."""
    announced: list[str] = page.evaluate("window.announced")
    assert len(announced) <= 2 * SEATS + 4, announced
    assert all(len(words) <= MOST_CHARS for words in announced), announced
    return announced
