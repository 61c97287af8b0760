"""A block in words says what its page says, and knows where."""

import re
import time
from pathlib import Path

import pytest

from council.render import blocks, html, plain
from tests.render.reading import Reading, corpus, squeezed

_OTHER = re.compile(r"\$|\\\(|\\\[|!\[|·")
"""Formulas and pictures are told in other words, and a dot of the text's own is no dot of ours."""


def told(source: str) -> str:
    return squeezed(plain(source, has_signs=False).text.replace("·", ""))


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_a_real_answer_says_in_words_what_its_page_says(path: Path) -> None:
    for block in blocks(path.read_text(), True).closed:
        if not _OTHER.search(block.source):
            assert told(block.source) == squeezed(Reading(html(block.source, 0)).text)


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_what_is_asked_for_in_a_real_answer_stands_where_it_is_said_to(path: Path) -> None:
    for block in blocks(path.read_text(), True).closed:
        for word in re.finditer(r"\w+", block.source):
            found = plain(block.source, [word.span()], has_signs=False)
            assert all(found.text[low:high] == word[0] for low, high in found.stretches)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("Only words, no marks.", "Only words, no marks."),
        ("Two lines\nof words", "Two lines\nof words"),
        ("**Bold** and `code` and [a link](http://a.test)", "Bold and code and a link"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a · b · 1 · 2"),
        ("```python\nx = '**'\n```", "x = '**'"),
        ("$$\nE = mc^2\n$$", "E = mc^2"),
        ("2 \\* 3 &lt; &amp;lt;", "2 * 3 < &lt;"),
        ("Turned \u202e around", "Turned  around"),
    ],
)
def test_marks_become_what_a_reader_sees(source: str, said: str) -> None:
    text = plain(source, has_signs=False).text
    assert " ".join(text.split(" ")).strip() == said or " ".join(text.split()) == said


def test_a_stretch_that_reaches_beyond_the_block_ends_with_it() -> None:
    for source in ("only words", "**only** words"):
        assert plain(source, [(-5, 500)], has_signs=False).stretches == [(0, len("only words"))]


@pytest.mark.parametrize("piece", ["a", "a\n", "a b ", "a-\n", "**a", "a\n*"])
def test_words_without_end_take_time_that_grows_with_them(piece: str) -> None:
    started = time.process_time()
    plain(piece * 20_000, has_signs=False)
    assert time.process_time() - started < 2
