"""Real answers, block by block, against the same answers read whole by markdown-it.

They agree word for word, with one exception: formulas, which Markdown shows as TeX without its
backslashes. Links may differ in attributes only.
"""

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from council.render import blocks, page
from tests.render.reading import Reading, corpus, squeezed

_FORMULA = re.compile("<math.*?</math>", re.DOTALL)
WHOLE = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def rendered(text: str) -> str:
    return page((block.html, block.joins) for block in blocks(text, True).closed)


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_blocks_of_a_real_answer_say_what_the_whole_says(path: Path) -> None:
    text = path.read_text()
    html = _FORMULA.sub("⟐", rendered(text))
    ours, whole = Reading(html).text, Reading(WHOLE.render(text)).text
    if "⟐" in html or 'class="math"' in html:
        ours, whole = ours.replace("\\", ""), whole.replace("\\", "")
    _assert_same(squeezed(ours), squeezed(whole))


def _assert_same(ours: str, whole: str) -> None:
    """The same words in the same order; where a formula is shown there stood TeX."""
    at = 0
    first, *rest = ours.split("⟐")
    assert whole.startswith(first)
    at = len(first)
    for number, piece in enumerate(rest, start=1):
        is_last = number == len(rest)
        found = len(whole) - len(piece) if is_last else whole.find(piece, at + 1)
        assert found > at, f"not found: {piece[:200]}"
        if piece:
            assert whole[at] in "$([b", f"no formula: {whole[at:found][:200]}"
            at = found + len(piece)
    assert whole.endswith(rest[-1] if rest else first)
    assert rest or whole == first


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_a_real_answer_renders_to_html_that_is_on_the_list(path: Path) -> None:
    reading = Reading(rendered(path.read_text()))
    assert reading.problems == []
    assert reading.ids == []
