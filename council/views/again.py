"""What a reader changes in a run that is there: a model, one member more, another judge."""

import secrets
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from council import access, estimates, journal
from council.actions import again, judging, runs
from council.core.estimate import estimate
from council.core.plan import LETTERS, Plan, Seat
from council.core.state import RunState
from council.disagreement import judgings
from council.models import Run
from council.providers import Offered, offered_to
from council.views.door import back_to, is_from_script, own, person_of
from council.views.pages import run_context

_JUDGES = ("First judge", "Second judge")
_NONE: runs.Refused | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@own
def swap(request: HttpRequest, run_id: UUID, letter: str) -> HttpResponse:
    """Ask a seat again with another model, or that model beside it."""
    row = access.run_for(person_of(request), run_id)
    form, refusal = request.POST or request.GET, _NONE
    model = form.get("model", "")
    try:
        seat = runs.seat_of(row, letter)
        if request.method == "POST":
            change = again.beside if "beside" in form else again.swap
            change(run=row, letter=letter, model=model, **_pressed(form))
            anchor = "grid" if "beside" in form else f"seat-{letter}"
            return redirect(reverse("run", args=[run_id]) + f"#{anchor}")
    except runs.NoSuchSeat as problem:
        raise access.Closed from problem
    except runs.Refused as problem:
        refusal = problem
    shown = _page(row, model, refusal, letter, seat)
    return render(request, "again/swap.html", shown, status=422 if refusal else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@own
def add(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Ask one member more."""
    row = access.run_for(person_of(request), run_id)
    form, refusal = request.POST or request.GET, _NONE
    said = {name: form.get(name, "") for name in ("model", "role", "instructions")}
    if request.method == "POST":
        try:
            again.add(run=row, **said, **_pressed(form))
            return redirect(reverse("run", args=[run_id]) + "#grid")
        except runs.Refused as problem:
            refusal = problem
    shown = {**_page(row, said["model"], refusal), **said}
    return render(request, "again/add.html", shown, status=422 if refusal else 200)


@require_POST
@own
def sample(request: HttpRequest, run_id: UUID, letter: str) -> HttpResponse:
    """Ask a seat's question once more, in a column of its own."""
    row = access.run_for(person_of(request), run_id)
    try:
        again.second_sample(run=row, letter=letter, seen=request.POST.get("seen", ""))
    except runs.NoSuchSeat as problem:
        raise access.Closed from problem
    except runs.Refused as problem:
        return refused(request, row, str(problem))
    return back_to(request, reverse("run", args=[run_id]) + "#grid")


@require_http_methods(["GET", "HEAD", "POST"])
@own
def judge_again(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Have the saved answers compared by another judge, or in another order."""
    row = access.run_for(person_of(request), run_id)
    form, refusal = request.POST or request.GET, _NONE
    model = form.get("model", "") or Plan.model_validate(row.plan).council.judge.model
    is_new_order = form.get("order") == "new"
    if request.method == "POST":
        try:
            pressed = _pressed(form)
            made = judging.start(
                run=row,
                model=model,
                is_new_order=is_new_order,
                sure=pressed["sure"],
                client_key=pressed["seen"],
            )
            return redirect("run", run_id=made.id)
        except runs.Refused as problem:
            refusal = problem
    shown = {**_page(row, model, refusal, "judge"), "is_new_order": is_new_order}
    return render(request, "judgings/new.html", shown, status=422 if refusal else 200)


@require_GET
@own
def compared(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Two breakdowns of the same answers, side by side: a judging, and the run it goes back to."""
    second = access.run_for(person_of(request), run_id)
    if second.kind != Run.Kind.JUDGING or second.parent_id is None:
        raise access.Closed
    first = access.run_for(person_of(request), second.parent_id)
    states = [journal.folded(one.id).state for one in (first, second)]
    found = judgings.compare(*states)
    alone = (found.only_first, found.only_second)
    shown = {
        "first": first,
        "compared": found,
        "judges": [
            {"name": name, "row": row, "run": run, "only": only}
            for name, row, run, only in zip(_JUDGES, (first, second), states, alone, strict=True)
        ],
        "conversation": first.conversation,
    }
    return render(request, "judgings/compared.html", shown)


def _pressed(form: QueryDict) -> dict[str, str]:
    """Which press of a form this is, and whether a model nobody lists is meant."""
    return {"seen": form.get("seen", ""), "sure": form.get("sure", "")}


def refused(request: HttpRequest, run: Run, sentence: str) -> HttpResponse:
    """The run's page with the reason on it; for the page's own script the reason alone."""
    if is_from_script(request):
        return HttpResponse(sentence, status=409, content_type="text/plain; charset=utf-8")
    return render(request, "run/run.html", {**run_context(run), "refusal": sentence}, status=409)


def _page(
    row: Run, model: str, refusal: runs.Refused | None, part: str = "", seat: Seat | None = None
) -> dict[str, Any]:
    """What these forms show; ``part`` is whose call they are about, empty: a new member's."""
    state, offered = journal.folded(row.id).state, offered_to(row.conversation.person)
    letter = part or LETTERS[len(state.seats) : len(state.seats) + 1]
    return {
        "row": row,
        "run": state,
        "part": state.part(part) if part else None,
        "letter": letter,
        "model": model,
        "refusal": refusal,
        "sure": model if isinstance(refusal, again.Unlisted) else "",
        "cost": _cost(row, state, offered, letter, seat, model),
        "seen": secrets.token_urlsafe(9),
        "conversation": row.conversation,
    }


def _cost(
    row: Run, state: RunState, offered: Offered, part: str, seat: Seat | None, model: str
) -> str:
    """About what the call will cost, in words; empty until a model is named that can be asked."""
    plan = Plan.model_validate(row.plan).seated(state.specs)
    try:
        model = again.askable(offered, model, plan.council.models, sure=model)
    except runs.Refused:
        return ""
    if part == "judge":
        plan = judging.planned(row, state, offered, model, sure=model)
    elif part:
        spec = seat.model_copy(update={"model": model}) if seat else Seat(model=model)
        plan = plan.seated({part: spec})
    return estimates.part_words(estimate(plan, offered.know), part)
