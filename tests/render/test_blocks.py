import re
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from council.render import Block, Stream, blocks, page
from tests.render.markdownish import texts
from tests.render.reading import corpus, squeezed


def sources(text: str, final: bool = True) -> list[str]:
    return [block.source for block in blocks(text, final).closed]


@given(texts(), st.data())
@settings(max_examples=300, deadline=None)
def test_what_a_prefix_has_closed_stays_closed(text: str, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(text)))
    before, after = blocks(text[:cut], False), blocks(text, False)
    assert after.closed[: len(before.closed)] == before.closed
    whole = blocks(text, True)
    assert whole.closed[: len(after.closed)] == after.closed
    assert whole.tail == ""


@given(texts(), st.lists(st.integers(1, 7), min_size=1))
@settings(max_examples=200, deadline=None)
def test_a_stream_ends_the_same_however_it_is_cut(text: str, sizes: list[int]) -> None:
    stream = Stream()
    closed: list[Block] = []
    at, turn = 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        closed += stream.feed(text[at : at + size])
        at, turn = at + size, turn + 1
        so_far = blocks(text[:at], False)
        assert (closed, stream.tail) == (so_far.closed, so_far.tail)
        assert text[stream.tail_start : at] == stream.tail
    assert closed + stream.finish() == blocks(text, True).closed


@given(texts())
@settings(max_examples=200, deadline=None)
def test_blocks_hold_every_word_of_the_text_in_order(text: str) -> None:
    closed = blocks(text, True).closed
    at = 0
    for block in closed:
        assert text[at : block.start].strip(" \t\r\n") == ""
        assert block.source == text[block.start : block.end] != ""
        at = block.end
    assert text[at:].strip(" \t\r\n") == ""


@given(texts())
@settings(max_examples=300, deadline=None)
def test_an_item_that_joins_is_one_list_element_and_so_is_what_it_joins(text: str) -> None:
    closed = blocks(text, True).closed
    for before, block in pairwise(closed):
        if block.joins:
            form = re.fullmatch(r"<(ul|ol)[^>]*><li>.*</li></\1>", block.html, re.DOTALL)
            assert form is not None
            assert before.html.endswith(f"</li></{form[1]}>")


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_real_answers_are_stable_at_every_cut(path: Path) -> None:
    text = path.read_text()
    whole, stream = blocks(text, False), Stream()
    closed: list[Block] = []
    for char in text:
        closed += stream.feed(char)
        assert whole.closed[: len(closed)] == closed
    assert (closed, stream.tail) == (whole.closed, whole.tail)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n\nc", ["a\nb", "c"]),
        ("# h\ntext", ["# h", "text"]),
        ("a\n---\nb", ["a\n---", "b"]),
        ("```\na\n\nb\n```\nc", ["```\na\n\nb\n```", "c"]),
        ("~~~\n```\n~~~\nc", ["~~~\n```\n~~~", "c"]),
        ("- a\n- b\n\n  more\n- c", ["- a", "- b\n\n  more", "- c"]),
        ("- a\n  - b\nlazy\n- c", ["- a\n  - b\nlazy", "- c"]),
        (
            "1. a\n   ```\n   x\n\n   y\n   ```\n2. b",
            ["1. a\n   ```\n   x\n\n   y\n   ```", "2. b"],
        ),
        ("- ```\n  x\nout", ["- ```\n  x", "out"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nc", ["| a | b |\n|---|---|\n| 1 | 2 |", "c"]),
        ("> a\nlazy\n\n> b", ["> a\nlazy", "> b"]),
        ("    a\n\n    b\nc", ["    a\n\n    b", "c"]),
        ("text\n\\[\na\n\\]\nmore", ["text", "\\[\na\n\\]", "more"]),
        ("$$\na\n- b\n$$\nc", ["$$\na\n- b\n$$", "c"]),
        ("$$ is money\n\nc", ["$$ is money", "c"]),
        ("a\n2. b\n1. c", ["a\n2. b", "1. c"]),
        ("* * *\na", ["* * *", "a"]),
    ],
)
def test_a_text_is_cut_where_markdown_begins_something_new(text: str, expected: list[str]) -> None:
    assert sources(text) == expected


@pytest.mark.parametrize(
    ("text", "joins"),
    [
        ("- a\n- b\n\n- c", [False, True, True]),
        ("- a\n* b", [False, False]),
        ("1. a\n2) b", [False, False]),
        ("- a\n\ntext\n\n- b", [False, False, False]),
        ("1. a\n```\nx\n```\n2. b", [False, False, False]),
        ("- a\n1. b", [False, False]),
    ],
)
def test_items_join_while_their_list_goes_on(text: str, joins: list[bool]) -> None:
    assert [block.joins for block in blocks(text, True).closed] == joins


def test_a_list_item_closes_when_the_next_begins() -> None:
    stream = Stream()
    assert stream.feed("1. one\n2. t") == []
    (first,) = stream.feed("wo\n")
    assert (first.source, stream.tail) == ("1. one", "2. two\n")


def test_a_joined_list_is_one_element_on_the_page() -> None:
    closed = blocks("3. a\n4. b\n   - c\n5. d\n\nend", True).closed
    assert page((block.html, block.joins) for block in closed) == (
        '<ol dir="auto" start="3"><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ol>'
        '<p dir="auto">end</p>'
    )


def test_every_so_many_blocks_of_a_page_are_a_stretch_and_no_list_is_cut() -> None:
    closed = blocks("a\n\n- b\n- c\n- d\n\ne\n\nf\n\ng", True).closed
    whole = page(((block.html, block.joins) for block in closed), stretch=2)
    assert whole.split('<div class="stretch">') == [
        "",
        '<p dir="auto">a</p><ul dir="auto"><li>b</li><li>c</li><li>d</li></ul></div>',
        '<p dir="auto">e</p><p dir="auto">f</p></div>',
        '<p dir="auto">g</p></div>',
    ]
    assert page([], stretch=2) == ""


def test_a_long_answer_in_small_feeds_costs_linear_time() -> None:
    text = ("word and **bold** text, " * 40 + "\n\n- item\n- item\n\n") * 410
    stream = Stream()
    started = time.process_time()
    closed = [block for at in range(0, len(text), 4) for block in stream.feed(text[at : at + 4])]
    closed += stream.finish()
    assert time.process_time() - started < 20
    assert len(text) > 400_000
    assert squeezed("".join(block.source for block in closed)) == squeezed(text)
