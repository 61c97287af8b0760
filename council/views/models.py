"""The catalogue: every model there is, to look through and to choose from."""

import re
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from council import catalogue
from council.catalogue import Entry
from council.providers import label, offered_to
from council.views.door import own, person_of

SUGGESTED, PER_PAGE = 8, 100
_FIELDS = ("q", "model", "judge", "writer")
"""Where the typed words stand: the page's own field, or the field of a seat."""
ABILITIES = (("sees", "Sees images"), ("tools", "Uses tools"), ("reasons", "Reasons"))
PRICES = (("free", "Free"), ("<1", "Up to $1"), ("<5", "Up to $5"), ("<20", "Up to $20"))
CONTEXTS = (("100k", "100k or more"), ("200k", "200k or more"), ("1m", "1M or more"))
ORDERS = {
    "": ("As listed", None),
    "price": ("Cheapest first", lambda e: (e.written_rate is None, e.written_rate or 0)),
    "context": ("Longest context first", lambda e: -(e.facts.context or 0)),
    "newest": ("Newest first", lambda e: -(e.model.created or 0)),
}


@require_GET
@own
def index(request: HttpRequest) -> HttpResponse:
    """The catalogue's page; for the page's own script only its table."""
    asked = request.GET
    there = catalogue.entries(offered_to(person_of(request)).listings())
    provider = asked.get("provider", "")
    among = [entry for entry in there if provider in ("", entry.provider)]
    found = catalogue.search(among, " ".join([asked.get("q", ""), *_chosen(request)]))
    order = ORDERS.get(asked.get("order", ""), ORDERS[""])[1]
    if order is not None:
        found.sort(key=order)
    start = _start(asked.get("from", ""), len(found))
    context = {
        **_page_of(request, found, start),
        "total": len(there),
        "q": asked.get("q", ""),
        "abilities": [(v, words, v in asked.getlist("can")) for v, words in ABILITIES],
        "prices": [(v, words, v == asked.get("price")) for v, words in PRICES],
        "contexts": [(v, words, v == asked.get("context")) for v, words in CONTEXTS],
        "orders": [(v, words, v == asked.get("order", "")) for v, (words, _) in ORDERS.items()],
        "providers": [
            (name, label(name), name == provider)
            for name in dict.fromkeys(entry.provider for entry in there)
        ],
    }
    is_part = request.headers.get("HX-Request") and request.headers.get("HX-Target") == "found"
    return render(request, "models/_found.html" if is_part else "models/models.html", context)


@require_GET
@own
def suggest(request: HttpRequest) -> HttpResponse:
    """The few models that fit best what is typed into a seat's field, as options of a listbox."""
    query = next((request.GET[name] for name in _FIELDS if name in request.GET), "")
    there = catalogue.entries(offered_to(person_of(request)).listings())
    found = catalogue.search(there, query)
    field = re.sub(r"[^\w-]", "", request.headers.get("HX-Trigger", ""))[:40]
    context = {"found": found[:SUGGESTED], "more": len(found) - SUGGESTED, "field": field}
    return render(request, "models/_options.html", context)


def _chosen(request: HttpRequest) -> list[str]:
    """The filters as words of a search; a value that is no filter's is left out."""
    known = {value for group in (ABILITIES, PRICES, CONTEXTS) for value, _ in group}
    asked = request.GET
    values = [*asked.getlist("can"), asked.get("price", ""), asked.get("context", "")]
    return [value for value in values if value in known]


def _start(said: str, count: int) -> int:
    number = int(said) if said.isdecimal() and len(said) < 8 else 0
    return number if number < count else 0


def _page_of(request: HttpRequest, found: list[Entry], start: int) -> dict[str, Any]:
    kept = [(n, v) for n, values in request.GET.lists() for v in values if n != "from" and v]

    def link(at: int) -> str:
        return "?" + urlencode([*kept, *([("from", str(at))] if at else [])])

    end = start + PER_PAGE
    return {
        "found": found[start:end],
        "count": len(found),
        "first": start + 1,
        "last": min(end, len(found)),
        "earlier": link(max(start - PER_PAGE, 0)) if start else "",
        "later": link(end) if end < len(found) else "",
    }
