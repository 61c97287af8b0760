"""A live run of eight tells those who listen its milestones, and nothing else."""

from tests.browser.reader import Reader, wait_for_end
from tests.browser.words import PLAIN, RICH, judged, paced
from tests.whole.house import House

SEATS = 8
MOST_CHARS = 160

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
      const words = region.checkVisibility() ? region.textContent.trim() : "";
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
    announced: list[str] = page.evaluate("window.announced")
    assert len(announced) >= 2, announced
    assert len(announced) <= 2 * SEATS + 4, announced
    assert max(map(len, announced)) <= MOST_CHARS, announced
    assert announced[-1].endswith("The synthesis is ready."), announced
