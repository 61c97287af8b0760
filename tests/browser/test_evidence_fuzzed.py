"""Every evidence link leads to exactly the words quoted, whatever an answer is made of."""

import random
import re
from typing import Any

from tests.browser.reader import Reader
from tests.browser.words import at_once
from tests.render.test_marks import SHAPES, WORDS
from tests.whole.house import House, comparison, finding, saying

SEATS = "ABCDEFGH"
FINDINGS = 40
_LINKS = r"""() => [...document.querySelectorAll("#breakdown a[href^='#f']")]
  .map((a) => /^#(f\d+)\.([A-H])$/.exec(a.getAttribute("href")))
  .filter(Boolean)
  .map(([hash, finding, seat]) => {
    const body = document.querySelector(`[data-body="${seat}"]`);
    const marks = [...body.querySelectorAll(`mark[data-f~="${finding}"]`)];
    return {
      finding, seat,
      leads: body.contains(document.getElementById(hash.slice(1)))
        && body.contains(document.getElementById(`q-${finding}-${seat}`)),
      words: marks.map((mark) => mark.textContent).join(" "),
    };
  })"""


def _answer(dice: random.Random) -> tuple[str, list[str]]:
    """Markdown of many shapes with emoji and right-to-left words; no word occurs twice."""
    words: list[str] = []

    def word(_: re.Match[str]) -> str:
        words.append(f"{dice.choice(WORDS)}{len(words)}w")
        return words[-1]

    return re.sub(r"\{\}", word, "\n\n".join(dice.choices(SHAPES, k=6))), words


def _dressed(dice: random.Random, quote: str) -> str:
    """The same words as a careless judge would give them."""
    return dice.choice([quote, quote.upper(), f"“{quote}”", f"**{quote}**", f"…{quote}…"])


def _tokens(text: str) -> list[str]:
    return re.findall(r"[^\s'|`*]*\d+w", text.lower())


def test_all_links_lead_to_the_quoted_words_and_no_others(house: House, reader: Reader) -> None:
    dice = random.Random(20260101)
    answers = {seat: _answer(dice) for seat in SEATS}
    quoted: dict[tuple[str, str], list[str]] = {}
    findings: list[dict[str, Any]] = []
    for number in range(1, FINDINGS + 1):
        quotes = {}
        for seat, (_, words) in answers.items():
            first = dice.randrange(len(words))
            said = words[first : first + dice.randint(1, 4)]
            if dice.random() < 0.2:
                said = [*said, "nobody", "wrote", "99w"]  # must come out unverified
            quoted[f"f{number}", seat] = said
            quotes[seat] = _dressed(dice, " ".join(said))
        findings.append(finding(f"Claim {number}", **quotes))
    says = {f"m{i}": [saying(answers[seat][0])] for i, seat in enumerate(SEATS, 1)}
    house.script(**at_once(**says, judge=[saying(comparison(*findings))]))
    run_id = house.ask(seats=list(says))
    house.end_of(run_id)
    page = reader.open(run_id)
    links = page.evaluate(_LINKS)
    assert len(links) > FINDINGS * len(SEATS) // 3
    for link in links:
        wanted = quoted[link["finding"], link["seat"]]
        assert link["leads"], link
        assert "99w" not in wanted, f"unverified, but a link: {link}"
        assert _tokens(link["words"]) == [word.lower() for word in wanted], link
