"""What people do with runs: start, stop, judge now, stop or retry one seat."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from council import api_spend, journal, spending, threads
from council.actions import attachments
from council.bell import bell
from council.choices import Choice
from council.core import events as ev
from council.core.plan import Council, Patience, Plan, Seat, Turn, Wishes
from council.core.state import RunState, fold
from council.models import ApiKey, Attachment, ClientKey, Conversation, Order, Person, Run
from council.providers import REHEARSAL, Offered, offered_to
from council.rehearsal import samples
from council.threads import Thread, To

TITLE_CHARS = 80


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


class TooDear(Refused):
    """A spending cap does not allow it."""


class NoSuchSeat(Refused):
    """The run has no such member."""


class OnlyRehearsal(Refused):
    """A question of the reader's own must not go to the scripted provider."""


@dataclass(frozen=True)
class Program:
    """Who asks, where it is a program: with which key, what it wants of the result, and the
    conversation before its question, which it keeps itself."""

    key: ApiKey
    wishes: Wishes
    history: tuple[Turn, ...] = ()


def start(
    *,
    person: Person,
    prompt: str,
    council: Council,
    client_key: str = "",
    thread: Thread | None = None,
    files: Sequence[Attachment] = (),
    choice: Choice | None = None,
    to: To | None = None,
    program: Program | None = None,
) -> Run:
    """Write a run and its first event; the worker plays it after the commit.

    The same ``client_key`` gives the run it already made. ``choice`` is what was chosen in the
    picker, whose council may have been changed for this question. ``thread`` is the conversation
    it goes on with, or the run it is asked instead of: then a conversation of its own begins.
    ``to`` is whom it reaches instead of the whole council. Where a spending cap applies, what the
    run may cost is set aside with it. A ``program``'s key has a cap of its own. Raises Refused,
    TooDear, OnlyRehearsal.
    """
    if (known := made(person=person, client_key=client_key)) is not None:
        return known
    key = client_key[:64] or secrets.token_urlsafe(12)
    _refuse_invention(prompt, council, files)
    if isinstance(thread, Conversation):
        refuse_imported(thread.runs.all())
    try:
        with transaction.atomic():
            if spending.applies(council, person) or (program and program.key.cap_usd is not None):
                spending.lock(person)
                if (known := made(person=person, client_key=key)) is not None:
                    return known  # its money is set aside, and must not be asked for twice
            run = _write(person, prompt, council, thread, files, choice, to, program)
            ClientKey.objects.create(person=person, key=key, run=run)
            transaction.on_commit(bell.call_worker)
    except IntegrityError:
        return ClientKey.objects.select_related("run").get(person=person, key=key).run
    return run


def made(*, person: Person, client_key: str) -> Run | None:
    """The run this client key has already made, if it has."""
    found = ClientKey.objects.filter(person=person, key=client_key[:64]).select_related("run")
    known = found.first() if client_key else None
    return known.run if known is not None else None


def stop(*, run: Run) -> None:
    """End the whole run now; what was written is kept."""
    order(run, Order.Kind.STOP)


def judge(*, run: Run) -> None:
    """Compare what is there: now, while members write, or again after the end. Raises Refused, also
    where nothing is to be compared: who was asked alone or about one point has no judge."""
    if run.kind not in (Run.Kind.COUNCIL, Run.Kind.JUDGING):
        raise Refused("There is nothing to compare here: the whole council was not asked.")
    council = Plan.model_validate(run.plan).council
    for model in dict.fromkeys((council.judge.model, council.writer_model)):
        refuse_unasked(run.conversation.person, model)
    order(run, Order.Kind.JUDGE)


def stop_seat(*, run: Run, letter: str) -> None:
    """End one member; the others go on. Raises NoSuchSeat."""
    seat_of(run, letter)
    order(run, Order.Kind.STOP_SEAT, letter)


