"""Another judge for answers that are there: a run of its own, with one call."""

import secrets

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from council import journal, spending
from council.actions import runs
from council.actions.again import askable
from council.actions.runs import Refused
from council.bell import bell
from council.core import saved
from council.core.plan import Patience, Plan
from council.core.prompts import reading_order
from council.core.state import RunState
from council.models import ClientKey, Run
from council.providers import Offered, offered_to


def start(
    *, run: Run, model: str, is_new_order: bool = False, sure: str = "", client_key: str = ""
) -> Run:
    """Have this model compare the run's answers, in a run beside it, which stays as it is.

    ``is_new_order``: the judge reads the letters in another order than the run's own did. The
    same ``client_key`` gives the run it already made. Raises Refused.
    """
    person = run.conversation.person
    if (known := runs.made(person=person, client_key=client_key)) is not None:
        return known
    state = journal.folded(run.id).state
    if not state.is_final or len(state.usable) < 2:
        raise Refused(
            "Answers are judged again once the run has ended and two of them are there. Nothing "
            "was asked."
        )
    offered = offered_to(person)
    plan = planned(run, state, offered, model, is_new_order=is_new_order, sure=sure)
    try:
        with transaction.atomic():
            if spending.applies(plan.council, person):
                offered.directory.read()
                spending.lock(person)
            made = _write(run, plan, state, offered)
            key = client_key[:64] or secrets.token_urlsafe(12)
            ClientKey.objects.create(person=person, key=key, run=made)
            transaction.on_commit(bell.call_worker)
    except IntegrityError:
        return ClientKey.objects.select_related("run").get(person=person, key=client_key[:64]).run
    return made


def planned(
    run: Run,
    state: RunState,
    offered: Offered,
    model: str,
    *,
    is_new_order: bool = False,
    sure: str = "",
) -> Plan:
    """The plan of such a run. Raises Refused where this model cannot be asked."""
    plan = Plan.model_validate(run.plan).seated(state.specs)
    model = askable(offered, model, plan.council.models, sure)
    judge = plan.council.judge.model_copy(update={"model": model})
    seed = plan.seed
    while is_new_order and _order(state, seed) == state.order:
        seed = secrets.randbelow(2**31)
    return plan.model_copy(
        update={
            "kind": "judging",
            "council": plan.council.model_copy(update={"judge": judge}),
            "seed": seed,
            "asked": "",
            "patience": Patience(**settings.ENV.limits),
        }
    )


def _order(state: RunState, seed: int) -> str:
    return reading_order("".join(part.seat for part in state.usable), seed)


def _write(run: Run, plan: Plan, state: RunState, offered: Offered) -> Run:
    person, thread = run.conversation.person, run.conversation
    host = offered.hosts().get(plan.council.judge.model.partition("/")[0], "")
    beginning = saved.answers(state, plan, host)
    type(thread).objects.select_for_update().get(id=thread.id)
    made = Run(
        conversation=thread,
        kind=Run.Kind.JUDGING,
        parent=run.parent if run.kind == Run.Kind.JUDGING else run,
        reserved_usd=runs.set_aside(person, plan, beginning, ""),
        number=(thread.runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        prompt=run.prompt,
        plan=plan.model_dump(mode="json"),
        council_name=run.council_name,
        fold=beginning.model_dump_json(),
        fold_seq=1,
    )
    made.full_clean(exclude=["conversation", "parent"])
    made.save()
    return made
