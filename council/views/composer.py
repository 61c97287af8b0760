"""The question box: what it offers, and what came back from it."""

import re
import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event
from pydantic import ValidationError

from council import access, choices, estimates, keyring, spending
from council.actions import attachments, runs
from council.choices import Choice
from council.core.plan import LETTERS, MAX_PROMPT, MAX_SEATS, Council, ToolName
from council.directory import Listing
from council.models import Attachment, Conversation, Person, Run
from council.providers import label, offered_to
from council.rehearsal import samples
from council.threads import Thread, To
from council.views import picker, whom
from council.views.door import own, page_behind, person_of

WEB: tuple[ToolName, ...] = ("web_search", "web_fetch")
"""What members may use once a person lets them use the web."""


MAX_NAME = 120
"""Characters of a council's name."""


class Unclear(Exception):
    """The form does not say what to do; the message is a sentence for the person."""


def tidy(posted: QueryDict) -> QueryDict:
    """What was posted, with line ends as the box counted them and without NUL, which no
    PostgreSQL keeps."""
    form = posted.copy()
    for name, values in posted.lists():
        form.setlist(name, [v.replace("\r\n", "\n").replace("\0", "\ufffd") for v in values])
    return form


def context(
    form: QueryDict | None = None,
    *,
    person: Person | None = None,
    error: str = "",
    thread: Thread | None = None,
    seats: bool = True,
    files: Sequence[Attachment] = (),
    to: To | None = None,
) -> dict[str, Any]:
    """Everything the question box needs, with what the person had already typed."""
    form = form if form is not None else QueryDict()
    there = offered_to(person).listings()
    offered = picker.offered(there, person, thread)
    chosen = _chosen(form, offered, person, thread)
    return {
        "councils": picker.grouped(offered, chosen),
        "chosen": picker.card(chosen, True) if chosen else None,
        "rows": _rows(form, chosen) if seats else [],
        "judge": form.get("judge") or (_shown(chosen.council.judge.model) if chosen else ""),
        "writer": form.get("writer") or (chosen.council.writer.model or "" if chosen else ""),
        "prompt": form.get("prompt", ""),
        "files": files,
        "error": error,
        "providers": [_provider(listing) for listing in there],
        "has_provider": any(choice.is_ready for choice in offered),
        "web": _is_web(form, chosen),
        "has_engine": settings.ENV.search is not None,
        "can_search": keyring.may_search(person),
        "estimate": _estimate(form, person, chosen, thread, files, to),
        "month": _month(person),
        "key_providers": key_providers(),
        "samples": samples.questions(),
        "key": secrets.token_urlsafe(12),
        "conversation": thread if isinstance(thread, Conversation) else None,
        "branch": thread if isinstance(thread, Run) else None,
        "to": to,
        "editing": _is_editing(form, error) or _is_blank(chosen),
        "max_seats": MAX_SEATS,
    }


def key_providers() -> list[tuple[str, str]]:
    """Whom a person may save a key for, by name and as people write it."""
    return [(name, label(name)) for name in keyring.addresses()]


def _chosen(
    form: QueryDict,
    offered: Sequence[Choice],
    person: Person | None,
    thread: Thread | None,
) -> Choice | None:
    """What the form says; else what the picker begins with."""
    if slug := form.get("council", ""):
        return next((c for c in offered if c.slug == slug and c.is_ready), None)
    return picker.begins_with(offered, person, thread)


@require_GET
@own
def seats(request: HttpRequest) -> HttpResponse:
    """The seats of the chosen council, to change before asking (a part, or the whole page)."""
    form = request.GET.copy()
    is_other = request.headers.get("HX-Trigger-Name") == "council"
    if is_other:
        for name in ("role", "model", "instructions", "judge", "writer", "web_asked", "web"):
            form.pop(name, None)
    person, thread = person_of(request), picker.thread_of(request, form)
    if not request.headers.get("HX-Request"):
        form["edit"] = "1"
        return render(request, "home.html", context(form, person=person, thread=thread))
    shown = context(form, person=person, thread=thread)
    shown["editing"] = shown["editing"] or not is_other
    sight = moved_to(request, form.get("council", "")) if is_other else None
    response = render(request, "composer/_chosen.html", {**shown, "sight": sight})
    if sight is not None:
        response["HX-Replace-Url"] = reverse("council", args=[sight["slug"]])
    return trigger_client_event(response, "seats", after="settle")