def retry_seat(*, run: Run, letter: str) -> None:
    """Ask one member again. Raises NoSuchSeat, and Refused where a spending cap forbids it, or
    nobody could ask: the answer that is there would be gone for nothing."""
    refuse_unasked(run.conversation.person, seat_of(run, letter).model)
    order(run, Order.Kind.RETRY_SEAT, letter)


def refuse_unasked(person: Person, model: str) -> None:
    """Raises Refused when nobody could ask this model for the person."""
    name = model.partition("/")[0]
    if name not in {REHEARSAL, *offered_to(person).known}:
        raise Refused(
            f"{name} cannot be asked any more: no key for it is left to you. What is here is kept. "
            "Add a key of your own, or ask whoever runs this server."
        )


def refuse_imported(runs: QuerySet[Run]) -> None:
    """Raises Refused where one of the runs was not played here."""
    if runs.exclude(origin={}).exists():
        raise Refused("This was imported: it can be read, shared and exported, not asked further.")


def seat_of(run: Run, letter: str) -> Seat:
    """The run's seat as it is by now. Raises NoSuchSeat."""
    state = journal.folded(run.id).state
    if letter not in state.seats or run.kind == Run.Kind.JUDGING:
        raise NoSuchSeat(f"There is no member {letter} in this run.")
    return Plan.model_validate(run.plan).seated(state.specs).council.seat(letter)


def order(
    run: Run,
    kind: Order.Kind,
    seat: str = "",
    *,
    detail: Mapping[str, Any] = MappingProxyType({}),
    specs: Mapping[str, Seat] = MappingProxyType({}),
) -> None:
    """Leave the order, and reopen a run that has ended; there is nothing to stop in such a one.

    The row is locked, because the page may be behind: the run may be ending at this moment. An
    order that says what its page had ``seen`` is left once: a form sent again says the same.
    ``specs`` are the seats as the order makes them, whose cost is set aside. Raises Refused.
    """
    refuse_imported(Run.objects.filter(id=run.id))
    plan = Plan.model_validate(run.plan)
    is_capped = spending.applies(plan.council, run.conversation.person)
    if is_capped:
        offered_to(run.conversation.person).directory.read()  # the prices as the rows have them
    with transaction.atomic():
        if is_capped:
            spending.lock(run.conversation.person)
        now = Run.objects.select_for_update().get(id=run.id)
        if now.is_final and kind in Order.STOPS:
            return
        if detail.get("seen") and dict(detail) in now.orders.values_list("detail", flat=True):
            return
        Order.objects.create(run=now, kind=kind, seat=seat, detail=dict(detail))
        if now.is_final:
            state = journal.folded(run.id).state
            plan = plan.seated(state.specs | dict(specs))
            asked = "".join(specs) or seat
            reserved_usd = set_aside(run.conversation.person, plan, state, asked)
            Run.objects.filter(id=now.id).update(state=Run.State.QUEUED, reserved_usd=reserved_usd)
        transaction.on_commit(bell.call_worker)


def set_aside(
    person: Person, plan: Plan, state: RunState, seats: str, offered: Offered | None = None
) -> float | None:
    """What the run may cost in all. Raises Refused when the caps do not allow these seats."""
    offered = offered or offered_to(person)
    try:
        return spending.set_aside(person, plan, state, seats, offered.know, offered.whose_key)
    except spending.Beyond as problem:
        raise TooDear(str(problem)) from problem


def _refuse_invention(prompt: str, council: Council, files: Sequence[Attachment]) -> None:
    scripted = any(model.startswith(f"{REHEARSAL}/") for model in council.models)
    is_sample = not files and prompt.strip() in {s.question for s in samples.questions()}
    if scripted and not is_sample:
        raise OnlyRehearsal(
            "The rehearsal plays only its sample questions. Your question is kept; connect a "
            "provider to ask it."
        )


