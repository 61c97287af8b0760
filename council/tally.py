"""How often a person found a model's answer best, out of how many, and what chance would give."""

from collections.abc import Iterable
from dataclasses import dataclass

from council.models import BestAnswer

FEW = 20
"""Below this many choices the page says that they tell little."""


@dataclass(frozen=True)
class Standing:
    """One model among those it answered beside.

    ``chosen`` of ``appeared`` runs; ``by_chance`` is how often it would have been the best if
    somebody had chosen blindfold.
    """

    model: str
    chosen: int
    appeared: int
    by_chance: float


@dataclass(frozen=True)
class Tally:
    """The choices made in one way, names hidden or shown; the models that were in them."""

    is_blind: bool
    choices: int
    standings: tuple[Standing, ...]

    @property
    def is_few(self) -> bool:
        """True when so few choices say little."""
        return self.choices < FEW


def tallies(rows: Iterable[BestAnswer]) -> list[Tally]:
    """Blind choices first, then those with names; neither where there is none."""
    everything = list(rows)
    apart = [
        _tally([r for r in everything if r.is_blind is blind], blind) for blind in (True, False)
    ]
    return [tally for tally in apart if tally.choices]


def _tally(rows: list[BestAnswer], is_blind: bool) -> Tally:
    models = sorted({model for row in rows for model in row.among})
    standings = [_standing(model, rows) for model in models]
    standings.sort(key=lambda s: (-s.chosen / s.appeared, -s.appeared, s.model))
    return Tally(is_blind, len(rows), tuple(standings))


def _standing(model: str, rows: list[BestAnswer]) -> Standing:
    beside = [row for row in rows if model in row.among]
    return Standing(
        model=model,
        chosen=sum(row.model == model for row in beside),
        appeared=len(beside),
        # Two seats of one model have two chances.
        by_chance=sum(row.among.count(model) / len(row.among) for row in beside),
    )
