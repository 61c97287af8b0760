from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from council.render import blocks, page
from tests.render.reading import Reading, corpus, squeezed

DIFFERENT: dict[str, str] = {}


def of_blocks(text: str) -> Reading:
    return Reading(page((block.html, block.joins) for block in blocks(text, True).closed))


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_blocks_of_a_real_answer_say_what_the_whole_says(path: Path) -> None:
    text = path.read_text()
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    whole = Reading(markdown.render(text))
    reading = of_blocks(text)
    assert reading.problems == []
    assert squeezed(reading.text) == squeezed(whole.text)
