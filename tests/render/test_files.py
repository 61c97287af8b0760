"""Real answers, block by block, against the same answers read whole by markdown-it.

They agree word for word, with one exception: display math (``$$``, ``\\[``) is left as it was
written here, while Markdown takes backslashes out of it. Links may differ in attributes only.
"""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from council.render import blocks, page
from tests.render.reading import Reading, corpus, squeezed

WHOLE = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def rendered(text: str) -> str:
    return page((block.html, block.joins) for block in blocks(text, True).closed)


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_blocks_of_a_real_answer_say_what_the_whole_says(path: Path) -> None:
    text = path.read_text()
    html = rendered(text)
    ours, whole = Reading(html).text, Reading(WHOLE.render(text)).text
    if 'class="math"' in html:
        ours, whole = ours.replace("\\", ""), whole.replace("\\", "")
    assert squeezed(ours) == squeezed(whole)


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_a_real_answer_renders_to_html_that_is_on_the_list(path: Path) -> None:
    reading = Reading(rendered(path.read_text()))
    assert reading.problems == []
    assert reading.ids == []
