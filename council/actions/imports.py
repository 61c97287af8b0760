"""Run documents brought from elsewhere: conversations to read, with nothing to ask of them."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from council.core.plan import Plan
from council.models import Conversation, Person, Run
from council.run_file import RunDocument
from council.searching import passages
from council.words import headline


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


@transaction.atomic
def bring(*, person: Person, documents: Sequence[RunDocument]) -> Conversation:
    """Keep these runs as one conversation, in their order. Raises Refused."""
    if person.role == Person.Role.GUEST:
        raise Refused("Imports are for accounts. Sign up first. Nothing was imported.")
    title = headline(documents[0].prompt, 100)
    thread = Conversation.objects.create(
        person=person, title=title, titled_by=Conversation.TitledBy.PERSON
    )
    for number, document in enumerate(documents, start=1):
        _keep(thread, number, document)
    return thread


def _keep(thread: Conversation, number: int, document: RunDocument) -> None:
    """A run that is over: its fold, and no entry of a journal. No call was made for it here."""
    state, at = document.run, document.created_at
    asked = "".join(state.seats)
    plan = Plan(
        prompt=document.prompt,
        council=document.council,
        kind=document.run_kind,
        asked="" if asked == document.council.letters else asked,
        point=state.point,
    )
    run = Run(
        conversation=thread,
        number=number,
        kind=document.run_kind,
        prompt=document.prompt,
        plan=plan.model_dump(mode="json"),
        council_name=document.council.name,
        state=document.state,
        ended_at=at + timedelta(milliseconds=document.duration_ms),
        cost_usd=state.cost_usd,
        cost_complete=state.cost_complete,
        synthesis=state.result,
        fold=state.model_dump_json(),
        fold_seq=1,
        origin={"id": document.id, "created_at": document.said_at, "parent": document.parent},
    )
    run.full_clean(exclude=["conversation", "council"])
    run.save()
    passages.write(run, state)
