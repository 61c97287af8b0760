"""What stands around a run: the other questions of its conversation, and what came of it."""

from collections.abc import Sequence
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from pydantic import ValidationError

from council import journal, threads, words
from council.disagreement import minds
from council.models import Conversation, Run
from council.views import composer, whom

_FIELDS = ("id", "number", "kind", "prompt", "state", "plan", "parent_id", "conversation_id")


def context(row: Run) -> dict[str, Any]:
    """The turns before and after, where a branch comes from, and what was asked once more."""
    asked = row.conversation.runs.exclude(kind=Run.Kind.JUDGING).order_by("number")
    others = list(asked.only(*_FIELDS))
    first = threads.root(row)
    return {
        "earlier": [turn(r) for r in others if r.number < row.number],
        "later": [turn(r) for r in others if r.number > row.number],
        "first": None if first == row else first,
        "branches": list(Conversation.objects.filter(branched_from=row).order_by("created_at")),
        "origin": row.conversation.branched_from if row.number == 1 else None,
        "points": points([r for r in others if r.parent_id == row.id]),
    }


def box(run: Run, asked: str) -> dict[str, Any]:
    """The follow-up box on this run's page: its choices and, for whom it begins with, the rest."""
    person = run.conversation.person
    try:
        shown = whom.offered(run, asked)
    except ValidationError:  # another version of the program wrote its plan
        made = composer.context(person=person, thread=run.conversation, seats=False)
        return {"composer": made, "whom": {}}
    form = QueryDict(mutable=True)
    form.update({"to": shown["taken"], "about": str(run.id)})
    to = whom.chosen(person, form)
    made = composer.context(person=person, thread=run.conversation, seats=False, to=to)
    return {"composer": made, "whom": shown}


def turn(row: Run) -> dict[str, Any]:
    """One question of a conversation as a link."""
    url = reverse("run", args=[row.id])
    about = words.kind_words(row.kind, row.plan.get("asked", ""))
    return {"number": row.number, "prompt": row.prompt, "url": url, "about": about}


def points(after: Sequence[Run]) -> dict[str, list[dict[str, str]]]:
    """What came of asking about one point alone, by `council.core.crux.point_key`."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in after:
        point = row.plan.get("point") or {}
        if row.kind == Run.Kind.CRUX and "finding" in point:
            summary = minds.summary(journal.folded(row.id).state)
            url = reverse("run", args=[row.id])
            key = f"{point['finding']} {point.get('claim', '')}"
            found.setdefault(key, []).append({"url": url, "summary": summary})
    return found
