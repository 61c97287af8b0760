"""A council for the models a reader has: who sits where a wanted model is not offered.

Every rule in one place (docs/templates.md tells them to readers). Nothing here asks a provider.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any

from council import makes
from council.candidates import Candidate, Candidates
from council.core.plan import Council
from council.directory import Listing
from council.makes import FRONTIER, SMALL, Make
from council.providers import label

OPEN = "…"
"""Stands for a model that is not named: ``ollama/…`` is whatever runs on this machine, and
``openai/…`` whatever OpenAI has."""
_FAMILIES = (
    "anthropic/claude", "openai", "google/gemini", "xai/grok", "deepseek", "moonshot/kimi",
    "qwen", "mistral", "zhipu/glm", "llama", "minimax", "cohere/command", "amazon/nova",
    "microsoft/phi", "ibm/granite",
)  # fmt: skip
_RANK = {name: rank for rank, name in enumerate(_FAMILIES)}
"""Whose models are tried first where any family would do; unknown ones come last."""


@dataclass(frozen=True)
class Adapted:
    """A council every model of which is offered; ``replaced`` says what was put in another's
    place, a sentence each. ``kept`` counts the seats whose model is there, whoever serves it."""

    council: Council
    replaced: tuple[str, ...] = ()
    kept: int = 0


def adapt(council: Council, listings: Sequence[Listing] | Candidates) -> Adapted | None:
    """The council with what these lists offer; None when they offer nothing that could sit."""
    there = listings if isinstance(listings, Candidates) else Candidates(listings)
    table = _Table(council, there)
    if not table.seat_everybody():
        return None
    names = table.names
    seats = [s.model_copy(update={"model": names[i]}) for i, s in enumerate(council.seats)]
    update: dict[str, object] = {
        "seats": tuple(seats),
        "judge": council.judge.model_copy(update={"model": names[_JUDGE]}),
    }
    if council.writer.model is not None:
        update["writer"] = council.writer.model_copy(update={"model": names[_WRITER]})
    return Adapted(council.model_copy(update=update), table.sentences(), table.kept)


_JUDGE, _WRITER = -1, -2
"""The chairs that have no letter."""


class _Table:
    """Who sits where, while it is being decided."""

    def __init__(self, council: Council, there: Candidates) -> None:
        self._council, self._there = council, there
        wanted = {i: seat.model for i, seat in enumerate(council.seats)}
        wanted[_JUDGE] = council.judge.model
        if council.writer.model is not None:
            wanted[_WRITER] = council.writer.model
        self._wanted = {chair: _Wanted(name) for chair, name in wanted.items()}
        self.names: dict[int, str] = {}
        self._moved: set[int] = set()
        self.kept = 0
        self._uses, self._families, self._lines = Counter[Any](), Counter[str](), Counter[Any]()

    def seat_everybody(self) -> bool:
        """First whoever is there as wanted, then the others in the order of their letters."""
        for chair, wanted in self._wanted.items():
            if wanted.name in self._there.names:
                self._take(chair, wanted.name)
                self.kept += chair >= 0
            elif not wanted.is_open and (same := self._elsewhere(wanted)):
                self._moved.add(chair)
                self._take(chair, same.name)
                self.kept += chair >= 0
        for chair in sorted(self._wanted.keys() - self.names.keys(), key=_seats_first):
            pool = self._pool(self._wanted[chair])
            if not pool:
                return False
            order = self._chair_order if chair < 0 else self._seat_order
            self._take(chair, min(pool, key=partial(order, chair)).name)
        return True

    def _elsewhere(self, wanted: "_Wanted") -> Candidate | None:
        """The same model under another provider's name, or another name of its own provider's."""
        make = wanted.make
        same = [
            one
            for one in self._pool(wanted)
            if (one.make.family, one.make.line) == (make.family, make.line)
            and one.make.params_b == make.params_b
            and (not make.version or not one.make.version or one.make.version == make.version)
            and not one.is_dear
        ]
        return min(same, key=lambda one: (one.is_doubtful, *_newest_first(one)), default=None)

    def _take(self, chair: int, name: str) -> None:
        self.names[chair] = name
        if one := self._there.known.get(name):
            self._uses[one.make.identity] += 1
            self._lines[one.make.family, one.make.line] += 1
            self._families[one.make.family] += chair >= 0

    def _pool(self, wanted: "_Wanted") -> list[Candidate]:
        """Whoever may sit there. What was to stay on this machine stays on it."""
        if wanted.provider == "ollama":
            return self._there.on_this_machine
        return self._there.of(wanted.provider) if wanted.is_open else self._there.all

    def _seat_order(self, chair: int, one: Candidate) -> tuple[object, ...]:
        """The smaller, the sooner it takes the seat."""
        wanted, make = self._wanted[chair], one.make
        # Better one small model twice than a frontier price where a small one was meant.
        is_above = wanted.tier == SMALL and one.tier == FRONTIER
        return (
            one.is_doubtful,
            self._uses[make.identity] + 2 * is_above,
            one.is_dear,
            not one.can_tools and self._needs_tools(chair),
            self._there.behind(one) > 1,
            one.is_given_away,
            make.oddness > 0,
            abs(one.tier - wanted.tier),
            one.is_tiny,
            0.0 if one.tier <= wanted.tier else inf if one.usd is None else one.usd,
            not wanted.is_kin(make),
            self._families[make.family],
            self._there.behind(one) > 0,
            self._lines[make.family, make.line],
            *_taste(one),
        )

    def _chair_order(self, chair: int, one: Candidate) -> tuple[object, ...]:
        """A judge or writer is best off the panel, but not at the price of a weak one."""
        wanted, make = self._wanted[chair], one.make
        return (
            one.is_doubtful,
            one.is_dear,
            not one.can_tools and self._needs_tools(chair),
            abs(one.tier - wanted.tier),
            one.is_tiny,
            self._there.behind(one) > 1,
            make.oddness > 0,
            self._uses[make.identity] > 0,
            not wanted.is_kin(make),
            self._families[make.family],
            *_taste(one),
        )

    def _needs_tools(self, chair: int) -> bool:
        if not self._council.tools or chair == _WRITER:
            return False
        return chair == _JUDGE or self._council.seats[chair].tools

    def sentences(self) -> tuple[str, ...]:
        """What sits in another's place, in the order of the letters."""
        if len(self._there.all) == 1 and not any(w.is_open for w in self._wanted.values()):
            return (f"{self._there.all[0].title}, the only model offered here, takes every seat.",)
        return tuple(filter(None, map(self._sentence, sorted(self._wanted, key=_seats_first))))

    def _sentence(self, chair: int) -> str:
        wanted, got = self._wanted[chair], self.names[chair]
        if wanted.name == got or wanted.is_open:
            return ""
        who = {_JUDGE: "Judge", _WRITER: "Writer"}.get(chair) or self._council.letters[chair]
        one, title = self._there.known[got], makes.title_of(wanted.name)
        if chair in self._moved and one.provider == wanted.provider:
            return f"{who}: {title} is offered here as {one.title}."
        if chair in self._moved:
            return f"{who}: {title} comes from {label(one.provider)} here, as {one.title}."
        return f"{who}: {title} is not offered here; {one.title} takes its place."


class _Wanted:
    """What a chair asks for."""

    def __init__(self, name: str) -> None:
        self.name, self.make = name, makes.make_of(name)
        self.provider, _, model = name.partition("/")
        self.is_open = model == OPEN
        self.tier = FRONTIER if self.is_open else makes.tier_of(self.make)

    def is_kin(self, make: Make) -> bool:
        """True for the same family and name: Gemma is no Gemini. Of an open chair, for any."""
        is_named_so = bool(make.line & self.make.line) and make.family == self.make.family
        return self.is_open or is_named_so


def _taste(one: Candidate) -> tuple[object, ...]:
    rank = _RANK.get(one.make.family, len(_RANK))
    return one.is_given_away, rank, one.make.oddness, *_newest_first(one)


def _seats_first(chair: int) -> tuple[bool, int]:
    return chair < 0, abs(chair)


def _newest_first(one: Candidate) -> tuple[object, ...]:
    """Versions of families we know can be compared; of others only the date says anything."""
    known = one.make.family in _RANK
    version = [*one.make.version, 0, 0, 0, 0][:4] if known else [0] * 4
    return *(-number for number in version), -one.created, one.order
