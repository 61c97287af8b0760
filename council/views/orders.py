"""What a reader asks for: a run, its end, one member again."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from council import access, choices
from council.actions import attachments, runs
from council.choices import Choice
from council.core.plan import Council
from council.models import Attachment, Person, Run
from council.providers import offered_to
from council.rehearsal import samples
from council.threads import Thread, To
from council.views import composer, picker, whom
from council.views.again import refused
from council.views.door import back_to, own, person_of


@require_POST
@own
def start(request: HttpRequest) -> HttpResponse:
    """Ask. Whatever is wrong, the question comes back in its box."""
    person, form = person_of(request), composer.tidy(request.POST)
    thread = picker.thread_of(request, form)
    prompt = form.get("prompt", "")
    is_asked = not {"add", "remove", "edit", "detach"} & form.keys()
    if is_asked and (made := runs.made(person=person, client_key=form.get("key", ""))):
        return redirect("run", run_id=made.id)
    files, problems = files_of(request, person, form, composer.branched(thread))
    if not is_asked:
        again = _kept(form, person, thread, files, error=" ".join(problems))
        return render(request, "home.html", again)
    try:
        if problems:
            raise composer.Unclear(" ".join([*problems, _KEPT]))
        to = whom.chosen(person, form)
        council, choice = _council(person, form, thread, to)
        if form.get("sample"):
            prompt = council_question(form.get("sample", ""))
        _check(prompt)
        run = runs.start(
            person=person,
            prompt=prompt,
            council=council,
            client_key=form.get("key", ""),
            thread=thread,
            files=files,
            choice=choice,
            to=to,
        )
    except (runs.OnlyRehearsal, _NoProvider):
        kept = composer.context(form, person=person, thread=thread, seats=False, files=files)
        return render(request, "connect.html", kept, status=409)
    except (runs.Refused, composer.Unclear) as problem:
        kept = _kept(form, person, thread, files, error=str(problem))
        return render(request, "home.html", kept, status=422)
    return redirect("run", run_id=run.id)


def _kept(
    form: QueryDict,
    person: Person,
    thread: Thread | None,
    files: list[Attachment],
    error: str = "",
) -> dict[str, Any]:
    """The question box with everything that was in it."""
    return composer.context(form, person=person, error=error, thread=thread, files=files)


_KEPT = "Your question and the other files are kept."


def files_of(
    request: HttpRequest, person: Person, form: QueryDict, branched: Run | None = None
) -> tuple[list[Attachment], list[str]]:
    """The files that come with the question, and why others do not: kept before, or brought now."""
    ids = [one for one in form.getlist("attached") if one != form.get("detach")]
    kept = access.unsent_files(person, ids, of=branched)
    brought = request.FILES.getlist("files")
    rows, problems = attachments.keep(person=person, files=brought, kept=kept)
    if len(kept) < len(set(ids)):
        problems.append("A file had waited for more than a day. Add it again, or ask without it.")
    return rows, problems


class _NoProvider(Exception):
    """Nothing is connected that could answer."""


def council_question(slug: str) -> str:
    """The question of a sample. Raises Unclear."""
    for sample in samples.questions():
        if sample.slug == slug:
            return sample.question
    raise composer.Unclear("There is no such sample question.")


def _council(
    person: Person, form: QueryDict, thread: Thread | None, to: To | None
) -> tuple[Council, Choice | None]:
    for sample in samples.questions():
        if sample.slug == form.get("sample"):
            return choices.rehearsal(sample), None
    if to is not None:
        return composer.with_web(to.council, form), None
    offered = picker.offered(offered_to(person).listings(), person, thread)
    if not any(choice.is_ready for choice in offered) and not form.getlist("model"):
        raise _NoProvider
    choice = next((c for c in offered if c.slug == form.get("council", "")), None)
    council = composer.council_from(form, choice)
    return council, picker.remembered(choice, offered, thread)


def _check(prompt: str) -> None:
    if not prompt.strip():
        raise composer.Unclear("Write a question first.")
    most = settings.ENV.prompt_chars
    if len(prompt) > most:
        raise composer.Unclear(
            f"The question has {len(prompt):,} characters; at most {most:,} can be "
            "asked. It is kept in the box: shorten it and ask again."
        )


@require_POST
@own
def stop(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Stop the whole run."""
    runs.stop(run=access.run_for(person_of(request), run_id))
    return back_to(request, reverse("run", args=[run_id]))


@require_POST
@own
def judge(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Compare what is there."""
    run = access.run_for(person_of(request), run_id)
    try:
        runs.judge(run=run)
    except runs.Refused as problem:
        return refused(request, run, str(problem))
    return back_to(request, reverse("run", args=[run_id]))


@require_POST
@own
def stop_seat(request: HttpRequest, run_id: UUID, letter: str) -> HttpResponse:
    """Stop one member."""
    run = access.run_for(person_of(request), run_id)
    try:
        runs.stop_seat(run=run, letter=letter)
    except runs.NoSuchSeat as problem:
        raise access.Closed from problem
    return back_to(request, reverse("run", args=[run_id]) + f"#seat-{letter}")


@require_POST
@own
def retry_seat(request: HttpRequest, run_id: UUID, letter: str) -> HttpResponse:
    """Ask one member again."""
    run = access.run_for(person_of(request), run_id)
    try:
        runs.retry_seat(run=run, letter=letter)
    except runs.NoSuchSeat as problem:
        raise access.Closed from problem
    except runs.Refused as problem:
        return refused(request, run, str(problem))
    return back_to(request, reverse("run", args=[run_id]) + f"#seat-{letter}")
