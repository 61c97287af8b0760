"""What differs from provider to provider, as a table; whoever is not in it gets the default.

The table holds what a provider says of all its models. What only some models accept is the
catalogue's to know. Sources, as of 2026-11:

- OpenRouter: openrouter.ai/docs, “App Attribution”, “Usage Accounting”, “Reasoning Tokens”,
  “Provider Selection”, “Server Tools”.
- OpenAI: platform.openai.com/docs/api-reference/chat/create: ``max_tokens`` is deprecated and
  refused by reasoning models, which also have a fixed temperature.
- Anthropic: docs.anthropic.com/en/api/openai-sdk: ``response_format`` and
  ``reasoning_effort`` are ignored.
- Gemini: ai.google.dev/gemini-api/docs/openai and /thought-signatures: a function call that is
  sent back needs its signature, or this word in its place.
- Groq: console.groq.com/docs/structured-outputs (no JSON schema while streaming) and
  /docs/reasoning.
- Mistral: docs.mistral.ai/api: unknown fields are refused; effort is ``none`` or ``high``.
- DeepSeek: api-docs.deepseek.com/api/create-chat-completion: JSON, but no schema.
- xAI: docs.x.ai, “Reasoning”: low to high, where a model can change it.
- Together: docs.together.ai, “JSON mode”, “Reasoning”.
- Ollama: docs.ollama.com/api/openai-compatibility.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["json_schema", "json_object"]

_STREAM_USAGE: Mapping[str, Any] = {"stream_options": {"include_usage": True}}
_NO_MINIMAL: Mapping[str, str] = {"minimal": "low"}
_SIGNED: Mapping[str, Any] = {
    "extra_content": {"google": {"thought_signature": "skip_thought_signature_validator"}}
}


@dataclass(frozen=True)
class Profile:
    """One provider's ways.

    ``title`` is its name in sentences. ``usage`` is what makes it report tokens.
    ``max_tokens`` and ``effort`` are the names of those two fields (None: it has none), and
    ``efforts`` its words for ours where they differ. ``formats`` are the output formats it
    knows, the strictest first. ``fixed_temperature`` matches the models that refuse a
    temperature. ``is_router``: it takes OpenRouter's own fields. ``call_extra`` stands beside
    every function call that is sent back.
    """

    title: str = ""
    usage: Mapping[str, Any] = field(default_factory=lambda: _STREAM_USAGE)
    headers: Mapping[str, str] = field(default_factory=dict)
    max_tokens: str = "max_tokens"
    effort: str | None = "reasoning_effort"
    efforts: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[Format, ...] = ("json_schema", "json_object")
    fixed_temperature: re.Pattern[str] | None = None
    is_router: bool = False
    call_extra: Mapping[str, Any] = field(default_factory=dict)


PROFILES: Mapping[str, Profile] = {
    "openrouter": Profile(
        "OpenRouter",
        usage={"usage": {"include": True}},
        # Attribution wants some referer; a Provider's own headers can name the public address.
        # The title's header was renamed in 2026; the old name is still read.
        headers={
            "HTTP-Referer": "http://localhost",
            "X-OpenRouter-Title": "Fusion Council",
            "X-Title": "Fusion Council",
        },
        effort="reasoning",
        is_router=True,
    ),
    "openai": Profile(
        "OpenAI",
        max_tokens="max_completion_tokens",
        fixed_temperature=re.compile(r"^(o\d|gpt-5)(?!.*chat)"),
    ),
    "anthropic": Profile("Anthropic", effort=None, formats=()),
    "gemini": Profile("Gemini", call_extra=_SIGNED),
    "groq": Profile(
        "Groq",
        max_tokens="max_completion_tokens",
        efforts=_NO_MINIMAL,
        formats=("json_object",),
    ),
    "mistral": Profile(
        "Mistral",
        usage={},  # counts tokens unasked
        efforts={"minimal": "none", "low": "none", "medium": "high"},
    ),
    "deepseek": Profile("DeepSeek", efforts=_NO_MINIMAL, formats=("json_object",)),
    "xai": Profile("xAI", max_tokens="max_completion_tokens", efforts=_NO_MINIMAL),
    "together": Profile("Together", efforts=_NO_MINIMAL),
    "ollama": Profile("Ollama", efforts=_NO_MINIMAL),
    "rehearsal": Profile("The rehearsal provider"),
}


def profile_of(name: str) -> Profile:
    """The ways of the provider called ``name``."""
    return PROFILES.get(name) or Profile(title=name)
