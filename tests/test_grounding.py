"""How much of a synthesis its members carry, counted over the blocks that are shown."""

import time

import pytest

from council.disagreement.grounding import sourced_share


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Rents rise [A]. They may fall.", 0.5),
        ("Rents rise. [A] They may fall.", 0.5),
        ("Rents rise.[A][B]\nThey may fall. [C]", 1.0),
        ("Dr. Smith and e.g. others pay 3.5 % [A].", 1.0),
        ("No full stop\nover two lines [A]", 1.0),
        ("One! Two? Three… Four. [B]", 0.25),
        ("- item [A]\n- item\n1. item [B]", 0.67),
        ("| plan | cost |\n|---|---|\n| a [A] | 5 |\n| b | 6 |", 0.5),
        ("# Heading [A]\nText.\n\nTitle [A]\n=====\nMore.", 0.0),
        ("Before.\n```\nx = 1. y = 2. z[A]\n```\nAfter [A].", 0.5),
        ("> Quoted words [B].\n\n**Bold.** [C]", 1.0),
        ("中文句子。[A]第二句。", 0.5),
        ("Not of this panel [H].", 0.0),
    ],
)
def test_a_sentence_is_sourced_by_its_own_citation_only(text: str, share: float) -> None:
    assert sourced_share(text, "ABC") == share


@pytest.mark.parametrize("text", ["", "\n\n", "# Only a heading", "```\ncode.\n```", "---", "[A]"])
def test_where_there_is_no_sentence_there_is_no_share(text: str) -> None:
    assert sourced_share(text, "A") is None


@pytest.mark.parametrize("part", ["A. ", ". [A]", "[A, ", "`", "~~~\n", "- -", "=|", '."', "_"])
def test_hostile_text_takes_linear_time(part: str) -> None:
    began = time.perf_counter()
    sourced_share(part * (50_000 // len(part)) + "x", "A")
    assert time.perf_counter() - began < 10
