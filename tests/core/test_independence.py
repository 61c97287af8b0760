"""Kin by name: one family, one voice."""

import pytest

from council.core.independence import family, is_independent, same_family


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
