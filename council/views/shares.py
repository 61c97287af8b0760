"""Links of one's own: what a stranger would see, the link itself, all of them, their end."""

from base64 import b64encode
from typing import Any
from uuid import UUID

import qrcode
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from qrcode.image.svg import SvgPathImage

from council import access, journal
from council.actions import shares
from council.models import Run, Share
from council.sharing import tokens
from council.sharing.frozen import freeze
from council.sharing.lens import TICKS, Lens
from council.views.door import back_to, own, person_of
from council.views.shared import Seen, address, shown

WHOLE = "conversation"


@require_http_methods(["GET", "POST"])
@own
def new(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What to share, above exactly what a stranger will see; POST publishes it, or with
    ``update`` shows it anew."""
    run = access.run_for(person_of(request), run_id)
    form = request.POST if request.method == "POST" else request.GET
    problem = ""
    if request.method == "POST" and not form.get("update"):
        try:
            share = _publish(request, run, form)
            return redirect(reverse("share", args=[share.id]))
        except shares.Refused as refusal:
            problem = str(refusal)
    context = {**_preview(run, form), **_choices(run, form), "problem": problem}
    return render(request, "shares/new.html", context, status=422 if problem else 200)


def _publish(request: HttpRequest, run: Run, form: QueryDict) -> Share:
    return shares.publish(
        person=person_of(request),
        conversation=run.conversation,
        runs=_runs(run, form),
        title=form.get("title", ""),
        shows=form.getlist("shows"),
        lasts=form.get("lasts", "always"),
    )


def _runs(run: Run, form: QueryDict) -> list[Run]:
    """The runs that are shared: this one, or all of its conversation."""
    if form.get("what") != WHOLE:
        return [run]
    return list(run.conversation.runs.order_by("number"))


def _choices(run: Run, form: QueryDict) -> dict[str, Any]:
    ticked = form.getlist("shows")
    return {
        "row": run,
        "conversation": run.conversation,
        "title": form.get("title") or shares.title_of(run.conversation, _runs(run, form)),
        "what": form.get("what", "run"),
        "many": run.conversation.runs.count(),
        "ticks": [(name, name in ticked) for name in (*TICKS, shares.CARD)],
        "lasts": form.get("lasts", "always"),
        "given": _links(run.conversation.shares.order_by("-created_at")),
    }


def _preview(run: Run, form: QueryDict) -> dict[str, Any]:
    """The first of the runs through the lens of what is ticked, as the shared page draws it."""
    lens = Lens.of(form.getlist("shows"))
    first = _runs(run, form)[0]
    folded = journal.folded(first.id)
    seen = Seen(freeze(first, folded.state, lens), lens, folded.seq, is_live=False)
    return shown(seen, QueryDict(), person=run.conversation.person)


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """All links this person made."""
    return render(
        request, "shares/index.html", {"links": _links(access.shares_of(person_of(request)))}
    )


@require_GET
@own
def one(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """The link, to copy and to scan."""
    share = access.share_of(person_of(request), share_id)
    link = _link(share)
    return render(request, "shares/one.html", {**link, "link": link, "qr": _qr(link["url"])})


@require_POST
@own
def revoke(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """End it now."""
    shares.revoke(share=access.share_of(person_of(request), share_id))
    return back_to(request, reverse("shares"))


def _links(rows: Any) -> list[dict[str, Any]]:
    return [_link(share) for share in rows.prefetch_related("runs")]


def _link(share: Share) -> dict[str, Any]:
    """A link with its state. ``url`` is empty where the secret key was changed since."""
    token = tokens.token(share.salt)
    is_ours = tokens.hashed(token) == share.token_hash
    runs = list(share.runs.all())
    return {
        "share": share,
        "url": address(reverse("shared", args=[token])) if is_ours else "",
        "is_open": shares.is_open(share) and bool(runs),
        "runs": len(runs),
        "is_live": any(not run.frozen for run in runs),
    }


def _qr(url: str) -> str:
    """The link to scan, as the address of a picture; empty where there is no link."""
    if not url:
        return ""
    drawn = qrcode.make(url, image_factory=SvgPathImage, border=2).to_string()
    return f"data:image/svg+xml;base64,{b64encode(drawn).decode()}"
