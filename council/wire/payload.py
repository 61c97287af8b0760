"""What one chunk or one whole body says, dug out of every shape providers give it.

Pure functions over decoded JSON. Nothing here trusts a type: a field of a shape
nobody knows is a field that is not there.
"""

import json
from typing import Any, NamedTuple

from pydantic_core import from_json

from council.core.delta import Source, Usage
from council.wire.cleaning import clean, one_line

JSON = Any
_DIGITS_MAX = 13
_TOKENS_MAX = 10**12
_DOLLARS_MAX = 10_000.0
"""No call costs as much; a bill beyond it would end a month's budget by a typing error."""
_URL_MAX, _TITLE_MAX, _NAME_MAX = 2_000, 300, 100
_SPELLINGS = (
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "reasoning_text",
    "thinking",
    "thinking_blocks",
)
_NAMES_SOURCES = frozenset(
    {"annotations", "citations", "search_results", "references", "web_search", "context"}
)
_WORDS = frozenset({"content", "role"})
_MORE = _NAMES_SOURCES | {"x_groq", "provider_metadata"}
_MORE_IN_CHOICE = _MORE | {"error", "usage", "message", "provider"}
_ERROR_WORDS = ("message", "msg", "error_message", "error_msg")
_ERROR_CODES = ("code", "status", "status_code", "type", "error_code")


class Said(NamedTuple):
    """The words of one delta or message. ``spelling`` is the field that held the reasoning."""

    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    spelling: str = ""


def decoded(text: str) -> JSON:
    """Decoded JSON, or None for what is none (or is nested beyond reason)."""
    try:
        return from_json(text)
    except ValueError:  # it is quick but refuses lone surrogates, which providers do send
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None


def mapping(value: JSON) -> dict[str, JSON]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def string(value: JSON) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def listing(value: JSON) -> list[JSON]:
    """``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def said(words: dict[str, JSON], spelling: str = "") -> Said:
    """The text, reasoning and refusal of a delta or a message.

    Reasoning has many spellings, and some providers send two of them with the same text, in
    one chunk or in chunks of their own. The first that says something is the stream's: give it
    back as ``spelling``, and no other is heard.
    """
    content = words.get("content")
    text = thought = refusal = ""
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        text, thought, refusal = _parts(content)
    elif isinstance(content, dict) and content.get("type") == "text":
        text = string(content.get("text"))  # one part, without its list
    elif isinstance(content, dict):  # Cloudflare, under a JSON schema
        text = json.dumps(content, ensure_ascii=False)
    spelling, reasoning = _reasoning(words, thought, spelling)
    return Said(text, reasoning, string(words.get("refusal")) or refusal, spelling)


def _reasoning(words: dict[str, JSON], thought: str, spelling: str) -> tuple[str, str]:
    if spelling != "content":
        for name in (spelling,) if spelling else _SPELLINGS:
            if (value := words.get(name)) and (reasoning := _thoughts(value)):
                return name, reasoning
    return ("content", thought) if thought and spelling in ("", "content") else (spelling, "")


def _parts(parts: list[JSON]) -> tuple[str, str, str]:
    text: list[str] = []
    reasoning: list[str] = []
    refusal: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, dict):
            kind = string(part.get("type"))
            if kind.startswith(("thinking", "reasoning")):
                reasoning.append(_thought(part))
            elif kind == "refusal":
                refusal.append(string(part.get("refusal")))
            else:
                text.append(string(part.get("text")))
    return "".join(text), "".join(reasoning), "".join(refusal)


def _thoughts(value: JSON) -> str:
    """Reasoning as a string, as an object, or as a list of objects; what is encrypted is silent."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(_thought(part) for part in value if isinstance(part, dict))
    return _thought(value) if isinstance(value, dict) else ""


def _thought(part: dict[str, JSON]) -> str:
    for name in ("thinking", "text", "summary", "content"):
        value = part.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list):
            return "".join(string(p) or string(mapping(p).get("text")) for p in value)
    return ""


def plain_text(chunk: dict[str, JSON]) -> str | None:
    """The text of a chunk that says some text and nothing else, as almost all do; else None.

    A short cut and nothing more: whoever leaves it out reads the same.
    """
    choices = chunk.get("choices")
    if type(choices) is not list or len(choices) != 1 or not _MORE.isdisjoint(chunk):
        return None
    choice = choices[0]
    if type(choice) is not dict or not _MORE_IN_CHOICE.isdisjoint(choice):
        return None
    delta = choice.get("delta")
    if type(delta) is not dict or choice.get("finish_reason") or choice.get("index"):
        return None
    for name, value in delta.items():
        if value and name not in _WORDS:
            return None
    text = delta.get("content")
    return text if type(text) is str and not (chunk.get("usage") or chunk.get("error")) else None


