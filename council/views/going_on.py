"""Going on from a run: one point alone, and the question asked anew beside the conversation."""

import secrets
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from council import access, estimates, threads
from council.actions import going_on, runs
from council.models import Run
from council.providers import offered_to
from council.threads import To
from council.views import composer
from council.views.door import own, person_of


@require_http_methods(["GET", "POST"])
@own
def point(request: HttpRequest, run_id: UUID, finding: str) -> HttpResponse:
    """Ask only this: what each member will see, and the button that asks them."""
    run = access.run_for(person_of(request), run_id)
    try:
        to = threads.to_point(run, finding)
        if request.method == "GET":
            return render(request, "run/point.html", _shown(run, to))
        key = request.POST.get("key", "")
        asked = going_on.ask_only(run=run, finding=finding, client_key=key)
    except threads.NoSuchThread as problem:
        raise access.Closed from problem
    except runs.Refused as problem:
        return render(request, "run/point.html", _shown(run, to, str(problem)), status=422)
    return redirect("run", run_id=asked.id)


def _shown(run: Run, to: To, error: str = "") -> dict[str, Any]:
    plan = going_on.point_plan(to)
    said = to.point.said if to.point is not None else {}
    return {
        "row": run,
        "point": to.point,
        "finding": to.point.finding if to.point is not None else "",
        "members": [(letter, seat, said.get(letter)) for letter, seat in plan.seats],
        "estimate": estimates.of(plan, offered_to(run.conversation.person)),
        "key": secrets.token_urlsafe(12),
        "error": error,
    }


@require_GET
@own
def branch(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The question of a run in the box again, to be changed and asked in a new conversation."""
    run = access.run_for(person_of(request), run_id)
    form = QueryDict(mutable=True)
    form.update({"prompt": run.prompt, "branch": str(run.id)})
    files = list(run.attachments.defer("data").order_by("created_at"))
    shown = composer.context(form, person=person_of(request), thread=run, files=files)
    return render(request, "home.html", shown)
