"""Which models a provider offers, read from any of the shapes such lists have."""

import asyncio
import json
from dataclasses import dataclass

from council.wire.cleaning import one_line
from council.wire.client import Client, headers_of
from council.wire.egress import Answer, BrokenAnswerError, NoAnswerError
from council.wire.faults import Faults
from council.wire.payload import JSON, listing, mapping, string
from council.wire.profiles import profile_of

_LIST_LIMIT = 16 << 20
_MODELS_MAX = 5_000
_CONTEXT = (
    "context_length",
    "max_model_len",
    "max_context_length",
    "max_input_tokens",
    "context_window",
    "inputTokenLimit",
)


@dataclass(frozen=True)
class Model:
    """One entry of a provider's list. ``id`` is what the provider wants to be asked for;
    ``context`` counts tokens, ``created`` seconds since 1970; None where it is not said."""

    id: str
    name: str
    context: int | None = None
    created: int | None = None


class CatalogueError(Exception):
    """The list could not be had; the text is a sentence for people."""


class NoListError(CatalogueError):
    """The endpoint answers, but has no list of models; it may serve some all the same."""


async def models(client: Client, provider_name: str, timeout_s: float = 4.0) -> list[Model]:
    """The models of one provider, in its own order. Raises CatalogueError within ``timeout_s``."""
    provider = client.provider(provider_name)
    profile = profile_of(provider_name)
    faults = Faults(profile.title, provider.key)
    try:
        async with asyncio.timeout(timeout_s):
            answer = await client.egress.get(
                provider.url("models"), {**headers_of(provider, profile)}
            )
            try:
                body = await answer.read_all(_LIST_LIMIT)
            finally:
                await answer.aclose()
    except TimeoutError:
        raise CatalogueError(
            f"{profile.title} did not list its models in {timeout_s:g} s."
        ) from None
    except NoAnswerError as error:
        raise CatalogueError(f"{profile.title} cannot be reached: {error.reason}.") from error
    except BrokenAnswerError as error:
        raise CatalogueError(f"{profile.title} broke off while listing its models.") from error
    return _listed(answer, body, faults, profile.title)


def _listed(answer: Answer, body: bytes, faults: Faults, title: str) -> list[Model]:
    if answer.status in (404, 405, 501):
        raise NoListError(f"{title} has no list of models ({answer.status}).")
    if not 200 <= answer.status < 300:
        raise CatalogueError(faults.from_answer(answer.status, answer.headers, body).message)
    try:
        found = models_in(json.loads(body))
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise NoListError(f"{title} answers with something that is no list of models.")
    return found


def models_in(document: JSON) -> list[Model] | None:
    """The models of a decoded list: ``data``, ``models`` (Ollama, Gemini) or a bare list."""
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
    name_only = string(entry.get("name")).removeprefix("models/")
    said_id = string(entry.get("id")) or string(entry.get("model")) or name_only
    model_id = one_line(said_id, 300)
    if not model_id or model_id != said_id or " " in model_id:  # nobody could ask for it by name
        return None
    title = string(entry.get("display_name")) or string(entry.get("displayName"))
    name = title or string(entry.get("name")) or model_id
    created = entry.get("created")
    return Model(
        model_id,
        one_line(name, 200),
        _context(entry),
        created if isinstance(created, int) and created > 0 else None,
    )


def _context(entry: dict[str, JSON]) -> int | None:
    """The context length under its first known name; a router's is that of its best host."""
    hosts = [mapping(host) for host in listing(entry.get("providers"))]
    for name in _CONTEXT:
        lengths = [holder.get(name) for holder in (entry, *hosts)]
        known = [n for n in lengths if isinstance(n, int) and not isinstance(n, bool) and n > 0]
        if known:
            return max(known)
    return None
