"""What Ollama knows of its models: its list has names only, ``/api/show`` has the facts.

Source: https://github.com/ollama/ollama/blob/main/docs/api.md, "Show Model Information".
"""

import asyncio
import contextlib
import json
import re
from collections.abc import Sequence
from typing import Any

from council.wire.cards import facts_of, outputs_text
from council.wire.client import Client
from council.wire.egress import BrokenAnswerError, NoAnswerError
from council.wire.payload import JSON, mapping, string
from council.wire.provider import Provider

_SHOW_LIMIT = 4 << 20
"""Bytes of one description; it brings the model's licence along."""
_AT_ONCE, _MODELS_MAX = 4, 100
_NUM_CTX = re.compile(r"^num_ctx\s+(\d{1,9})\s*$", re.MULTILINE)


async def facts(
    client: Client, provider: Provider, names: Sequence[str], deadline: float
) -> dict[str, dict[str, Any]]:
    """For each model that is described in time, the fields of `catalogue.Model` it settles.

    ``deadline`` is in the loop's time. Never raises for anything Ollama does.
    """
    root = provider.base_url.rstrip("/").removesuffix("/v1")
    places = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, dict[str, Any]] = {}

    async def ask(name: str) -> None:
        async with places:
            with contextlib.suppress(NoAnswerError, BrokenAnswerError, ValueError, RecursionError):
                answer = await client.egress.post(f"{root}/api/show", {}, {"model": name})
                async with contextlib.aclosing(answer):
                    body = await answer.read_all(_SHOW_LIMIT)
                if answer.status == 200:
                    found[name] = _settled(mapping(json.loads(body)))

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(deadline):
            await asyncio.gather(*map(ask, names[:_MODELS_MAX]))
    return found


def _settled(shown: dict[str, JSON]) -> dict[str, Any]:
    lengths = [v for k, v in mapping(shown.get("model_info")).items() if _is_length(k)]
    entry = {
        "capabilities": shown.get("capabilities"),
        "context_length": lengths[0] if lengths else None,
    }
    known = facts_of(entry)
    # A length the model file sets is the one it is run with; what is beyond it is cut off.
    if (held := _NUM_CTX.search(string(shown.get("parameters")))) and int(held[1]) > 0:
        least = min(int(held[1]), known.context or int(held[1]))
        known = known.model_copy(update={"context": least})
    return {"facts": known, "outputs_text": outputs_text(entry)}


def _is_length(name: str) -> bool:
    """``llama.context_length``; ``…rope.scaling.original_context_length`` is another thing."""
    return name.endswith(".context_length") and name.count(".") == 1
