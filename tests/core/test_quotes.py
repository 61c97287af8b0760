"""Quotes are found where they stand, however they are dressed; other words never are."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from council.core.quotes import Text, find

ANSWER = """\
## The **short** answer

- It *can't* work—not "soon", he said… We should **not** heat it to -5 degrees.
- [ ] Sales rose by 3.5 million (see [the docs](https://example.org/a_(b)) "now").
2. Call `snake_case()` on non-toxic water; 2*3 is 6 and 10² is CO₂-free.

> Cafe\u0301 na\u00efve co\u00adoperate zero\u200bwidth ﬁnal ½ cup

| plan | cost |
|------|:----:|
| **Basic** | 5 € |

```python
x = foo__bar
```
这是**重点**内容，不是别的。 これはが سلام عليكم يا صديق
"""


def words(quote: str, text: str = ANSWER) -> str | None:
    span = find(quote, text)
    return None if span is None else text[span[0] : span[1]]


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("the short answer", "The **short** answer"),
        ("it can’t work", "It *can't* work"),
        ("“It can't work – not 'soon', he said…”", 'It *can\'t* work—not "soon", he said'),
        ("We should NOT\n   heat it to −5 degrees", "We should **not** heat it to -5 degrees"),
        ("see the docs now", 'see [the docs](https://example.org/a_(b)) "now'),
        ("by 3.5 million (see the docs", "by 3.5 million (see [the docs"),
        ("- [x] Sales rose", "Sales rose"),
        ("call snake_case() on", "Call `snake_case()` on"),
        ("2*3 is 6", "2*3 is 6"),
        ("CO2-free", "CO₂-free"),
        ("Café naïve", "Cafe\u0301 na\u00efve"),
        ("cooperate zerowidth final", "co\u00adoperate zero\u200bwidth ﬁnal"),
        ("plan cost Basic 5 €", "plan | cost |\n|------|:----:|\n| **Basic** | 5 €"),
        ("| Basic | 5 € |", "Basic** | 5 €"),
        ("x = foo__bar", "x = foo__bar"),
        ("重点内容", "重点**内容"),
        ("سلام عليكم", "سلام عليكم"),
    ],
)
def test_dress_makes_no_difference(quote: str, source: str) -> None:
    assert words(quote) == source


@pytest.mark.parametrize(
    "quote",
    [
        "", " ", "...", "“”", "**", "?!",
        "hort answer", "short answ", "it can", "5 degrees", "5 million", "by 3",
        "toxic water", "water; 23 is 6", "10 2 is", "102 is", "cafe", "foobar", "snake",
        "We should heat it", "we should not heat it to 5 degrees", "点", "これはか", "سلا",
        "example.org", "python",
    ],
)  # fmt: skip
def test_words_nobody_wrote_are_not_found(quote: str) -> None:
    assert words(quote) is None


@pytest.mark.parametrize(
    ("quote", "source"),
    [
        ("It can't work ... he said", 'It *can\'t* work—not "soon", he said'),
        ("…the short answer […] he said…", ANSWER[3 : ANSWER.index("he said") + 7]),
        ("he said ... we should", "he said… We should"),
    ],
)
def test_an_ellipsis_joins_passages_that_follow_each_other(quote: str, source: str) -> None:
    assert words(quote) == source


@pytest.mark.parametrize(
    ("quote", "between"),
    [
        ("the first part ... the last part", "x " * 1_000),
        ("the last part ... the first part", "x "),
        ("the first part ... it", "so is it "),
    ],
)
def test_an_ellipsis_joins_nothing_far_apart_backwards_or_tiny(quote: str, between: str) -> None:
    assert find(quote, f"the first part {between}the last part") is None


def test_the_first_place_on_word_borders_is_taken() -> None:
    assert find("art", "smart party art art") == (12, 15)
    assert find("is", "this is") == (5, 7)


WORDS = st.lists(
    st.text("abcdefgäéßπж", min_size=1, max_size=6), min_size=6, max_size=25, unique_by=str.casefold
)
DRESS = ["{}", "{}", "**{}**", "*{}*", "`{}`", "[{}](https://x.test/y)", "_{}_", "~~{}~~", "“{}”"]
GAPS = [" ", "  ", "\n", "\n\n- ", "\n> ", " | ", "\n## ", "\u00a0", "\n1. "]


def dressed(plain: list[str], draw: random.Random) -> tuple[str, list[int]]:
    """Markdown of these words, and where each begins."""
    text, places = "", []
    for word in plain:
        before, _, after = draw.choice(DRESS).partition("{}")
        text += draw.choice(GAPS) + before
        places.append(len(text))
        text += word + after
    return text, places


@given(WORDS, st.integers(0, 10**6), st.data())
@settings(max_examples=100, deadline=None)
def test_any_passage_is_found_at_its_place(
    plain: list[str], seed: int, data: st.DataObject
) -> None:
    draw = random.Random(seed)
    text, places = dressed(plain, draw)
    first = data.draw(st.integers(0, len(plain) - 2))
    last = data.draw(st.integers(first + 1, len(plain) - 1))
    passage = [draw.choice([word, word.upper()]) for word in plain[first : last + 1]]
    quote = draw.choice(["{}", "“{}.”", "... {} …", "**{}**"]).format(" ".join(passage))
    assert find(quote, text) == (places[first], places[last] + len(plain[last]))


@given(WORDS, st.integers(0, 10**6), st.data())
@settings(max_examples=60, deadline=None)
def test_a_passage_with_one_word_changed_is_not_found(
    plain: list[str], seed: int, data: st.DataObject
) -> None:
    text, _ = dressed(plain, random.Random(seed))
    changed = list(plain)
    changed[data.draw(st.integers(0, len(plain) - 1))] = data.draw(st.sampled_from(["zz", "z9"]))
    assert find(" ".join(changed), text) is None


HOSTILE = [
    "a ",
    "a",
    "[a](",
    "[](((",
    "> - ",
    "_",
    "a_",
    "*_",
    "`",
    "~~~\n",
    "|-",
    "\\",
    "<b",
    "- [ ] ",
]


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_markdown_takes_linear_time(part: str) -> None:
    began = time.perf_counter()
    text = Text(part * (60_000 // len(part)) + "x")
    for quote in ("a" * 900, "a a a ... a a b", part * 100):
        text.find(quote)
    assert time.perf_counter() - began < 15
