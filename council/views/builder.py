"""The builder: a council is made here, and changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import replace_url

from council import access, choices, drafts
from council.actions import councils
from council.choices import Choice
from council.core import plan
from council.core.plan import LETTERS, MAX_SEATS
from council.drafts import Draft, Problem, Unfinished
from council.models import Council, Person
from council.outlook import Outlook, outlook
from council.presses import Pressed, press
from council.providers import Offered, offered_to
from council.starters import STARTERS
from council.views.composer import tidy
from council.views.door import own, person_of

EFFORTS = (("", "the model’s own"), *((e, e) for e in ("minimal", "low", "medium", "high")))
TOOLS = (
    ("web_search", "Search the web", "where a search engine is set up on this server"),
    ("web_fetch", "Read pages", "whose address stands in the question or was found"),
)
HISTORIES = (
    ("synthesis", "The synthesis", "All members see the same thread: your earlier questions, each "
     "with its synthesis. Shorter, and everybody starts from the same point."),
    ("own", "Their own answers", "Each member sees what it answered itself. Positions stay "
     "apart for longer, and it reads more."),
)  # fmt: skip
_ORIGINS = 12


@dataclass(frozen=True)
class _Desk:
    """Who builds, with what there is; ``row`` is the council that is changed, None a new one."""

    request: HttpRequest
    person: Person
    offered: Offered
    row: Council | None = None

    @property
    def is_part(self) -> bool:
        """True when the page's script asks, for the form alone."""
        return bool(self.request.headers.get("HX-Request"))

    @property
    def ready(self) -> list[Choice]:
        """Councils to begin from."""
        offered = choices.choices(self.offered.listings(), self.person)
        return [choice for choice in offered if choice.is_ready and not choice.is_blank]


@require_http_methods(["GET", "POST"])
@own
def new(request: HttpRequest) -> HttpResponse:
    """A new council: an empty panel, or a copy of any choice (``?from=``)."""
    person = person_of(request)
    desk = _Desk(request, person, offered_to(person))
    if request.method == "POST":
        return _posted(desk)
    return render(request, "builder/builder.html", _page(desk, _begun(desk)))


