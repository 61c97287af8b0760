"""Which letters a synthesis cites, and how much of it they carry."""

import pytest

from council.core.provenance import cited, plain, sentences


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Yes [B], and no [A].", "AB"),
        ("Both say so [A][C].", "AC"),
        ("Both say so [C, A] or [B and C].", "ABC"),
        ("Not on the panel [H].", ""),
        ("A link [A](https://x.test) and a word [Also].", ""),
        ("Code `x[A]` is none.\n```py\ny[B]\n```\nBut this [C].", "C"),
        ("", ""),
    ],
)
def test_letters_are_cited_in_brackets_outside_code(text: str, letters: str) -> None:
    assert cited(text, "ABCD") == letters


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("B is right. [f2 settled]\nMore.", "B is right. (settled)\nMore."),
        ("Nobody knows [B].[F12: open]", "Nobody knows [B].(left open)"),
        ("As said [f2], it holds.", "As said, it holds."),
        ("Take `x[f2]`.\n\n```\ny[f3 open]\n```", "Take `x[f2]`.\n\n```\ny[f3 open]\n```"),
        ("A link [f2](https://x.test).", "A link [f2](https://x.test)."),
    ],
)
def test_without_links_a_sign_is_words_and_code_is_left_alone(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_a_sign_goes_with_the_sentence_it_stands_behind() -> None:
    first, second = sentences("A says so [A]; B is right [B]. [f2 settled] Then buy it.")
    assert (first.words, first.cites("AB")) == ("A says so; B is right.", "AB")
    assert first.signs == [("f2", "settled")]
    assert (second.text, second.signs) == ("Then buy it.", [])


def test_a_sentence_knows_its_place_in_the_block() -> None:
    block = "- **One** [A].\n  > Two, over\n  > a line."
    assert [block[s.start : s.end] for s in sentences(block)] == [s.text for s in sentences(block)]
    assert sentences(block)[-1].words == "Two, over a line."
