"""What is known of a model before it is asked: how much it reads, what it can, what it costs.

None means nobody said; it is never taken for no, and a price nobody said is never 0.
"""

from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from council.core.delta import Usage


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Rates(_Frozen):
    """US dollars for one token of each sort; None where the list does not say."""

    prompt: float | None = None
    completion: float | None = None
    cached: float | None = None


class Tier(_Frozen):
    """Rates that hold once the prompt has at least this many tokens."""

    min_prompt_tokens: int
    rates: Rates


class Price(_Frozen):
    """What a call costs by the provider's list, in US dollars."""

    rates: Rates = Rates()
    request: float = 0.0
    image: float = 0.0
    tiers: tuple[Tier, ...] = ()

    def rates_for(self, prompt_tokens: int) -> Rates:
        """The rates of a prompt of this length: those of the highest tier it reaches."""
        reached = [t for t in self.tiers if t.min_prompt_tokens <= prompt_tokens]
        if not reached:
            return self.rates
        tier = max(reached, key=lambda t: t.min_prompt_tokens).rates
        return Rates(
            prompt=self.rates.prompt if tier.prompt is None else tier.prompt,
            completion=self.rates.completion if tier.completion is None else tier.completion,
            cached=self.rates.cached if tier.cached is None else tier.cached,
        )

    def of(self, usage: Usage, images: int = 0) -> float | None:
        """The cost of a call that used this; None when a number that is needed is missing.

        Tokens read from a cache are part of ``usage.prompt`` and have a rate of their own.
        Reasoning is part of ``usage.completion``, except where the total says otherwise (xAI
        leaves it out, so the total is more than the sum).
        """
        if usage.prompt is None or usage.completion is None:
            return None
        rates = self.rates_for(usage.prompt)
        if rates.prompt is None or rates.completion is None:
            return None
        cached = min(usage.cached or 0, usage.prompt)
        cached_rate = rates.prompt if rates.cached is None else rates.cached
        written = usage.completion
        beyond = (usage.total or 0) - usage.prompt - usage.completion
        if usage.reasoning and 0 < beyond <= usage.reasoning:
            written += beyond
        return (
            (usage.prompt - cached) * rates.prompt
            + cached * cached_rate
            + written * rates.completion
            + self.request
            + images * self.image
        )


FREE = Price(rates=Rates(prompt=0.0, completion=0.0, cached=0.0))
"""What is known to cost nothing: scripted words, a token of one's own machine."""


class Facts(_Frozen):
    """One model, as its provider lists it.

    ``context`` and ``max_output`` count tokens. ``parameters`` are the request fields it
    accepts; None when the list does not name them. ``schema`` (as ``can_schema``) is
    structured output by JSON schema. ``local``: a server on this machine runs it, which may
    have to load it first.
    """

    context: int | None = None
    max_output: int | None = None
    sees: bool | None = None
    can_tools: bool | None = None
    can_schema: bool | None = None
    reasons: bool | None = None
    parameters: frozenset[str] | None = None
    price: Price | None = None
    local: bool = False


NOTHING = Facts()
"""All that is known of a model nobody lists."""

Know = Callable[[str], Facts]
"""What is known of ``provider/model-id``. Quick, and never raises."""


WhoseKey = Callable[[str], Literal["", "server", "own"]]
"""Whose key ``provider/model-id`` is asked with; empty where none is needed. Quick."""


def nobodys(_model: str) -> Literal[""]:
    """A `WhoseKey` for models that need none."""
    return ""


def nothing(_model: str) -> Facts:
    """A `Know` that knows nothing."""
    return NOTHING
