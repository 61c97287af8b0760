"""What a person may still spend: their month, what is set aside for runs under way, and caps.

Before a run may cost anything its budget is set aside (`Run.reserved_usd`), with the person's
row locked, so that questions asked at once cannot share one dollar. The run's own calls keep
to that budget (`council.core.budget`); when it has ended, only what it cost counts. All guests
share one month: its budget is the owner's, and one row is locked for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import inf
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, FloatField, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from council.core.budget import Budget, unknown_price
from council.core.estimate import amount, dollars
from council.core.facts import Know, WhoseKey
from council.core.plan import Council, Plan
from council.core.state import RunState
from council.keyring import guest_budget_usd
from council.models import Call, House, Person, Run

_SLACK = 1e-9
"""What sums of floats may be off by, in US dollars."""

_CHARGED = Case(
    When(cost_usd__gt=0, then=F("cost_usd")),
    When(cost_usd__isnull=True, then=Coalesce(F("held_usd"), Value(0.0))),
    default=Value(0.0),
    output_field=FloatField(),
)
"""What a call counts for, as in `council.core.state.Part.charged_usd`."""


class Beyond(Exception):
    """The cap does not allow it; the message is a sentence for the person."""


@dataclass(frozen=True)
class Month:
    """A person's calendar month (UTC), in US dollars. ``spent_usd`` is what runs that are over
    have cost; ``aside_usd`` is for those under way, with what they have spent of it.
    ``is_common``: it is that of all guests together."""

    name: str
    cap_usd: float
    spent_usd: float
    aside_usd: float
    is_common: bool = False

    @property
    def left_usd(self) -> float:
        """What may still be set aside."""
        return max(0.0, self.cap_usd - self.spent_usd - self.aside_usd)


def cap_of(council: Council) -> float | None:
    """What a run of this council may cost, in US dollars; None where no cap of a run applies."""
    caps = [council.limits.cost_usd, settings.ENV.cap_run_usd]
    return min((cap for cap in caps if cap is not None), default=None)


def applies(council: Council, person: Person) -> bool:
    """True when a run of this council by this person is under any cap. A guest's always is."""
    is_capped = cap_of(council) is not None or settings.ENV.cap_person_month_usd is not None
    return is_capped or _is_guest(person)


def month_of(person: Person) -> Month | None:
    """This month of the person, or of all guests; None where no monthly cap applies."""
    is_common, now = _is_guest(person), timezone.now()
    cap_usd = guest_budget_usd() if is_common else settings.ENV.cap_person_month_usd
    if cap_usd is None:
        return None
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    calls = Q(by_guest=True) if is_common else Q(person=person)
    runs = Q(conversation__person=person)
    if is_common:  # also those of a guest who has just signed up
        runs = Q(conversation__person__role=Person.Role.GUEST) | Q(calls__by_guest=True)
    # In this order: a run that ends between the two is counted twice, never not at all.
    aside_usd = _aside(runs, first)
    return Month(f"{now:%B}", cap_usd, _spent(calls, first), aside_usd, is_common)


def hold_house() -> None:
    """Let nobody else do what only one may do at a time, until the transaction ends.

    On SQLite every transaction of ours is alone from its first word (IMMEDIATE).
    """
    if not House.objects.exists():
        House.objects.get_or_create(pk=1)  # whoever comes second waits for the first
    House.objects.select_for_update().order_by("id").first()


def lock(person: Person) -> None:
    """Let nobody else set money of this person aside until the transaction ends.

    For a guest, of any guest.
    """
    if _is_guest(person):
        hold_house()
    else:
        Person.objects.select_for_update().get(id=person.id)


def _is_guest(person: Person) -> bool:
    return person.role == Person.Role.GUEST


def set_aside(
    person: Person,
    plan: Plan,
    state: RunState,
    seats: Iterable[str],
    know: Know,
    whose_key: WhoseKey,
) -> float | None:
    """What the run may cost the server, to be written to ``Run.reserved_usd`` in this transaction.

    `lock` comes first. ``seats`` are those to be asked. None where no cap applies. What the
    person's own keys pay for counts for the cap of a run, not for the month's. Raises Beyond
    when the caps leave too little even for short answers, or a price is not known.
    """
    if not applies(plan.council, person):
        return None
    cap_usd, month = cap_of(plan.council), month_of(person)
    budget = Budget(plan, know, inf if cap_usd is None else cap_usd, whose_key=whose_key)
    pays = cap_usd is not None or any(whose_key(m) != "own" for m in plan.models)
    if plan.council.server_tools and pays:
        raise Beyond(_UNBOUNDED)
    if unknown := budget.unknown:
        raise Beyond(f"This cannot be asked: {unknown_price(unknown)}")
    letters = list(seats)
    least_usd, most_usd = budget.needs(state, letters, of_server=True)
    left_usd = inf if month is None else state.server_usd + month.left_usd
    if least_usd > left_usd + _SLACK and (cap_usd is None or left_usd < cap_usd):
        raise Beyond(_refusal(least_usd, most_usd, state.server_usd, month, cap_usd))
    least_all_usd, most_all_usd = budget.needs(state, letters)
    if cap_usd is not None and least_all_usd > cap_usd + _SLACK:
        raise Beyond(_refusal(least_all_usd, most_all_usd, state.charged_usd, None, cap_usd))
    return min(most_usd, left_usd, inf if cap_usd is None else cap_usd)