def moved_to(request: HttpRequest, slug: str) -> dict[str, Any] | None:
    """What a council's own page says of another council that is chosen there; else None."""
    if not page_behind(request).startswith("/councils/"):
        return None
    person = person_of(request)
    choice = choices.find(slug, offered_to(person).listings(), person)
    return None if choice is None else picker.sight(choice, person)


@require_POST
@own
def estimate(request: HttpRequest) -> HttpResponse:
    """What the form as it stands would take (a part of the question box)."""
    form, person = tidy(request.POST), person_of(request)
    thread = picker.thread_of(request, form)
    offered = picker.offered(offered_to(person).listings(), person, thread)
    chosen = next((c for c in offered if c.slug == form.get("council", "")), None)
    files = access.unsent_files(person, form.getlist("attached"), of=branched(thread))
    files += attachments.stand_ins(form.getlist("chosen"))
    to = whom.chosen(person, form)
    shown = {"estimate": _estimate(form, person, chosen, thread, files, to)}
    return render(request, "composer/_estimate.html", shown)


def council_from(form: QueryDict, choice: Choice | None) -> Council:
    """The council to ask: the chosen one, its seats as the person left them. Raises Unclear."""
    slug = form.get("council", "")
    models = [m.strip() for m in form.getlist("model")]
    if form.get("seats_of", slug) != slug:
        models = []  # the rows belong to a council that was chosen before (no JavaScript)
    if choice is None:
        raise Unclear("Choose a council first.")
    if choice.is_blank and not any(map(_is_written, models)):
        raise Unclear(f"{choice.council.description} Open “Seats and judge” to do so.")
    if not models:
        if not choice.is_ready:
            raise Unclear(f"“{choice.council.name}” cannot be asked: {choice.missing}.")
        return with_web(choice.council, form)
    return with_web(_edited(choice.council, form, models), form)


def with_web(council: Council, form: QueryDict) -> Council:
    """This council with the tools the person wants this time; without a word, its own."""
    if "web_asked" not in form:
        return council
    tools = (council.tools or WEB) if "web" in form else ()
    return council.model_copy(update={"tools": tools})


def _is_web(form: QueryDict, chosen: Choice | None) -> bool:
    """True when the members may use the web: as the person left it, or as the council says."""
    if "web_asked" in form:
        return "web" in form
    return chosen is not None and bool(chosen.council.tools)


def _edited(council: Council, form: QueryDict, models: list[str]) -> Council:
    roles = form.getlist("role")
    before = {(seat.model, seat.role): seat for seat in council.seats}
    rows = []
    for index, model in enumerate(models):
        role = roles[index].strip() if index < len(roles) else ""
        kept = before.get((model, role)) or _same_place(council, index, role)
        seat = kept.model_dump() if kept else {}
        rows.append({**seat, "model": model, "role": role})
    rows = [row for row in rows if _is_written(row["model"])]
    if not rows:
        raise Unclear("A council needs at least one seat. Give a seat a model, then ask again.")
    data = council.model_dump()
    data |= {
        "seats": rows,
        "judge": {**data["judge"], "model": form.get("judge", "").strip()},
        "writer": {**data["writer"], "model": form.get("writer", "").strip() or None},
    }
    if not _is_written(data["judge"]["model"]):
        judge = council.judge.model
        data["judge"]["model"] = rows[0]["model"] if judge.endswith(choices.TO_WRITE) else judge
    try:
        return Council.model_validate(data)
    except ValidationError as problem:
        raise Unclear(_sentence(problem)) from problem


def _same_place(council: Council, index: int, role: str) -> Any:
    """A seat whose model was changed keeps its role's instructions."""
    if index < len(council.seats) and council.seats[index].role == role:
        return council.seats[index]
    return None


