"""What a question will take, in words: for the question box and for the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from council import words
from council.core.estimate import Estimate, Expected, estimate
from council.core.facts import Know
from council.core.plan import Plan
from council.providers import Offered
from council.spending import Month

_CENT = 0.01
TYPICAL = (
    "We are twelve people and want to move our customer database, some 40 GB, from our own server "
    "to a hosted one before the summer. Two of us know databases. We can be offline for one night, "
    "not longer, and must keep seven years of records. Which way would you go, in which order, and "
    "what is most likely to go wrong? Say what you would want to know from us first."
)
"""A question of usual length, for an estimate before there is one."""
NOTE = (
    "An estimate: tokens are counted by their characters, answers are taken to be of usual length."
)


@dataclass(frozen=True)
class Row:
    """One part of a run: who it is, what it reads and writes, what that costs."""

    seat: str
    model: str
    reads: str
    writes: str
    cost: str


@dataclass(frozen=True)
class Shown:
    """An estimate as it is shown before asking. ``line`` is all of it in one line."""

    line: str
    rows: tuple[Row, ...]
    note: str = NOTE


def shown(plan: Plan, know: Know, hosts: Sequence[str]) -> Shown:
    """What a run of this plan will take. ``hosts`` are those that receive the prompt."""
    found = estimate(plan, know)
    pieces = [total_words(found), who_words(plan)]
    if hosts:
        pieces.append(f"goes to {words.list_words(list(hosts))}")
    return Shown(" · ".join(pieces), rows(found))


def of(plan: Plan, offered: Offered) -> Shown:
    """The same, with the providers as this person has them."""
    there = offered.hosts()
    names = dict.fromkeys(model.partition("/")[0] for model in plan.models)
    return shown(plan, offered.know, [there.get(name, name) for name in names])


def rows(found: Estimate) -> tuple[Row, ...]:
    """An estimate part by part, in words."""
    return tuple(map(_row, found.parts))


def total_words(found: Estimate) -> str:
    """``About $0.02–0.09``; what is unknown is never left out."""
    if len(found.unknown) == len(found.parts):
        return "Cost unknown"
    if found.unknown:
        who = words.list_words([part.seat for part in found.unknown])
        least = f"At least {words.dollars(found.low_usd)}, and what" if found.low_usd else "What"
        return f"{least} {who} costs is unknown"
    if found.high_usd == 0:
        return "Costs nothing"
    return f"About {range_words(found.low_usd, found.high_usd)}"


def part_words(found: Estimate, seat: str) -> str:
    """What one part's call will cost: ``About $0.02–0.05, an estimate``, ``Costs nothing``."""
    part = next((one for one in found.parts if one.seat == seat), None)
    if part is None or part.cost_usd is None:
        return "What it costs is not known"
    if part.cost_usd[1] == 0:
        return "Costs nothing"
    return f"About {range_words(*part.cost_usd)}, an estimate"


def range_words(low_usd: float, high_usd: float) -> str:
    """``$0.02–0.09``: from – to, with no more figures than an estimate deserves."""
    if high_usd < 0.001:
        return words.dollars(high_usd)
    low, high = _figures(low_usd), _figures(high_usd)
    return f"${high}" if low == high else f"${low}–{high}"


def who_words(plan: Plan) -> str:
    """``3 members, judge, writer``."""
    count = len(plan.letters)
    if plan.kind == "synthesis":
        return "the writer alone"
    if plan.kind == "member":
        return f"{plan.letters} alone"
    members = "1 member" if count == 1 else f"{count} members"
    return f"{members}, judge, writer" if plan.has_comparison else members


def left_words(month: Month) -> str:
    """What is left of a person's month, rounded down."""
    left = int(month.left_usd * 100 + 1e-6) / 100
    aside = (
        f" ({words.dollars(month.aside_usd)} set aside for what is under way)"
        if month.aside_usd > 1e-9
        else ""
    )
    if month.is_common and not month.cap_usd:
        return "Guests ask what is known to cost nothing"
    whose = "all guests in " if month.is_common else ""
    return f"${left:,.2f} of ${month.cap_usd:,.2f} left for {whose}{month.name}{aside}"


def _figures(usd: float) -> str:
    if usd < 0.0005:
        return "0"
    return f"{usd:.2f}" if usd >= _CENT else f"{usd:.3f}"


def _row(part: Expected) -> Row:
    cost = "unknown" if part.cost_usd is None else range_words(*part.cost_usd)
    return Row(part.seat, part.model, _tokens(part.reads), _tokens(part.writes), cost)


def _tokens(count: tuple[int, int]) -> str:
    """``450`` or ``300–1,500``, rounded to what an estimate can tell."""
    low, high = (_round(one) for one in count)
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"


def _round(count: int) -> int:
    step = 10 if count < 1_000 else 100
    return max(round(count / step) * step, 10)
