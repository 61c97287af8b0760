"""Which models are kin: members of one family count as one voice.

Known by name only: nobody outside the makers knows more. A fine-tune counts as its base
model where its name says so.
"""

import re
from collections.abc import Sequence

_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![a-z])(?:{pattern})"))
    for name, pattern in (
        ("anthropic/claude", "claude"),
        ("openai", "gpt|chatgpt|codex|davinci|o[134](?![a-z0-9])"),
        ("google/gemini", "gemini|gemma|palm"),
        ("deepseek", "deepseek"),
        ("qwen", "qwen|qwq|qvq"),
        ("mistral", "mistral|mixtral|ministral|codestral|devstral|magistral|pixtral|voxtral"),
        ("llama", "llama|codellama|tinyllama|nemotron|vicuna|alpaca|hermes"),
        ("xai/grok", "grok"),
        ("moonshot/kimi", "kimi|moonlight"),
        ("zhipu/glm", "glm|chatglm"),
        ("cohere/command", "command|aya|c4ai"),
        ("microsoft/phi", "phi(?=[-\\d:]|$)"),
        ("amazon/nova", "nova"),
        ("minimax", "minimax|abab"),
        ("ibm/granite", "granite"),
    )
)
_VARIANT = re.compile(r":(?:free|beta|nitro|floor|online|extended|exacto|thinking)$")
_VERSION_TAIL = re.compile(
    r"(?:[-_:.@]v?\d.*|[-_:](?:latest|preview|beta|instruct|chat|it|base|free))+$"
)


def family(model: str) -> str:
    """The family of a model named ``provider/model-id``.

    For a model we do not know it is the model's own name without provider and version.
    """
    name = _name(model)
    for known, pattern in _FAMILIES:
        if pattern.search(name):
            return known
    return _VERSION_TAIL.sub("", name) or name


def is_independent(judge_model: str, seats: Sequence[str]) -> bool:
    """True when the judge's model is not on the panel, whichever provider serves it."""
    return _name(judge_model) not in map(_name, seats)


def same_family(judge_model: str, seats: Sequence[str]) -> bool:
    """True when a model of the judge's family is on the panel."""
    return family(judge_model) in map(family, seats)


def _name(model: str) -> str:
    """The model's own name: without provider, maker and the mark of a variant."""
    return _VARIANT.sub("", model.casefold().rstrip("/").rpartition("/")[2])
