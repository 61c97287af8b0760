"""Finding a model among all that is offered: by name, maker, price, length and ability.

One line of words does it all, in the question box and on the catalogue's page alike.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from council.core.facts import Facts
from council.core.independence import family
from council.core.plan import MAX_MODEL_NAME
from council.directory import Listing
from council.providers import label
from council.wire.catalogue import Model

WORDS_MAX, QUERY_MAX = 12, 200
_ABILITIES = {
    "sees": "sees", "images": "sees", "vision": "sees",
    "tools": "can_tools",
    "reasons": "reasons", "reasoning": "reasons", "thinking": "reasons",
}  # fmt: skip
_CHEAPER = re.compile(r"<=?\$?(\d+(?:\.\d+)?)$")
_LONGER = re.compile(r"(?:>=?)?(\d+(?:\.\d+)?)([km])\+?$")
_MILLION = 1_000_000
_SIZES = {"k": 1000, "m": _MILLION}


@dataclass(frozen=True)
class Entry:
    """One model of one provider. ``is_kept``: its provider did not list it when last asked."""

    provider: str
    model: Model
    is_kept: bool

    @property
    def name(self) -> str:
        """What a seat is given: ``provider/model-id``."""
        return f"{self.provider}/{self.model.id}"

    @property
    def facts(self) -> Facts:
        """What is known of it."""
        return self.model.facts

    @property
    def provider_label(self) -> str:
        """Its provider's name as people write it."""
        return label(self.provider)

    @cached_property
    def family(self) -> str:
        """Whose kin it is (`council.core.independence`)."""
        return family(self.name)

    @cached_property
    def text(self) -> str:
        """All its names, for the search."""
        names = (self.name, self.model.name, self.provider_label, self.family)
        return " ".join(names).casefold()

    @property
    def context_words(self) -> str:
        """``128k``, ``1M``; empty when nobody said."""
        return tokens_words(self.facts.context)

    @property
    def price_words(self) -> str:
        """US dollars for a million tokens read and written; empty when nobody said."""
        price = self.facts.price
        if price is None or price.rates.prompt is None or price.rates.completion is None:
            return ""
        if price.rates.prompt == price.rates.completion == 0:
            return "free"
        return f"{_dollars(price.rates.prompt)} / {_dollars(price.rates.completion)}"

    @property
    def tier_words(self) -> str:
        """From which prompt length on it costs otherwise; empty when it does not."""
        tiers = self.facts.price.tiers if self.facts.price else ()
        if not tiers:
            return ""
        tier = min(tiers, key=lambda t: t.min_prompt_tokens)
        rates = tier.rates
        if rates.prompt is None or rates.completion is None:
            return ""
        at = tokens_words(tier.min_prompt_tokens)
        return f"from {at}: {_dollars(rates.prompt)} / {_dollars(rates.completion)}"

    @property
    def abilities(self) -> list[str]:
        """What it is known to do beside writing."""
        known = self.facts
        said = ((known.sees, "sees"), (known.can_tools, "tools"), (known.reasons, "reasons"))
        return [word for can, word in said if can]

    @property
    def written_rate(self) -> float | None:
        """US dollars for a million tokens of its answer."""
        price = self.facts.price
        if price is None or price.rates.completion is None:
            return None
        return price.rates.completion * _MILLION


def entries(listings: Iterable[Listing]) -> list[Entry]:
    """Every model that answers in text and may be named in a council, in the lists' order."""
    return [
        Entry(listing.provider.name, model, bool(listing.problem))
        for listing in listings
        for model in listing.models
        if model.outputs_text and len(listing.provider.name) + 1 + len(model.id) <= MAX_MODEL_NAME
    ]


def search(among: Sequence[Entry], query: str) -> list[Entry]:
    """Those that fit every word, those first whose own name begins with what was typed.

    ``sees``, ``tools`` and ``reasons`` are abilities, ``free`` and ``<5`` prices (of a million
    tokens written, in US dollars), ``128k`` or ``1m`` a context at least so long; every other
    word is part of a name, its maker's, its provider's or its family's.
    """
    words = query[:QUERY_MAX].casefold().split()[:WORDS_MAX]
    found = [entry for entry in among if all(_fits(entry, word) for word in words)]
    if words:
        first = words[0]
        found.sort(key=lambda entry: _rank(entry, first))
    return found


def _rank(entry: Entry, word: str) -> int:
    name = entry.name.casefold()
    if name == word:
        return 0
    starts = (name, entry.model.id.casefold(), name.rpartition("/")[2])
    return 1 if any(start.startswith(word) for start in starts) else 2


def _fits(entry: Entry, word: str) -> bool:
    if word in entry.text:
        return True
    if ability := _ABILITIES.get(word):
        return getattr(entry.facts, ability) is True
    if word == "free":
        return entry.written_rate == 0
    if cheaper := _CHEAPER.match(word):
        rate = entry.written_rate
        return rate is not None and rate <= float(cheaper[1]) * 1.000001  # 5e-06 × a million
    if longer := _LONGER.match(word):
        return (entry.facts.context or 0) >= float(longer[1]) * _SIZES[longer[2]]
    return False


def tokens_words(count: int | None) -> str:
    """``8k``, ``131k``, ``1M``, ``1.05M``; empty for None."""
    if count is None:
        return ""
    if count < 1000:
        return str(count)
    if count < 999_500:
        return f"{count / 1000:.0f}k"
    return f"{count / _MILLION:.2f}".rstrip("0").rstrip(".") + "M"


def _dollars(rate: float) -> str:
    """A rate for one token as the price of a million: ``$15``, ``$2.50``, ``$0.075``."""
    usd = rate * _MILLION
    if usd >= 0.995 and abs(usd - round(usd)) < 0.005:
        return f"${round(usd):,}"
    if usd == 0 or usd >= 0.0995:
        return f"${usd:.2f}"
    return "$" + f"{usd:.4f}".rstrip("0") if usd >= 0.00005 else "<$0.0001"
