"""Whom the question box asks: the council, one member alone, or the writer of the synthesis."""

from typing import Any
from uuid import UUID

from django.http import QueryDict

from council import access, threads
from council.models import Person, Run
from council.threads import To

SYNTHESIS = "synthesis"


def chosen(person: Person, form: QueryDict) -> To | None:
    """Whom the form names instead of everyone: ``to`` on the page of run ``about``.

    Raises Closed where there is nobody of that name for this person.
    """
    name, about = form.get("to", ""), form.get("about", "")
    if not name or not about:
        return None
    try:
        run = access.run_for(person, UUID(about))
        return threads.to_synthesis(run) if name == SYNTHESIS else threads.to_member(run, name)
    except (ValueError, threads.NoSuchThread) as problem:
        raise access.Closed from problem


def offered(run: Run, asked: str) -> dict[str, Any]:
    """The choices of the follow-up box on this run's page, and which of them is chosen.

    On the page of a thread that is its own; ``asked`` is what the address names.
    """
    letters, state = threads.choices(run)
    members = [state.seats[letter] for letter in letters]
    has_synthesis = bool(state.writer.text)
    names = {*letters, *([SYNTHESIS] if has_synthesis else [])}
    begins = {"member": run.plan.get("asked", ""), SYNTHESIS: SYNTHESIS}.get(run.kind, "")
    taken = asked if asked in names else begins if begins in names else ""
    return {
        "about": run,
        "members": members if len(members) > 1 else [],
        "has_synthesis": has_synthesis,
        "taken": taken,
    }
