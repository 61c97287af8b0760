"""What whoever has the link sees: no account, no orders, nothing that was not ticked."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from council import access, journal
from council.actions import councils, shares
from council.core.plan import Council
from council.document import document
from council.export import readable
from council.export.names import slug
from council.frames import Page
from council.journal import Folded
from council.models import Attachment, Person, Share
from council.sharing import preview_card
from council.sharing.frozen import Frozen, freeze
from council.sharing.lens import Lens
from council.views import composer
from council.views.door import gate, person_of
from council.views.drawing import drawn
from council.views.pages import sent

Shared = Callable[..., HttpResponseBase]
HEADERS = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
}


def address(path: str) -> str:
    """The address of a page of ours as the outside knows it."""
    return urljoin(settings.ENV.public_url or sorted(settings.ENV.origins)[0], path)


def by_link(view: Shared) -> Shared:
    """Only with a link that opens something; unknown, revoked and expired are one answer, before
    anything else of the request is looked at."""

    @wraps(view)
    def inner(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = view(request, access.share_by(token), token, *args, **kwargs)
        except access.Closed:
            response = render(request, "shares/gone.html", status=404)
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return inner


@by_link
@require_safe
def page(request: HttpRequest, share: Share, token: str, number: int = 1) -> HttpResponse:
    """One of its runs; the others are linked."""
    seen = _seen(share, number)
    if number == 1 and request.method == "GET":
        shares.opened(share=share)
    numbers = list(share.runs.order_by("number").values_list("number", flat=True))
    context = {
        **shown(seen, request.GET, person=share.person),
        "share": share,
        "token": token,
        "number": number,
        "numbers": numbers if len(numbers) > 1 else [],
        "document_url": reverse("shared_json", args=[token, number]),
        "socket": f"/ws/shares/{token}/{number}/",
        "card": address(reverse("share_card", args=[token])),
    }
    return render(request, "shares/page.html", context)


@by_link
@require_safe
def as_json(request: HttpRequest, share: Share, token: str, number: int) -> HttpResponse:
    """The run document, as far as it is shown."""
    copy = _seen(share, number).copy
    said = document(copy.row, copy.state)
    response = JsonResponse(said, json_dumps_params={"ensure_ascii": False, "indent": 1})
    return _saved(response, share, "json")


@by_link
@require_safe
def as_markdown(request: HttpRequest, share: Share, token: str, number: int) -> HttpResponse:
    """The run to read elsewhere, as far as it is shown."""
    copy = _seen(share, number).copy
    text = readable.markdown(document(copy.row, copy.state), copy.state)
    response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
    return _saved(response, share, "md")


def _saved(response: HttpResponse, share: Share, ending: str) -> HttpResponse:
    name = f"{slug(share.title) or 'run'}.{ending}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@by_link
@require_safe
def card(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    """The picture that stands for the link elsewhere: no question unless that was ticked."""
    copy = _seen(share, 1).copy
    title = share.title if shares.CARD in share.shows else ""
    return HttpResponse(preview_card.png(copy.state, title), content_type="image/png")


@by_link
@require_safe
def file(request: HttpRequest, share: Share, token: str, file_id: UUID) -> HttpResponse:
    """A file that came with the question, where files are shown."""
    if not Lens.of(share.shows).attachments:
        raise access.Closed
    row = Attachment.objects.filter(id=file_id, run__shared__share=share).first()
    if row is None:
        raise access.Closed
    return sent(row)


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    """Tell the owner of this server that something is wrong with the page."""
    context: dict[str, Any] = {"token": token}
    if request.method == "POST":
        context["words"] = request.POST.get("words", "")
        try:
            shares.report(share=share, words=context["words"])
            context["is_sent"] = True
        except shares.Refused as refusal:
            context["problem"] = str(refusal)
    status = 422 if "problem" in context else 200
    return render(request, "shares/report.html", context, status=status)


@by_link
@require_POST
def use(request: HttpRequest, share: Share, token: str) -> HttpResponse:
    """The set-up and the question, taken into one's own question box; never a key. Who has to sign
    in first comes back to the page."""
    if not isinstance(request.user, Person):
        return gate(request, back=reverse("shared", args=[token]))
    copy = _seen(share, 1).copy
    council = Council.model_validate(copy.plan["council"])
    try:
        row = councils.save(person=person_of(request), council=council)
    except councils.Refused as refusal:
        return render(request, "councils/import.html", {"refusal": str(refusal)}, status=422)
    form = QueryDict(mutable=True)
    form.update({"council": row.slug, "prompt": copy.state.prompt})
    return render(request, "home.html", composer.context(form, person=person_of(request)))


@dataclass(frozen=True)
class Seen:
    """A run of a share: its copy, or while it goes on the run itself, through the share's lens."""

    copy: Frozen
    lens: Lens
    seq: int
    is_live: bool


def _seen(share: Share, number: int) -> Seen:
    """Raises Closed."""
    lens = Lens.of(share.shows)
    shared = share.runs.select_related("run").filter(number=number).first()
    if shared is None:
        raise access.Closed
    if shared.frozen:
        copy = Frozen.model_validate_json(shared.frozen)
        # What a lens hides today may be in a copy of before.
        return Seen(
            copy.model_copy(update={"state": lens.state(copy.state)}), lens, 1, is_live=False
        )
    folded = journal.folded(shared.run_id)
    return Seen(freeze(shared.run, folded.state, lens), lens, folded.seq, is_live=True)


def shown(seen: Seen, query: QueryDict, *, person: Person) -> dict[str, Any]:
    """What the shared page draws; its owner's preview is the same."""
    copy = seen.copy
    page = Page(copy.id, Folded(copy.state, seen.seq), seen.lens)
    age_ms = int((timezone.now() - copy.created_at).total_seconds() * 1000)
    council = Council.model_validate(copy.plan["council"])
    return {
        **drawn(page, query, is_live=seen.is_live, now_ms=age_ms),
        "copy": copy,
        "row": copy.row,
        "by": person.username if seen.lens.name else "",
        "seats": list(zip(council.letters, council.seats, strict=True)),
        "council": council,
        "files": copy.plan.get("attachments", []),
    }