def error_in(chunk: dict[str, JSON]) -> JSON:
    """The error a chunk or body carries, in any of its places, or None."""
    found = chunk.get("error") or ("x_groq" in chunk and mapping(chunk["x_groq"]).get("error"))
    if found:
        return chunk if found is True else found
    choices = listing(chunk.get("choices"))
    for choice in choices:
        if isinstance(choice, dict) and choice.get("error"):
            return choice["error"]
    return chunk if not choices and _is_error(chunk) else None


def _is_error(chunk: dict[str, JSON]) -> bool:
    """True for an object that is nothing but an error, though no field is called that."""
    if chunk.get("object") == "error" or chunk.get("type") == "error":
        return True
    if chunk.get("detail") or chunk.get("errors"):
        return True
    if mapping(chunk.get("base_resp")).get("status_code"):  # MiniMax; 0 is a success
        return True
    return (
        "choices" not in chunk
        and any(string(chunk.get(name)) for name in _ERROR_WORDS)
        and any(chunk.get(name) for name in _ERROR_CODES)
    )


def usage_in(chunk: dict[str, JSON]) -> dict[str, JSON] | None:
    """The usage object of a chunk, wherever it hides, or None."""
    usage = chunk.get("usage") or ("x_groq" in chunk and mapping(chunk["x_groq"]).get("usage"))
    if not usage and (choices := listing(chunk.get("choices"))):
        usage = mapping(choices[0]).get("usage")
    return usage if isinstance(usage, dict) and usage else None


def usage_from(usage: dict[str, JSON], earlier: Usage) -> Usage:
    """Token counts; a number that is missing here keeps its ``earlier`` value (never a sum)."""
    prompt = mapping(usage.get("prompt_tokens_details"))
    completion = mapping(usage.get("completion_tokens_details"))

    def first(before: int | None, *values: JSON) -> int | None:
        return next((n for v in values if (n := count(v)) is not None), before)

    return Usage(
        prompt=first(earlier.prompt, usage.get("prompt_tokens"), usage.get("input_tokens")),
        completion=first(
            earlier.completion, usage.get("completion_tokens"), usage.get("output_tokens")
        ),
        reasoning=first(
            earlier.reasoning, completion.get("reasoning_tokens"), usage.get("reasoning_tokens")
        ),
        cached=first(
            earlier.cached,
            prompt.get("cached_tokens"),
            usage.get("prompt_cache_hit_tokens"),
            usage.get("cached_tokens"),
        ),
        total=first(earlier.total, usage.get("total_tokens")),
    )


def count(value: JSON) -> int | None:
    """A whole number from zero on, however it is spelt, or None."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < _DIGITS_MAX:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _TOKENS_MAX:
        return value
    return None


def cost_from(usage: dict[str, JSON]) -> float | None:
    """US dollars, from a number or from Perplexity's object with a total; None when not said."""
    cost = usage.get("cost")
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost <= _DOLLARS_MAX:
        return float(cost)
    return None


def sources_in(holders: list[dict[str, JSON]]) -> list[JSON]:
    """What a chunk, its choice, its delta and its message name as sources, as it stands there."""
    found: list[JSON] = []
    for holder in holders:
        if _NAMES_SOURCES.isdisjoint(holder):
            continue
        for note in listing(holder.get("annotations")):
            found.append(mapping(note).get("url_citation") or note)
        for name in ("citations", "search_results", "references", "web_search"):
            found.extend(listing(holder.get(name)))
        found.extend(listing(mapping(holder.get("context")).get("citations")))  # Azure, own data
    return found


def source_from(entry: JSON) -> Source | None:
    """One page, if the entry has a web address."""
    entry = {"url": entry} if isinstance(entry, str) else mapping(entry)
    url = clean(string(entry.get("url")) or string(entry.get("uri")) or string(entry.get("link")))
    if not url.lower().startswith(("http://", "https://")) or len(url) > _URL_MAX:
        return None
    return Source(url=url, title=one_line(string(entry.get("title")), _TITLE_MAX))


def upstream_in(holders: list[dict[str, JSON]]) -> str | None:
    """Who answered behind a router: OpenRouter's ``provider``, Vercel's report of its routing."""
    for holder in holders:
        name = string(holder.get("provider"))
        if not name and "provider_metadata" in holder:
            gateway = mapping(mapping(holder["provider_metadata"]).get("gateway"))
            routing = mapping(gateway.get("routing"))
            name = string(routing.get("finalProvider")) or string(routing.get("resolvedProvider"))
        if name:
            return one_line(name, _NAME_MAX)
    return None
