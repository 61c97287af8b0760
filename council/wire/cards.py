"""One entry of a provider's list of models, read into `Facts` from whatever names it uses.

A name nobody knows is a fact nobody said: it stays None.
"""

from council.core.facts import Facts
from council.wire.payload import JSON, listing, mapping, string
from council.wire.prices import price_in

_CONTEXT = (
    "context_length",  # OpenRouter, Together, Hugging Face's hosts
    "max_model_len",  # vLLM
    "max_context_length",  # Mistral, LM Studio
    "max_input_tokens",  # Anthropic, LiteLLM
    "context_window",  # Groq
    "inputTokenLimit",  # Gemini
    "max_prompt_length",  # xAI
)
_MAX_OUTPUT = ("max_completion_tokens", "max_output_tokens", "outputTokenLimit")
_TOKENS_MAX = 10**9
_PARAMETERS_MAX = 100
_OLLAMA = frozenset({"vision", "tools", "thinking"})
"""What Ollama's list of capabilities would name if the model could do it."""
_NO_TEXT = ("embed", "moderation", "rerank", "image", "audio", "video", "speech", "transcri")
"""How a list's word for models without text begins: ``type`` (Together), ``mode`` (LiteLLM)."""


def facts_of(entry: dict[str, JSON]) -> Facts:
    """What one entry says of its model."""
    parameters = _parameters(entry.get("supported_parameters"))
    return Facts(
        context=_context(entry),
        max_output=_max_output(entry),
        sees=_first(_takes_images(entry), _can(entry, "vision", "image_input")),
        can_tools=_first(
            None if parameters is None else "tools" in parameters,
            _can(entry, "function_calling", "tools", "tool_use"),
            _hosts_agree(entry, "supports_tools"),
        ),
        can_schema=_first(
            None if parameters is None else "structured_outputs" in parameters,
            _can(entry, "structured_outputs"),
            _hosts_agree(entry, "supports_structured_output"),
        ),
        reasons=_first(
            True if mapping(entry.get("reasoning")) else None,
            None if parameters is None else "reasoning" in parameters,
            _can(entry, "thinking", "reasoning"),
            _said(entry.get("thinking")),
        ),
        parameters=parameters,
        price=price_in(entry),
    )


def outputs_text(entry: dict[str, JSON]) -> bool:
    """False for what the list itself says only draws, speaks, embeds or moderates."""
    architecture = mapping(entry.get("architecture"))
    modalities = _words(architecture.get("output_modalities") or entry.get("output_modalities"))
    ways = _words(entry.get("supportedGenerationMethods"))
    kind = string(entry.get("type")) or string(entry.get("mode"))
    can = entry.get("capabilities")
    is_mute = _words(can) == {"embedding"} or mapping(can).get("completion_chat") is False
    return (
        (not modalities or "text" in modalities)
        and (not ways or "generateContent" in ways)
        and not kind.startswith(_NO_TEXT)
        and not is_mute
    )


def _context(entry: dict[str, JSON]) -> int | None:
    """The context length under its first known name; a router's is that of its best host."""
    hosts = [mapping(host) for host in listing(entry.get("providers"))]
    for name in _CONTEXT:
        known = [n for holder in (entry, *hosts) if (n := _tokens(holder.get(name)))]
        if known:
            return max(known)
    return None


def _max_output(entry: dict[str, JSON]) -> int | None:
    """The most tokens of one answer. Anthropic's ``max_tokens`` stands beside its own context;
    LiteLLM's field of that name is an older word for the context."""
    places = (entry, mapping(entry.get("top_provider")))
    found = [n for name in _MAX_OUTPUT for place in places if (n := _tokens(place.get(name)))]
    if not found and "capabilities" in entry:
        return _tokens(entry.get("max_tokens"))
    return found[0] if found else None


def _tokens(value: JSON) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and 0 < value <= _TOKENS_MAX else None


def _takes_images(entry: dict[str, JSON]) -> bool | None:
    architecture = mapping(entry.get("architecture"))
    modalities = _words(architecture.get("input_modalities") or entry.get("input_modalities"))
    return "image" in modalities if modalities else None


def _can(entry: dict[str, JSON], *names: str) -> bool | None:
    """What ``capabilities`` says under one of the names: a flag (Mistral), an object with
    ``supported`` (Anthropic), or a list, which leaves out what there is not (Ollama)."""
    capabilities = entry.get("capabilities")
    if words := _words(capabilities):
        is_whole = "completion" in words and not _OLLAMA.isdisjoint(names)
        return True if not words.isdisjoint(names) else False if is_whole else None
    held = mapping(capabilities)
    said = (_said(mapping(held[n]).get("supported", held[n])) for n in names if n in held)
    return next((value for value in said if value is not None), None)


def _hosts_agree(entry: dict[str, JSON], name: str) -> bool | None:
    """What all hosts of a router that speak of it say; None when they differ."""
    hosts = (mapping(host).get(name) for host in listing(entry.get("providers")))
    said = {value for value in hosts if isinstance(value, bool)}
    return said.pop() if len(said) == 1 else None


def _parameters(value: JSON) -> frozenset[str] | None:
    names = [name for name in listing(value)[:_PARAMETERS_MAX] if isinstance(name, str)]
    return frozenset(name for name in names if len(name) <= 60) if names else None


def _words(value: JSON) -> frozenset[str]:
    return frozenset(word for word in listing(value)[:_PARAMETERS_MAX] if isinstance(word, str))


def _said(value: JSON) -> bool | None:
    return value if isinstance(value, bool) else None


def _first(*answers: bool | None) -> bool | None:
    return next((answer for answer in answers if answer is not None), None)
