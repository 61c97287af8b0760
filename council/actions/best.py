"""Which answer a reader found best: chosen, changed, taken back."""

from council import journal
from council.models import BestAnswer, Person, Run


class Refused(Exception):
    """The action is not possible; the message is a sentence for the person."""


def choose(*, person: Person, run: Run, letter: str, is_blind: bool) -> None:
    """Keep that this answer is the best of its run, instead of any chosen before.

    ``is_blind``: its reader chose without knowing the names. Raises Refused.
    """
    answers = journal.folded(run.id).state.usable
    best = next((part for part in answers if part.seat == letter), None)
    if best is None:
        raise Refused("This member has not answered, so it was not marked as best.")
    if len(answers) < 2:
        raise Refused("There is only one answer, so none was marked as best.")
    BestAnswer.objects.update_or_create(
        person=person,
        run=run,
        defaults={
            "seat": letter,
            "model": best.model,
            "among": [part.model for part in answers],
            "is_blind": is_blind,
            "council_name": run.council_name,
        },
    )


def take_back(*, person: Person, run: Run) -> None:
    """No answer of this run is the best any more."""
    BestAnswer.objects.filter(person=person, run=run).delete()