def _sentence(problem: ValidationError) -> str:
    """The first thing wrong with a council, by its place."""
    first = problem.errors()[0]
    place = list(first["loc"])
    if place[:1] == ["seats"] and len(place) > 2 and place[2] == "model":
        return f"Seat {LETTERS[int(place[1])]}: write the model as provider/model-id."
    if place and place[0] in ("judge", "writer"):
        return f"The {place[0]}: write the model as provider/model-id."
    if place == ["seats"]:
        return f"A council has 1 to {MAX_SEATS} seats."
    return f"{'.'.join(map(str, place))}: {first['msg']}"


def _is_written(model: str) -> bool:
    """False for an empty field, and for a provider's name that still waits for its model."""
    return bool(model) and not re.fullmatch(r"[^/]*/", model)


def _is_editing(form: QueryDict, error: str) -> bool:
    """True when the seats are open: they were being changed, or something is wrong with them."""
    return bool({"edit", "add", "remove"} & form.keys()) or bool(error and "model" in form)


def _is_blank(chosen: Choice | None) -> bool:
    return chosen is not None and chosen.is_blank


def _shown(model: str) -> str:
    """A model as its field shows it: one that is still to be written ends after the slash."""
    return model.removesuffix(choices.TO_WRITE)


def _rows(form: QueryDict, chosen: Choice | None) -> list[dict[str, str]]:
    """The seat rows as they stand, with one added or removed when a button said so."""
    models, roles = form.getlist("model"), form.getlist("role")
    rows = [
        {"model": model, "role": roles[i] if i < len(roles) else ""}
        for i, model in enumerate(models)
    ]
    if chosen is not None and (not rows or form.get("seats_of", chosen.slug) != chosen.slug):
        rows = [{"model": _shown(s.model), "role": s.role} for s in chosen.council.seats]
    removed = {str(index): index for index in range(len(rows))}.get(form.get("remove", ""))
    if removed is not None and len(rows) > 1:
        del rows[removed]
    if "add" in form and len(rows) < MAX_SEATS:
        rows.append({"model": rows[-1]["model"] if rows else "", "role": ""})
    return [{**row, "letter": LETTERS[i]} for i, row in enumerate(rows[:MAX_SEATS])]


def _provider(listing: Listing) -> dict[str, Any]:
    provider = listing.provider
    return {
        "name": provider.name,
        "label": label(provider.name),
        "host": provider.host,
        "state": _state(listing),
        "problem": listing.problem,
        "has_no_list": listing.has_no_list,
        "models": len(listing.models),
        "fetched_at": listing.fetched_at,
    }


def _state(listing: Listing) -> str:
    """The dot beside a provider: ``good``, ``fair`` (an older list is kept), ``bad``, ``idle``."""
    if listing.tried_at is None:
        return "idle"
    if not listing.problem or listing.has_no_list:
        return "good"
    return "fair" if listing.models else "bad"


def _estimate(
    form: QueryDict,
    person: Person | None,
    chosen: Choice | None,
    thread: Thread | None,
    files: Sequence[Attachment],
    to: To | None,
) -> estimates.Shown | None:
    """What asking now would take; None while nobody can be asked."""
    if chosen is None and to is None:
        return None
    fields = form.copy()
    fields["council"] = chosen.slug if chosen is not None else ""
    try:
        council = council_from(fields, chosen) if to is None else with_web(to.council, form)
    except Unclear:
        return None
    prompt = form.get("prompt", "").strip()[:MAX_PROMPT] or "?"
    plan = runs.draft(prompt, council, thread, files, to)
    return estimates.of(plan, offered_to(person))


def branched(thread: Thread | None) -> Run | None:
    """The run whose question is asked anew; its files may come along."""
    return thread if isinstance(thread, Run) else None


def _month(person: Person | None) -> str:
    """What a monthly cap leaves this person; empty where there is none."""
    month = spending.month_of(person) if person is not None else None
    return "" if month is None else estimates.left_words(month)