@require_http_methods(["GET", "POST"])
@own
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change a council this person saved."""
    person = person_of(request)
    row = access.council_of(person, slug)
    desk = _Desk(request, person, offered_to(person), row)
    if request.method == "POST":
        return _posted(desk)
    draft = drafts.of_council(plan.Council.model_validate(row.spec))
    said = f"Saved, version {row.version}." if "saved" in request.GET else ""
    return render(request, "builder/builder.html", {**_page(desk, draft), "said": said})


def _begun(desk: _Desk) -> Draft:
    """What a new council begins with. Raises Closed for a choice this person does not have."""
    slug = desk.request.GET.get("from", "")
    if not slug:
        return drafts.empty(judge=desk.ready[0].council.judge.model if desk.ready else "")
    origin = choices.find(slug, desk.offered.listings(), desk.person)
    if origin is None:
        raise access.Closed
    name = origin.council.name
    name = f"{name[:112]} (copy)" if origin.kind == "saved" else name
    return drafts.of_council(origin.council.model_copy(update={"name": name}))


def _posted(desk: _Desk) -> HttpResponse:
    form = tidy(desk.request.POST)
    draft, what = drafts.of_form(form), form.get("do", "save")
    if what == "look":
        shown = {**_page(desk, draft), "oob": True}
        return render(desk.request, "builder/_look.html", shown)
    if what == "save":
        return _save(desk, draft)
    pressed = press(draft, what)
    shown = _page(desk, pressed.draft, pressed=pressed)
    return _answer(desk, {**shown, "is_unsaved": True})


def _save(desk: _Desk, draft: Draft) -> HttpResponse:
    """Keep the draft, or say what is missing with everything still in its fields."""
    try:
        council = drafts.council_of(draft)
        _is_newest(desk)
        if desk.row is None:
            row = councils.save_new(person=desk.person, council=council)
        else:
            row = councils.save(person=desk.person, council=council, row=desk.row)
    except Unfinished as unfinished:
        return _refused(desk, draft, unfinished.problems)
    except councils.Refused as refused:
        return _refused(desk, draft, [Problem("save", str(refused))])
    here = reverse("builder_edit", args=[row.slug])
    if not desk.is_part:
        return HttpResponse(status=303, headers={"Location": f"{here}?saved"})
    is_same = desk.row is not None and desk.row.version == row.version
    said = f"Nothing has changed since version {row.version}." if is_same else ""
    written = replace(draft, seats=tuple(seat for _, seat in draft.written))
    shown = _page(replace(desk, row=row), written)
    return replace_url(
        _answer(desk, {**shown, "said": said or f"Saved, version {row.version}."}), here
    )


def _is_newest(desk: _Desk) -> None:
    """Raises Unfinished when somebody saved another version since this page was opened."""
    row = desk.row
    if row is not None and desk.request.POST.get("version") != str(row.version):
        said = f"“{row.spec['name']}” was changed elsewhere; that is version {row.version} now."
        advice = "Save again to replace it with what stands here."
        raise Unfinished([Problem("save", f"{said} {advice}")])


def _refused(desk: _Desk, draft: Draft, problems: Sequence[Problem]) -> HttpResponse:
    shown = {**_page(desk, draft, problems=problems), "is_unsaved": True}
    return _answer(desk, shown, status=422)


def _answer(desk: _Desk, shown: dict[str, Any], status: int = 200) -> HttpResponse:
    page = "builder/_form.html" if desk.is_part else "builder/builder.html"
    return render(desk.request, page, {**shown, "is_part": desk.is_part}, status=status)


def _page(
    desk: _Desk,
    draft: Draft,
    *,
    problems: Sequence[Problem] = (),
    pressed: Pressed | None = None,
) -> dict[str, Any]:
    """Everything the page shows of a draft."""
    row, ahead = desk.row, outlook(draft, desk.offered)
    wrong = {problem.field: problem.text for problem in problems}
    return {
        "draft": draft,
        "row": row,
        "address": reverse("builder_edit", args=[row.slug]) if row else reverse("builder_new"),
        "origins": [] if row else desk.ready[:_ORIGINS],
        "seats": [_seat(draft, n, ahead, wrong, pressed) for n in range(len(draft.seats))],
        "outlook": ahead,
        "judge": {"known": ahead.known(draft.judge), "cost": ahead.cost("judge")},
        "writer": {"known": ahead.known(draft.writer), "cost": ahead.cost("writer")},
        "problems": problems,
        "wrong": wrong,
        "said": pressed.said if pressed else "",
        "focus": pressed.part if pressed and not pressed.key else "",
        "kept": drafts.kept_of(draft),
        "removed": drafts.removed_text(draft),
        "removed_letter": LETTERS[min(draft.removed_at, MAX_SEATS - 1)],
        "can_choose": any(listing.models for listing in desk.offered.listings()),
        "is_full": len(draft.seats) >= MAX_SEATS,
        "efforts": EFFORTS,
        "starters": STARTERS,
        "tools": [(*tool, tool[0] in draft.tools) for tool in TOOLS],
        "histories": [(*history, history[0] == draft.history) for history in HISTORIES],
    }


def _seat(
    draft: Draft, at: int, ahead: Outlook, wrong: dict[str, str], pressed: Pressed | None
) -> dict[str, Any]:
    """One seat as the page shows it."""
    seat = draft.seats[at]
    names = ("model", "role", "instructions", "temperature", "max_tokens", "effort")
    errors = {name: wrong.get(f"{name}-{seat.key}", "") for name in names}
    return {
        "seat": seat,
        "key": seat.key,
        "letter": LETTERS[at],
        "is_first": at == 0,
        "is_last": at == len(draft.seats) - 1,
        "is_only": len(draft.seats) == 1,
        "errors": errors,
        "is_open": seat.is_open or any(errors[n] for n in names[3:]),
        "focus": pressed.part if pressed and pressed.key == seat.key else "",
        "known": ahead.known(seat.model),
        "cost": ahead.cost(LETTERS[at]),
    }
