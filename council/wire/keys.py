"""Whether a provider accepts a key, without spending anything."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from council.wire.catalogue import CatalogueError, DeniedError
from council.wire.client import Client, headers_of
from council.wire.egress import BrokenAnswerError, NoAnswerError
from council.wire.faults import Faults
from council.wire.payload import mapping
from council.wire.profiles import profile_of

_ASK: Mapping[str, str] = {"openrouter": "key"}
"""Where a provider says what it thinks of a key, if anybody may read its list of models.
Source: https://openrouter.ai/docs/api/api-reference/api-keys/get-current-key"""
_ANSWER_LIMIT = 64 << 10


@dataclass(frozen=True)
class Standing:
    """An accepted key. ``left_usd`` is what it may still spend; None without a limit."""

    left_usd: float | None = None


def is_told_apart(provider_name: str) -> bool:
    """True when the key has to be asked about by itself, because the list is public."""
    return provider_name in _ASK


async def standing(client: Client, provider_name: str, timeout_s: float = 4.0) -> Standing:
    """What the provider says of its key. Raises DeniedError or CatalogueError, in time."""
    provider = client.provider(provider_name)
    profile = profile_of(provider_name)
    try:
        async with asyncio.timeout(timeout_s):
            address = provider.url(_ASK[provider_name])
            answer = await client.egress.get(address, headers_of(provider, profile))
            try:
                body = await answer.read_all(_ANSWER_LIMIT)
            finally:
                await answer.aclose()
    except (TimeoutError, NoAnswerError, BrokenAnswerError) as error:
        raise CatalogueError(f"{profile.title} does not say whether the key is valid.") from error
    if not 200 <= answer.status < 300:
        failure = Faults(profile.title, provider.key).from_answer(
            answer.status, answer.headers, body
        )
        raise (DeniedError if failure.kind == "bad_key" else CatalogueError)(failure.message)
    try:
        left = mapping(mapping(json.loads(body)).get("data")).get("limit_remaining")
    except (ValueError, RecursionError):
        left = None
    if isinstance(left, bool) or not isinstance(left, int | float):
        return Standing()
    return Standing(float(left))
