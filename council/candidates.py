"""Who could take a seat: every model of a reader's providers that can hold a conversation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from council import makes
from council.core.plan import MAX_MODEL_NAME
from council.directory import Listing
from council.makes import Make, Tier
from council.providers import runs_here
from council.wire.catalogue import Model

_NOT_CHAT = re.compile(
    r"embed|whisper|tts|audio|realtime|transcri|moderation|dall-e|image|davinci|babbage|instruct-0"
    r"|computer-use|rerank|guard|ocr|sora|speech|veo|imagen|lyria|search-(?:preview|api)|codex"
    r"|deep-research|nano-banana|\baqa\b|^(?:gpt|o\d)[\w.-]*-pro\b|turbo-instruct"
    r"|text-(?:search|similarity|ada|curie)|-similarity|code-search|^(?:ada|curie)[-:]"
    r"|-search-(?:document|query)|content-safety|robotics|ui-tars|\bbge\b|minilm|\be5-"
    r"|diffusion|\bflux\b|video-|reward|prover|router|-base(?:-pt)?$|-pt$|translat|hy-mt|-apply-",
    re.IGNORECASE,
)
_RETIRED = frozenset({"openai/ada", "openai/curie"})
_DEAR = 30.0
"""US dollars for a million tokens of answers; what costs more is never taken unasked."""
_TINY_B = 7.0
_MILLION = 1e6


@dataclass(frozen=True)
class Candidate:
    """One model that could be asked.

    ``is_local``: a model server on this machine runs it. ``is_doubtful``: its provider did not
    answer when last asked for its list. ``can_tools`` is False only where the list says so.
    ``usd`` is the price of a million tokens it writes, None where nobody says it; ``order`` its
    place in the lists.
    """

    name: str
    title: str
    make: Make
    tier: Tier
    is_local: bool
    is_doubtful: bool
    usd: float | None
    can_tools: bool
    created: int
    order: int

    @property
    def provider(self) -> str:
        """Whom it is asked at."""
        return self.name.partition("/")[0]

    @property
    def is_dear(self) -> bool:
        """True when it costs more than anybody spends unasked."""
        return self.usd is not None and self.usd > _DEAR

    @property
    def is_given_away(self) -> bool:
        """True for a maker's open model where its real ones could be asked as well."""
        return self.make.is_open_weight and not self.is_local

    @property
    def is_tiny(self) -> bool:
        """True for what fits a telephone: a last resort."""
        size = self.make.params_b
        return "tiny" in self.make.line or (size is not None and size < _TINY_B)


class Candidates:
    """All of them, each once; ``names`` are those of every model that is listed, and ``known``
    what is known of those that can hold a conversation, under each of their names."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.names = {f"{li.provider.name}/{m.id}" for li in listings for m in li.models}
        self.all: list[Candidate] = []
        self.known: dict[str, Candidate] = {}
        self._newest: dict[str, int] = {}
        for listing in listings:
            found = _resolved(_chat(listing, len(self.known)))
            self.known |= {one.name: one for one in found}
            self.all += _each_once(found)
        for one in self.all:
            newest = self._newest.get(one.make.family, 0)
            self._newest[one.make.family] = max(newest, *one.make.version[:1], 0)

    def of(self, provider: str) -> list[Candidate]:
        """Those of one provider."""
        return [one for one in self.all if one.provider == provider]

    @property
    def on_this_machine(self) -> list[Candidate]:
        """Those that a model server here runs: a prompt to them leaves nothing."""
        return [one for one in self.all if one.is_local]

    def behind(self, one: Candidate) -> int:
        """By how many whole versions its family has a newer one."""
        if one.make.is_alias:
            return 0
        return self._newest[one.make.family] - next(iter(one.make.version), 0)


def is_chat(listing: Listing, model: Model) -> bool:
    """True for a model that answers in text and can be named in a council."""
    name = f"{listing.provider.name}/{model.id}"
    can_be_named = len(name) <= MAX_MODEL_NAME and len(model.id.split()) == 1
    is_text = model.outputs_text and not _NOT_CHAT.search(model.id)
    return can_be_named and is_text and name not in _RETIRED


def _chat(listing: Listing, before: int) -> list[Candidate]:
    chat = [model for model in listing.models if is_chat(listing, model)]
    return [_candidate(listing, model, before + i) for i, model in enumerate(chat)]


def _each_once(found: Sequence[Candidate]) -> list[Candidate]:
    """Of all names a provider has for one model the alias that stays, else the plain one, else
    the newest. Mistral gives every name of a model the same title."""
    best: dict[object, Candidate] = {}
    for one in sorted(found, key=_preference):
        best.setdefault(one.make.identity, one)
    by_title: dict[object, Candidate] = {}
    for one in sorted(best.values(), key=lambda one: (one.make.oddness, *_preference(one))):
        by_title.setdefault((one.make.family, one.title), one)
    return sorted(by_title.values(), key=lambda one: one.order)


def _preference(one: Candidate) -> tuple[object, ...]:
    make = one.make
    is_dated = bool(make.date and make.version)  # without a version the date tells them apart
    newest = (-one.created, -int(make.date or 0), one.order)
    return make.is_variant, not make.is_alias, is_dated, *newest


def _resolved(found: Sequence[Candidate]) -> list[Candidate]:
    """An alias stands for the newest of its line: it is that model, not another one."""
    newest: dict[object, tuple[int, ...]] = {}
    for one in found:
        line = (one.make.family, one.make.line, one.make.params_b)
        newest[line] = max(newest.get(line, ()), one.make.version)
    return [
        replace(one, make=replace(one.make, version=version))
        if one.make.is_alias
        and not one.make.version
        and (version := newest[(one.make.family, one.make.line, one.make.params_b)])
        else one
        for one in found
    ]


def _candidate(listing: Listing, model: Model, order: int) -> Candidate:
    name = f"{listing.provider.name}/{model.id}"
    make, price = makes.make_of(name), model.facts.price
    rate = None if price is None or price.rates.completion is None else price.rates.completion
    usd = None if rate is None else rate * _MILLION
    provider = listing.provider
    return Candidate(
        name=name,
        title=_title(model),
        make=make,
        tier=makes.tier_of(make, usd),
        is_local=provider.local and runs_here(name, model.owner),
        is_doubtful=bool(listing.problem),
        usd=usd,
        can_tools=model.facts.can_tools is not False,
        created=model.created or 0,
        order=order,
    )


def _title(model: Model) -> str:
    """The name its list gives it for people, without the maker's before the colon; else its id."""
    if model.name == model.id:
        return model.id.rpartition("/")[2][: makes.TITLE_MAX]
    return model.name.partition(": ")[2][: makes.TITLE_MAX] or model.name[: makes.TITLE_MAX]
