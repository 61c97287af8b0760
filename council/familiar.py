"""What is known of well-known models where their provider's own list does not say it.

Two sources, in this order: OpenRouter's list, where it is connected, for the makers whose
prices it passes on unchanged; and a small dated file, ``builtin/models.json``. Neither ever
overrides what a provider says itself.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from council.core.facts import NOTHING, Facts, Price, Rates, Tier
from council.wire.catalogue import Model

_FILE = Path(__file__).with_name("builtin") / "models.json"
_ON_OPENROUTER = {"openai": "openai", "anthropic": "anthropic", "gemini": "google", "xai": "x-ai"}
_DATE = re.compile(r"-(?:20\d{6}|latest)$")
_DOTTED = re.compile(r"-(\d{1,2})-(\d{1,2})$")
_MILLION = 1e6


def facts_of(provider: str, model: Model, openrouter: Mapping[str, Model]) -> Facts:
    """The model's facts, with what its list leaves out. ``openrouter``: its models by id."""
    known = model.facts
    for more in (_openrouter_s(provider, model.id, openrouter), builtin(provider, model.id)):
        gaps = {n: v for n, v in more if v is not None and getattr(known, n) is None}
        if gaps:
            known = known.model_copy(update=gaps)
    return known


def _openrouter_s(provider: str, model: str, openrouter: Mapping[str, Model]) -> Facts:
    maker = _ON_OPENROUTER.get(provider)
    if maker is None or not openrouter:
        return NOTHING
    spelled = _DOTTED.sub(r"-\1.\2", _undated(provider, model))
    found = openrouter.get(f"{maker}/{spelled}")
    # Which parameters OpenRouter accepts is no fact of the maker's own endpoint.
    return NOTHING if found is None else found.facts.model_copy(update={"parameters": None})


def builtin(provider: str, model: str) -> Facts:
    """What the dated file says of the model."""
    return _file().get(provider, {}).get(_undated(provider, model), NOTHING)


def names(provider: str) -> tuple[Model, ...]:
    """The models the file knows of a provider: for when it has no list."""
    return tuple(Model(id=name, name=name) for name in _file().get(provider, {}))


def _undated(provider: str, model: str) -> str:
    """Anthropic's names end in a date that changes no price; elsewhere it may."""
    return _DATE.sub("", model) if provider == "anthropic" else model


@cache
def _file() -> Mapping[str, Mapping[str, Facts]]:
    held = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        provider: {n: _facts({**said["all"], **entry}) for n, entry in said["models"].items()}
        for provider, said in held.items()
    }


def _facts(entry: dict[str, Any]) -> Facts:
    rates, above = entry.pop("usd_per_million", None), entry.pop("above", None)
    if rates is None:
        return Facts(**entry)
    tiers = (Tier(min_prompt_tokens=above[0], rates=_rates(above[1:])),) if above else ()
    return Facts(**entry, price=Price(rates=_rates(rates), tiers=tiers))


def _rates(per_million: list[float]) -> Rates:
    prompt, completion, *cached = (dollars / _MILLION for dollars in per_million)
    return Rates(prompt=prompt, completion=completion, cached=cached[0] if cached else None)
