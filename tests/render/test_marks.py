import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from council.render import Mark, blocks, html, page
from tests.render.reading import Reading, corpus

SHAPES = [
    "{} {} {}",
    "**{} {}** {}",
    "*{}* `{} {}` ~~{}~~",
    "`` {} ` {} `` `{}\n{}`",
    "# {} {} #",
    "{}\n===",
    "- {} {}\n- {}\n  - {} *{}*",
    "3. {} {}\n   {}\n\n   {}",
    "> {} {}\n> **{}\n> {}** {}",
    "> - {}\n>   {}",
    "| {} | {} \\| {} |\n|---|:-:|\n| **{}** | `{}` |\n| {} {}",
    "- {}\n\n  | {} | {} |\n  |---|---|\n  | {} | {} |",
    "```python\nif {}:  # {}\n\treturn '{}'\n```",
    "- {}\n  ```\n  {}\n\n    {} {}\n  ```",
    "\t{} {}\n\n    {}",
    "{}\\\n{}  \n   {} \\* {} &amp; {}",
    "[{} {}](https://a.test) {} <https://a.test/> {}",
    "![{} {}](https://a.test/i.png) {}",
    "\\[\n\\unknown {} {}\n\\]",
    "\u00a0{}\r\n{} \u202e{}",
]
WORDS = ["wort", "łódź", "🙂", "שלום", "مرحبا", "語", "é", "a_b", "👩‍👩‍👧"]


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, list[str]]:
    """An answer of many shapes, and its words in order; no word occurs twice."""
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=5))
    words: list[str] = []

    def word(_: re.Match[str]) -> str:
        words.append(f"{draw(st.sampled_from(WORDS))}{len(words)}w")
        return words[-1]

    return re.sub(r"\{\}", word, "\n\n".join(shapes)), words


def marked(text: str, marks: list[Mark]) -> Reading:
    closed = blocks(text, True).closed
    return Reading(page((html(b.source, b.start, marks), b.joins) for b in closed))


@given(answers(), st.data())
@settings(max_examples=200, deadline=None)
def test_the_marked_words_are_the_quoted_words(
    answer: tuple[str, list[str]], data: st.DataObject
) -> None:
    text, words = answer
    marks, expected = [], {}
    for number in (1, 2):
        first = data.draw(st.integers(0, len(words) - 1))
        last = data.draw(st.integers(first, len(words) - 1))
        end = text.index(words[last]) + len(words[last])
        marks.append(Mark(text.index(words[first]), end, f"f{number}-A"))
        expected[f"f{number}"] = words[first : last + 1]
    reading = marked(text, marks)
    assert reading.problems == []
    for name, quoted in expected.items():
        assert re.findall(r"[^\s'|`*]*\d+w", reading.marked[name]) == quoted
        assert reading.marked[name].strip().startswith(quoted[0])
        assert reading.marked[name].strip().endswith(quoted[-1])
        assert reading.ids.count(f"q-{name}-A") == 1


@given(answers())
@settings(max_examples=100, deadline=None)
def test_marks_change_no_word_of_the_page(answer: tuple[str, list[str]]) -> None:
    text, words = answer
    half = text.index(words[len(words) // 2])
    marks = [Mark(0, half + 1, "f1-B"), Mark(half, len(text), "f22-B")]
    assert marked(text, marks).text == marked(text, []).text


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_quotes_from_real_answers_are_marked_word_for_word(path: Path) -> None:
    text = path.read_text()
    plain = marked(text, []).text
    shown = "".join(block.html for block in blocks(text, True).closed)
    formulas = [Reading(found).text for found in re.findall("<math.*?</math>", shown, re.DOTALL)]
    single = [
        word
        for word in dict.fromkeys(re.findall(r"[^\W_]{4,}", plain))
        if text.count(word) == 1 and plain.count(word) == 1
        if not any(word in formula for formula in formulas)  # a formula is marked whole
    ]
    draw = random.Random(path.stem)
    for _ in range(8 if len(single) > 1 else 0):
        first, last = sorted(draw.sample(single, 2), key=plain.index)
        mark = Mark(text.index(first), text.index(last) + len(last), "f1-C")
        expected = plain[plain.index(first) : plain.index(last) + len(last)]
        expected = re.sub(r"\[image: |\]", "", expected)
        got = re.sub(r"\]", "", marked(text, [mark]).marked["f1"])
        assert got.split() == expected.split()


def test_a_mark_across_elements_carries_its_id_once() -> None:
    text = "one **two**\n\n- three\n- `four` five"
    rendered = page(
        (html(b.source, b.start, [Mark(4, 32, "f7-H")]), b.joins) for b in blocks(text, True).closed
    )
    assert rendered == (
        '<p dir="auto">one <strong><mark data-f="f7" id="q-f7-H"><span id="f7.H"></span>two</mark>'
        "</strong></p>"
        '<ul dir="auto"><li><mark data-f="f7">three</mark></li>'
        '<li><code><mark data-f="f7">four</mark></code><mark data-f="f7"> fi</mark>ve</li></ul>'
    )


def test_marks_that_overlap_share_a_fragment() -> None:
    marks = [Mark(0, 5, "f1-A"), Mark(2, 7, "f2-A")]
    assert html("abcdefg", 0, marks) == (
        '<p dir="auto"><mark data-f="f1" id="q-f1-A"><span id="f1.A"></span>ab</mark>'
        '<mark data-f="f1 f2" id="q-f2-A"><span id="f2.A"></span>cde</mark>'
        '<mark data-f="f2">fg</mark></p>'
    )


def test_marks_that_begin_together_can_both_be_led_to() -> None:
    marks = [Mark(0, 3, "f1-A"), Mark(0, 3, "f2-A")]
    assert html("abc", 0, marks) == (
        '<p dir="auto"><mark data-f="f1 f2" id="q-f1-A"><span id="q-f2-A"></span>'
        '<span id="f1.A"></span><span id="f2.A"></span>abc</mark></p>'
    )


def test_a_mark_counts_from_the_start_of_the_answer() -> None:
    assert html("abc", 100, [Mark(101, 102, "f1-A")]) == (
        '<p dir="auto">a<mark data-f="f1" id="q-f1-A"><span id="f1.A"></span>b</mark>c</p>'
    )


def test_a_name_of_another_form_reaches_the_page_as_nothing() -> None:
    rendered = html("abc", 0, [Mark(0, 3, 'f1"><script>-A'), Mark(0, 3, "verdict-A")])
    assert rendered == '<p dir="auto"><mark><span></span><span></span><span></span>abc</mark></p>'


@pytest.mark.parametrize("text", ["**bold", "`a` `b", "&amp;&lt;", "\\*\\_", "[x](y", "a  \n b"])
def test_a_mark_over_all_of_a_text_marks_all_that_is_shown(text: str) -> None:
    reading = Reading(html(text, 0, [Mark(0, len(text), "f1-A")]))
    assert reading.marked["f1"].split() == reading.text.split()
