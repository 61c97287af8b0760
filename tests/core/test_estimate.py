"""Tokens are estimated from kinds of characters; recorded answers say how far off that is."""

import json
import os
from pathlib import Path
from statistics import mean
from time import perf_counter

import pytest

from council.core.estimate import tokens_in

_FOLDER = Path(os.environ.get("WIRE_CORPUS", "")) / "streams"
_MORE_THAN_TEXT = (
    *("147", "152", "212", "d016"),  # several choices, counted together
    *("026", "038", "323", "d003"),  # tools and hidden thoughts, counted with the answer
    *("133", "333", "d018", "d019"),  # pictures, and the usage of another answer
    "d010",  # cut off
)


def test_nothing_has_no_tokens() -> None:
    assert tokens_in("") == 0


def test_a_sentence_has_about_a_token_per_word_and_mark() -> None:
    assert 9 <= tokens_in("The quick brown fox jumps over the lazy dog.") <= 12


def test_code_and_figures_weigh_more_than_prose_of_the_same_length() -> None:
    code = "if (a[i]>=b[j]){x=0x7f;}" * 20
    assert tokens_in(code) > 1.5 * tokens_in("a" * len(code))


def test_a_chinese_character_is_about_a_token_and_four_times_a_latin_letter() -> None:
    assert tokens_in("学习数据" * 25) == 100
    assert tokens_in("data" * 25) < 30


def test_the_longest_question_is_counted_in_a_blink() -> None:
    began = perf_counter()
    tokens_in("Wide 文 and narrow. " * 10_000)
    assert perf_counter() - began < 0.5


@pytest.mark.skipif("WIRE_CORPUS" not in os.environ, reason="WIRE_CORPUS names no folder")
def test_recorded_answers_are_met_as_closely_as_the_module_says() -> None:
    off = {stem: _off(text, counted) for stem, text, counted in _recorded()}
    long = [_off(text, counted) for _, text, counted in _recorded() if counted >= 150]
    assert len(off) >= 25
    assert mean(off.values()) < 0.12
    assert max(off.values()) < 0.4
    assert mean(long) < 0.10
    assert max(long) < 0.25


def _off(text: str, counted: int) -> float:
    return abs(tokens_in(text) - counted) / counted


def _recorded() -> list[tuple[str, str, int]]:
    """Answers that are all a provider counted, with its count."""
    found: dict[str, tuple[str, str, int]] = {}
    for path in sorted(_FOLDER.glob("*.json")):
        side = json.loads(path.read_text())
        usage, text = side.get("expected_usage") or {}, side.get("expected_text") or ""
        is_all = not (usage.get("reasoning") or side.get("expected_reasoning"))
        counted = usage.get("completion") or 0
        has_tools = bool(side.get("expected_tool_calls"))
        is_plain = is_all and not has_tools and not path.stem.startswith(_MORE_THAN_TEXT)
        if text and is_plain and counted >= 20:
            found.setdefault(text, (path.stem, text, counted))
    return list(found.values())
