"""What a council costs and how long it takes, at a glance: ``$$``, ``~40 s``."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

from council import estimates
from council.core.estimate import Estimate, estimate
from council.core.facts import Facts, Know
from council.core.plan import Council, Patience, Plan, Seat

TYPICAL = (
    "We are twelve people and want to move our customer database, some 40 GB, to a hosted one "
    "before the summer. Which way would you go, in which order, and what is most likely to go "
    "wrong? Say what you would want to know from us first."
)
"""A question of usual length, before there is one."""
_LITTLE_USD, _MUCH_USD = 0.03, 0.25
"""Up to where a question costs little, and from where on much."""
_QUICK_S, _USUAL_S, _THINKING_S, _LOCAL_S = 8, 18, 45, 60
"""Seconds a call usually takes: of a small model, of a large one, of one that reasons first, and
of one on this machine. Guesses, until somebody has asked the council."""

_SMALL = re.compile(
    r"[-_./:](?:nano|mini|tiny|lite|small|flash|haiku|instant|[1-9](?:\.\d)?b)(?![a-z0-9])",
    re.IGNORECASE,
)
"""Models that answer quickly, by their names."""


@dataclass(frozen=True)
class Glance:
    """One sign, and what it says in a sentence."""

    sign: str
    words: str

    @property
    def is_sign(self) -> bool:
        """True for what needs its words where it is read aloud."""
        return self.sign.startswith("$")


def cost(council: Council, know: Know) -> Glance:
    """``free``, ``$`` to ``$$$``, or ``cost unknown``, for a typical question by today's prices.

    Kept per council and prices: a look costs about 50 µs, the first one some 2 ms.
    """
    facts = tuple((model, know(model)) for model in council.models)
    return _cost(council.model_dump_json(), facts)


@lru_cache(maxsize=2_048)
def _cost(council: str, facts: tuple[tuple[str, Facts], ...]) -> Glance:
    plan = Plan(
        prompt=TYPICAL,
        council=Council.model_validate_json(council),
        seed=0,
        patience=Patience(),
    )
    found = estimate(plan, dict(facts).__getitem__)
    return Glance(_cost_sign(found), f"{estimates.total_words(found)} for a typical question")


def _cost_sign(found: Estimate) -> str:
    if found.unknown:
        return "cost unknown"
    if found.high_usd == 0:
        return "free"
    usual = (found.low_usd * found.high_usd) ** 0.5 if found.low_usd else found.high_usd / 2
    if usual < _LITTLE_USD:
        return "$"
    return "$$" if usual < _MUCH_USD else "$$$"


def time(council: Council, know: Know, lasted_s: Sequence[float] = ()) -> Glance:
    """How long a question takes: as it did (``lasted_s``, the latest first), else as its models
    let one guess."""
    latest = lasted_s[:5]
    if latest:
        count = f"last {len(latest)} questions" if len(latest) > 1 else "last question"
        return Glance(_seconds(median(latest)), f"As your {count} to it took")
    members = max(_call_s(seat.model, seat, know) for seat in council.seats)
    chairs = [council.judge.model, council.writer_model] if len(council.seats) > 1 else []
    guess = members + sum(_call_s(model, None, know) for model in chairs)
    return Glance(_seconds(guess), "A guess from its models; nobody here has asked it yet")


def _call_s(model: str, seat: Seat | None, know: Know) -> float:
    facts = know(model)
    if facts.local:
        return _LOCAL_S
    effort = seat.reasoning_effort if seat is not None else None
    if effort in ("medium", "high") or (
        effort is None and facts.reasons and not _SMALL.search(model)
    ):
        return _THINKING_S
    return _QUICK_S if _SMALL.search(model) else _USUAL_S


def _seconds(seconds: float) -> str:
    """``~20 s``, ``~2 min``: no finer than one can tell before."""
    if seconds < 55:
        step = 5 if seconds < 30 else 10
        return f"~{max(step, round(seconds / step) * step)} s"
    return f"~{max(1, round(seconds / 60))} min"
