"""Which models a provider offers and what it says of them, in any of the shapes lists have."""

import asyncio
import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict

from council.core.facts import NOTHING, Facts
from council.wire import ollama
from council.wire.cards import facts_of, outputs_text
from council.wire.cleaning import one_line
from council.wire.client import Client, headers_of
from council.wire.egress import Answer, BrokenAnswerError, NoAnswerError
from council.wire.faults import Faults
from council.wire.payload import JSON, mapping, string
from council.wire.profiles import profile_of
from council.wire.provider import Provider

_LIST_LIMIT = 16 << 20
_MODELS_MAX, _PAGES_MAX = 5_000, 20


class Model(BaseModel):
    """One entry of a provider's list.

    ``id`` is what the provider wants to be asked for, ``owner`` who it says runs or made it;
    ``created`` counts seconds since 1970, None where it is not said. ``outputs_text`` is False
    for what the list itself says only draws, speaks or embeds.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    created: int | None = None
    owner: str = ""
    facts: Facts = NOTHING
    outputs_text: bool = True


class CatalogueError(Exception):
    """The list could not be had; the text is a sentence for people."""


class NoListError(CatalogueError):
    """The endpoint answers, but has no list of models; it may serve some all the same."""


class DeniedError(CatalogueError):
    """The provider does not accept the key."""


@dataclass(frozen=True)
class _Way:
    """A list that says more than ``/models`` of the OpenAI wire does. ``key`` is the header
    that carries the key there, in place of Authorization."""

    path: str
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


_WAYS: Mapping[str, _Way] = {
    # The OpenAI wire's list has names only; Gemini's own has limits, 50 to a page.
    "gemini": _Way("models?pageSize=1000", "x-goog-api-key"),
    "anthropic": _Way("models?limit=1000", "x-api-key", {"anthropic-version": "2023-06-01"}),
    "xai": _Way("language-models"),  # with prices; /models has none
}


async def models(client: Client, provider_name: str, timeout_s: float = 4.0) -> list[Model]:
    """The models of one provider, in its own order. Raises CatalogueError within ``timeout_s``."""
    provider = client.provider(provider_name)
    title = profile_of(provider_name).title
    deadline = asyncio.get_running_loop().time() + timeout_s
    try:
        async with asyncio.timeout_at(deadline):
            found = await _best_list(client, provider)
    except TimeoutError:
        raise CatalogueError(f"{title} did not list its models in {timeout_s:g} s.") from None
    except NoAnswerError as error:
        raise CatalogueError(f"{title} cannot be reached: {error.reason}.") from error
    except BrokenAnswerError as error:
        raise CatalogueError(f"{title} broke off while listing its models.") from error
    if provider_name == "ollama":
        facts = await ollama.facts(client, provider, [m.id for m in found], deadline)
        found = [m.model_copy(update=facts.get(m.id, {})) for m in found]
    return found


async def _best_list(client: Client, provider: Provider) -> list[Model]:
    """The list that says most, or the plain one of the OpenAI wire."""
    headers = headers_of(provider, profile_of(provider.name))
    way = _WAYS.get(provider.name)
    if way is not None:
        own = {**headers, **way.headers}
        if way.key and provider.key:
            del own["Authorization"]
            own[way.key] = provider.key
        address = f"{provider.base_url.rstrip('/').removesuffix('/openai')}/{way.path}"
        with contextlib.suppress(NoListError):
            return await _pages(client, provider, address, own)
    return await _pages(client, provider, provider.url("models"), headers)


async def _pages(
    client: Client, provider: Provider, address: str, headers: Mapping[str, str]
) -> list[Model]:
    """All pages of one list; the first must be one, a later one that is none ends it."""
    found: dict[str, Model] = {}
    page = address
    for _ in range(_PAGES_MAX):
        answer, body = await _get(client, page, headers)
        entries, more = await asyncio.to_thread(_listed, provider, answer, body)
        for model in entries:
            found.setdefault(model.id, model)
        if not more or len(found) >= _MODELS_MAX:
            break
        page = f"{address}{'&' if '?' in address else '?'}{more}"
    return list(found.values())[:_MODELS_MAX]


async def _get(client: Client, url: str, headers: Mapping[str, str]) -> tuple[Answer, bytes]:
    answer = await client.egress.get(url, headers)
    try:
        return answer, await answer.read_all(_LIST_LIMIT)
    finally:
        await answer.aclose()


def _listed(provider: Provider, answer: Answer, body: bytes) -> tuple[list[Model], str]:
    """The models of one page, and the query of the next one. Raises CatalogueError."""
    title = profile_of(provider.name).title
    if answer.status in (404, 405, 501):
        raise NoListError(f"{title} has no list of models ({answer.status}).")
    if not 200 <= answer.status < 300:
        failure = Faults(title, provider.key).from_answer(answer.status, answer.headers, body)
        raise (DeniedError if failure.kind == "bad_key" else CatalogueError)(failure.message)
    try:
        document = json.loads(body)
        found = models_in(document)
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise NoListError(f"{title} answers with something that is no list of models.")
    return found, _next_page(document)


def _next_page(document: JSON) -> str:
    """The query that asks for the next page: Gemini's token, Anthropic's last id; else empty."""
    held = mapping(document)
    if token := string(held.get("nextPageToken")):
        return f"pageToken={quote(token, safe='')}"
    last = string(held.get("last_id"))
    return f"after_id={quote(last, safe='')}" if held.get("has_more") is True and last else ""


def models_in(document: JSON) -> list[Model] | None:
    """The models of a decoded list: ``data``, ``models`` (Ollama, Gemini, xAI) or a bare list."""
    entries = document
    if isinstance(document, dict):
        entries = document.get("data")
        entries = document.get("models") if entries is None else entries
    if not isinstance(entries, list):
        return None
    found: dict[str, Model] = {}
    for entry in entries[:_MODELS_MAX]:
        model = _model({"id": entry} if isinstance(entry, str) else mapping(entry))
        if model is not None:
            found.setdefault(model.id, model)
    return list(found.values())


def _model(entry: dict[str, JSON]) -> Model | None:
    named = string(entry.get("id")) or string(entry.get("model")) or string(entry.get("name"))
    said_id = named.removeprefix("models/")  # Gemini's, on both of its lists
    model_id = one_line(said_id, 300)
    if not model_id or model_id != said_id or " " in model_id:  # nobody could ask for it by name
        return None
    title = string(entry.get("display_name")) or string(entry.get("displayName"))
    name = title or string(entry.get("name")) or model_id
    return Model(
        id=model_id,
        name=one_line(name.removeprefix("models/"), 200),
        created=_created(entry),
        owner=one_line(string(entry.get("owned_by")), 80),
        facts=facts_of(entry),
        outputs_text=outputs_text(entry),
    )


def _created(entry: dict[str, JSON]) -> int | None:
    created = entry.get("created")
    if isinstance(created, int) and not isinstance(created, bool) and created > 0:
        return created
    with contextlib.suppress(ValueError, OverflowError):
        seconds = int(datetime.fromisoformat(string(entry.get("created_at"))).timestamp())
        return seconds if seconds > 0 else None
    return None
