"""What one chunk or one whole body says, dug out of every shape providers give it.

Pure functions over decoded JSON. Nothing here trusts a type: a field of a shape
nobody knows is a field that is not there.
"""

import json
from typing import Any, NamedTuple

from council.core.delta import Source, Usage
from council.wire.cleaning import clean, one_line

JSON = Any
_TOKENS_MAX = 10**12
_URL_MAX, _TITLE_MAX = 2_000, 300
_NAMES_SOURCES = frozenset({"annotations", "citations", "search_results"})


class Said(NamedTuple):
    """The words of one delta or message."""

    text: str
    reasoning: str
    refusal: str


def mapping(value: JSON) -> dict[str, JSON]:
    """``value`` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def string(value: JSON) -> str:
    """``value`` if it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def listing(value: JSON) -> list[JSON]:
    """``value`` if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def said(words: dict[str, JSON], *, details: bool = True) -> Said:
    """The text, reasoning and refusal of a delta or a message.

    Reasoning has several spellings and some providers send two of them with the
    same text, so the first that says something wins. ``details=False`` leaves
    ``reasoning_details`` out.
    """
    content = words.get("content")
    text = thought = refusal = ""
    if isinstance(content, str):
        text = content
    elif isinstance(content, list):
        text, thought, refusal = _parts(content)
    elif isinstance(content, dict):  # Cloudflare, under a JSON schema
        text = json.dumps(content, ensure_ascii=False)
    reasoning = (
        string(words.get("reasoning"))
        or string(words.get("reasoning_content"))
        or (_details(words.get("reasoning_details")) if details else "")
        or thought
    )
    return Said(text, reasoning, string(words.get("refusal")) or refusal)


def _parts(parts: list[JSON]) -> Said:
    text: list[str] = []
    reasoning: list[str] = []
    refusal: list[str] = []
    for part in parts:
        if isinstance(part, str):
            text.append(part)
        elif isinstance(part, dict):
            kind = part.get("type")
            if kind in ("thinking", "reasoning"):
                reasoning.append(_thought(part))
            elif kind == "refusal":
                refusal.append(string(part.get("refusal")))
            else:
                text.append(string(part.get("text")))
    return Said("".join(text), "".join(reasoning), "".join(refusal))


def _thought(part: dict[str, JSON]) -> str:
    for name in ("thinking", "text", "summary", "content"):
        value = part.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list):
            return "".join(string(mapping(p).get("text")) for p in value)
    return ""


def _details(details: JSON) -> str:
    if not details:
        return ""
    return "".join(_thought(d) for d in listing(details) if isinstance(d, dict))


def error_in(chunk: dict[str, JSON]) -> JSON:
    """The error a chunk or body carries, in any of its places, or None."""
    found = chunk.get("error") or ("x_groq" in chunk and mapping(chunk["x_groq"]).get("error"))
    if found:
        return found
    choices = listing(chunk.get("choices"))
    for choice in choices:
        if isinstance(choice, dict) and choice.get("error"):
            return choice["error"]
    is_error = chunk.get("object") == "error" or chunk.get("type") == "error"
    return chunk if not choices and (is_error or chunk.get("detail")) else None


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
        return next((n for v in values if (n := _count(v)) is not None), before)

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


def _count(value: JSON) -> int | None:
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
    if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < _TOKENS_MAX:
        return float(cost)
    return None


def sources_in(chunk: dict[str, JSON], words: dict[str, JSON]) -> list[Source]:
    """The pages a chunk and its delta or message name, in their order, doubles included."""
    if _NAMES_SOURCES.isdisjoint(chunk) and _NAMES_SOURCES.isdisjoint(words):
        return []  # as almost every chunk: this is the hot path
    found: list[JSON] = []
    for holder in (words, chunk):
        for note in listing(holder.get("annotations")):
            found.append(mapping(note).get("url_citation") or note)
        found.extend(listing(holder.get("citations")))
        found.extend(listing(holder.get("search_results")))
    return [source for entry in found if (source := _source(entry)) is not None]


def _source(entry: JSON) -> Source | None:
    entry = {"url": entry} if isinstance(entry, str) else mapping(entry)
    url = clean(string(entry.get("url")))
    if not url.lower().startswith(("http://", "https://")) or len(url) > _URL_MAX:
        return None
    return Source(url=url, title=one_line(string(entry.get("title")), _TITLE_MAX))