def budget_for(
    run_id: UUID, plan: Plan, state: RunState, know: Know, whose_key: WhoseKey
) -> float | None:
    """What a run that is taken up may cost the server; None where no cap applies.

    Usually what was set aside when it was asked for. A run without that, such as one from a time
    before there was a cap, gets it now or, where nothing is left, may only keep what it has.
    """
    with transaction.atomic():
        run = Run.objects.select_related("conversation__person").get(id=run_id)
        person = run.conversation.person
        if run.reserved_usd is not None or not applies(plan.council, person):
            return run.reserved_usd
        lock(person)
        seats = [letter for letter, part in state.seats.items() if not part.is_usable]
        try:
            reserved_usd = set_aside(person, plan, state, seats, know, whose_key)
        except Beyond:
            reserved_usd = state.server_usd
        Run.objects.filter(id=run.id).update(reserved_usd=reserved_usd)
        return reserved_usd


def _spent(whose: Q, since: datetime) -> float:
    """What calls since then cost, or can have where nobody said; not of runs under way, and not
    what was paid with keys of their own."""
    calls = Call.objects.filter(whose, run__reserved_usd=None, started_at__gte=since)
    calls = calls.exclude(whose_key="own")
    return float(calls.aggregate(sum=Sum(_CHARGED))["sum"] or 0.0)


def _aside(whose: Q, since: datetime) -> float:
    """What is set aside for runs under way, without what they cost before ``since``.

    Their calls come and go while this is read, so it does not depend on them: a run that keeps to
    what was set aside counts as that.
    """
    runs = Run.objects.filter(whose, reserved_usd__isnull=False).distinct()
    under_way = {run.id: run.reserved_usd or 0.0 for run in runs.only("id", "reserved_usd")}
    calls = Call.objects.filter(run__in=under_way).exclude(whose_key="own").values_list("run_id")
    earlier = Sum(_CHARGED, filter=Q(started_at__lt=since), default=0.0)
    charged: dict[UUID, tuple[float, float]] = {
        run_id: (all_usd, before_usd)
        for run_id, all_usd, before_usd in calls.annotate(all=Sum(_CHARGED), before=earlier)
    }
    nothing = (0.0, 0.0)
    return sum(
        max(usd, charged.get(run_id, nothing)[0]) - charged.get(run_id, nothing)[1]
        for run_id, usd in under_way.items()
    )


_UNBOUNDED = (
    "This cannot be asked: a spending cap applies, and OpenRouter's own tools are billed by use, "
    "which nobody can bound beforehand. Take them out of the council, or ask whoever runs this "
    "server to lift the cap."
)


def _refusal(
    least_usd: float, most_usd: float, spent_usd: float, month: Month | None, cap_usd: float | None
) -> str:
    """What the cap is, what is left of it, what this may cost, and what to do."""
    needs = (
        f"may cost up to {dollars(most_usd - spent_usd)} and needs at least "
        f"{dollars(least_usd - spent_usd)}"
    )
    if month is not None:
        aside = (
            f" ({dollars(month.aside_usd)} is set aside for runs under way)"
            if month.aside_usd > _SLACK
            else ""
        )
        of = " all guests have together" if month.is_common else ""
        limit = (
            f"of {amount(month.cap_usd)}{of} for {month.name}, "
            f"{dollars(month.left_usd)} is left{aside}"
        )
        wait = "wait for the runs under way, " if aside else ""
    else:
        used = f", of which {dollars(spent_usd)} is used" if spent_usd else ""
        limit, wait = f"the cap for one run is {amount(cap_usd or 0.0)}{used}", ""
    raised = (
        "or make an account, which keeps all you have here."
        if month is not None and month.is_common
        else "or have the cap raised by whoever set it."
    )
    return (
        f"This {needs}, but {limit}. Nothing was sent. What to do: {wait}shorten the question, "
        f"take fewer seats or cheaper models, {raised}"
    )