def _write(
    person: Person,
    prompt: str,
    council: Council,
    thread: Thread | None,
    files: Sequence[Attachment],
    choice: Choice | None,
    to: To | None,
    program: Program | None,
) -> Run:
    saved = choice.row if choice is not None else None
    is_as_saved = choice is not None and choice.council == council
    conversation = _conversation(person, prompt, thread)
    files = attachments.carried(files)
    plan = draft(prompt, council, thread, files, to)
    if program is not None:
        plan = _as_program(plan, program)
    offered = offered_to(person)
    first = started(plan, offered.hosts())
    run = Run(
        conversation=conversation,
        reserved_usd=set_aside(person, plan, fold([first]), plan.letters, offered),
        kind=plan.kind,
        parent=None if to is None else to.parent,
        number=(conversation.runs.aggregate(last=Max("number"))["last"] or 0) + 1,
        prompt=prompt,
        plan=plan.model_dump(mode="json"),
        council=saved,
        council_version=saved.version if saved is not None and is_as_saved else None,
        council_name=council.name,
        api_key=program.key if program is not None else None,
    )
    run.clean_fields(exclude=["conversation", "council", "parent", "api_key"])
    run.save()
    journal.append(run.id, 1, [first])
    ids = [file.id for file in files]
    if Attachment.objects.filter(id__in=ids, person=person, run=None).update(run=run) < len(ids):
        raise Refused("A file of this question is not there any more. Add it again, then ask.")
    if choice is not None and program is None:
        Person.objects.filter(id=person.id).update(last_choice=choice.slug)
    return run


def _conversation(person: Person, prompt: str, thread: Thread | None) -> Conversation:
    """Where the run belongs: a conversation that is there and is now held, or a new one."""
    if isinstance(thread, Conversation):
        Conversation.objects.select_for_update().get(id=thread.id)
        Conversation.objects.filter(id=thread.id).update(updated_at=timezone.now())
        return thread
    return Conversation.objects.create(person=person, title=_title(prompt), branched_from=thread)


def _as_program(plan: Plan, program: Program) -> Plan:
    """The plan as the program wants it, within what its key may still spend."""
    cap_usd = plan.council.limits.cost_usd
    try:
        limits = {"cost_usd": api_spend.within(program.key, cap_usd)}
    except spending.Beyond as problem:
        raise TooDear(str(problem)) from problem
    council = plan.council.model_copy(
        update={"limits": plan.council.limits.model_copy(update=limits)}
    )
    told = {"council": council, "history": program.history, "wishes": program.wishes}
    return plan.model_copy(update=told)


def draft(
    prompt: str,
    council: Council,
    thread: Thread | None,
    files: Sequence[Attachment] = (),
    to: To | None = None,
) -> Plan:
    """The plan of a run that would be asked now, with what was said before, and what a program
    that began the conversation told the models."""
    return Plan(
        prompt=prompt,
        council=council,
        kind="council" if to is None else to.kind,
        asked="" if to is None else to.asked,
        point=None if to is None else to.point,
        history=threads.history(thread, council, to),
        attachments=attachments.planned(files),
        seed=secrets.randbelow(2**31),
        patience=Patience(**settings.ENV.limits),
        wishes=Wishes(system=threads.told(thread)),
    )


def started(plan: Plan, host: Mapping[str, str]) -> ev.RunStarted:
    """The first event of a run with this plan; ``host`` is whom each provider's name stands for."""
    council = plan.council

    def card(seat: str, role: str, model: str) -> ev.Card:
        return ev.Card(
            seat=seat, role=role, model=model, host=host.get(model.partition("/")[0], "")
        )

    return ev.RunStarted(
        prompt=plan.prompt,
        council=council.name,
        kind=plan.kind,
        point=plan.point,
        seats=tuple(card(letter, seat.role, seat.model) for letter, seat in plan.seats),
        judge=card("judge", "Judge", council.judge.model),
        writer=card("writer", "Writer", council.writer_model),
    )


def _title(prompt: str) -> str:
    words = " ".join(prompt.split())
    if len(words) <= TITLE_CHARS:
        return words
    return words[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"
