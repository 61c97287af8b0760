"""What differs from provider to provider, as a table; whoever is not in it gets the default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from council.core.delta import Request

_STREAM_USAGE: Mapping[str, Any] = {"stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class Profile:
    """One provider's ways.

    ``title`` is its name in sentences. ``usage`` is what makes it report tokens.
    ``max_tokens`` and ``effort`` are the names of those two fields.
    ``fixed_temperature`` matches the models that refuse a temperature.
    """

    title: str = ""
    usage: Mapping[str, Any] = field(default_factory=lambda: _STREAM_USAGE)
    headers: Mapping[str, str] = field(default_factory=dict)
    max_tokens: str = "max_tokens"
    effort: str = "reasoning_effort"
    fixed_temperature: re.Pattern[str] | None = None


PROFILES: Mapping[str, Profile] = {
    "openrouter": Profile(
        "OpenRouter",
        usage={"usage": {"include": True}},
        # Attribution wants some referer; a Provider's own headers can name the public address.
        headers={"HTTP-Referer": "http://localhost", "X-Title": "Fusion Council"},
    ),
    "openai": Profile(
        "OpenAI",
        max_tokens="max_completion_tokens",
        fixed_temperature=re.compile(r"^(o\d|gpt-5)(?!.*chat)"),
    ),
    "anthropic": Profile("Anthropic"),
    "gemini": Profile("Gemini"),
    "groq": Profile("Groq", max_tokens="max_completion_tokens"),
    "mistral": Profile("Mistral", usage={}),  # counts tokens unasked, refuses unknown fields
    "deepseek": Profile("DeepSeek"),
    "xai": Profile("xAI", max_tokens="max_completion_tokens"),
    "together": Profile("Together"),
    "ollama": Profile("Ollama"),
    "rehearsal": Profile("The rehearsal provider"),
}


def profile_of(name: str) -> Profile:
    """The ways of the provider called ``name``."""
    return PROFILES.get(name) or Profile(title=name)


def body_of(profile: Profile, model: str, request: Request) -> dict[str, Any]:
    """The JSON body that asks ``model`` (without its provider's name) for a streamed answer."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        "stream": True,
        **profile.usage,
    }
    fixed = profile.fixed_temperature
    if request.temperature is not None and not (fixed and fixed.match(model)):
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body[profile.max_tokens] = request.max_tokens
    if request.reasoning_effort is not None:
        body[profile.effort] = request.reasoning_effort
    if request.json_schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": request.json_schema},
        }
    return body
