"""Kin by name: one family, one voice."""

import pytest

from council.core.independence import (
    Tie,
    Voice,
    Witness,
    family,
    is_independent,
    same_family,
    voices,
)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("openrouter/anthropic/claude-opus-4.1", "anthropic/claude"),
        ("openrouter/~anthropic/claude-opus-latest", "anthropic/claude"),
        ("anthropic/claude-haiku", "anthropic/claude"),
        ("openai/gpt-5", "openai"),
        ("openai/o3-mini", "openai"),
        ("groq/openai/gpt-oss-120b", "openai"),
        ("openrouter/~google/gemini-flash-latest", "google/gemini"),
        ("ollama/llama3:8b", "llama"),
        ("ollama/qwen2.5-coder:7b", "qwen"),
        ("mistral/open-mixtral-8x7b", "mistral"),
        ("openrouter/deepseek/deepseek-r1-distill-llama-70b:free", "deepseek"),
        ("openrouter/moonshotai/kimi-k2", "moonshot/kimi"),
        ("x/solar-10.7b-instruct", "solar"),
        ("y/solar:latest", "solar"),
        ("rehearsal/m1", "m1"),
        ("rehearsal/m2", "m2"),
        ("x/dolphin", "dolphin"),
    ],
)
def test_a_family_is_known_by_the_models_name(model: str, expected: str) -> None:
    assert family(model) == expected


def test_a_judge_on_the_panel_is_not_independent_whoever_serves_it() -> None:
    panel = ["openrouter/anthropic/claude-x:free", "openai/gpt-x"]
    assert not is_independent("anthropic/claude-x", panel)
    assert not is_independent("openrouter/openai/GPT-x", panel)
    assert is_independent("anthropic/claude-y", panel)


def test_sizes_of_one_model_are_different_models_of_one_family() -> None:
    assert is_independent("ollama/llama3:8b", ["ollama/llama3:70b"])
    assert same_family("ollama/llama3:8b", ["ollama/llama3:70b", "openai/gpt-x"])
    assert not same_family("ollama/llama3:8b", ["openai/gpt-x"])


def test_members_of_one_family_are_one_voice_whoever_serves_them() -> None:
    heard = voices(
        [Witness("A", "x/claude-a"), Witness("B", "y/gpt-x"), Witness("C", "z/claude-b")]
    )
    assert heard == (Voice("AC", (Tie("AC", family="anthropic/claude"),)), Voice("B"))


def test_members_that_rest_on_one_page_alone_are_one_voice() -> None:
    page = "https://www.example.org/lugs/#tests"
    heard = voices(
        [
            Witness("A", "x/a", (page, "http://example.org/lugs")),
            Witness("B", "x/b", ("https://example.org/lugs/",)),
            Witness("C", "x/c", (page, "https://example.org/other")),
            Witness("D", "x/d"),
        ]
    )
    assert [voice.seats for voice in heard] == ["AB", "C", "D"]
    assert heard[0].ties == (Tie("AB", page="example.org/lugs"),)


def test_ties_carry_over_from_family_to_page() -> None:
    shared = ("https://example.org/a?x=1",)
    kin = [
        Witness("A", "x/claude-a"),
        Witness("B", "y/claude-b", shared),
        Witness("C", "x/c", shared),
    ]
    for order in (kin, kin[::-1], [kin[0], kin[2], kin[1]]):
        assert [voice.seats for voice in voices(order)] == ["ABC"]


def test_an_address_that_cannot_be_read_is_an_address_all_the_same() -> None:
    heard = voices([Witness("A", "x/a", ("http://[",)), Witness("B", "x/b", ("http://[",))])
    assert [voice.seats for voice in heard] == ["AB"]
