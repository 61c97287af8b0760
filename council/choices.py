"""The councils a person can choose from: templates, and defaults made from what is there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from council import access
from council.access import Somebody
from council.core.independence import family
from council.core.plan import MAX_MODEL_NAME, Council, Judge, Seat
from council.directory import Listing
from council.models import Council as Row
from council.providers import REHEARSAL, label
from council.rehearsal import samples

Kind = Literal["saved", "public", "template", "made"]
_PAGES = frozenset({"new", "import", "save", "templates", "as-asked"})
"""Addresses under /councils/ that are no council's."""
BUILTIN = Path(__file__).with_name("builtin")
_NOT_CHAT = re.compile(
    r"embed|whisper|tts|audio|realtime|transcri|moderation|dall-e|image|davinci|babbage|instruct-0"
    r"|computer-use|rerank|guard|ocr|sora|speech|veo|imagen|lyria|search-preview|codex|deep-research"
    r"|nano-banana|\baqa\b|^(?:gpt|o\d)[\w.-]*-pro\b",
    re.IGNORECASE,
)
_SMALL = re.compile(r"nano|mini|tiny|lite|small|flash|haiku|[-:][1-9](?:\.\d)?b\b", re.IGNORECASE)
_DATED = re.compile(r"[-:@](\d{4}-?\d{2}-?\d{2}|\d{4}|batch|free|thinking|beta|preview.*)$")
TO_WRITE = "…"
"""Stands for a model's name that the reader has still to write."""
_LENSES = (
    ("Generalist", ""),
    (
        "Sceptic",
        "Look for what is wrong with the obvious answer. Say what would have to be true for it to "
        "fail, and how likely that is.",
    ),
    (
        "Practitioner",
        "Answer from practice: what people who do this every day would choose, what it costs, and "
        "what goes wrong first.",
    ),
)


@dataclass(frozen=True)
class Choice:
    """One entry of the council picker. ``missing`` says which models this person cannot ask.

    ``row`` is the saved council, the person's own or (``kind`` public) another's. ``is_blank``:
    the models are to be written by hand, because nobody lists them. ``replaced`` says what of a
    template was taken in place of what is not there, a sentence each.
    """

    slug: str
    council: Council
    missing: str = ""
    is_blank: bool = False
    kind: Kind = "template"
    row: Row | None = None
    replaced: tuple[str, ...] = ()

    @property
    def is_ready(self) -> bool:
        """True when every model is there."""
        return not self.missing


@cache
def builtin() -> tuple[tuple[str, Council], ...]:
    """The templates that come with the program, by slug."""
    order = ("quality", "budget", "coding", "legal-research")
    files = {p.stem: p for p in BUILTIN.glob("*.json")}
    return tuple(
        (slug, Council.model_validate_json(files[slug].read_text(encoding="utf-8")))
        for slug in order
    )


def rehearsal(sample: samples.Sample) -> Council:
    """The scripted council that plays one sample question."""
    return Council(
        name="Rehearsal",
        description="Scripted answers, not AI.",
        seats=tuple(Seat(model=model, role=role) for model, role in sample.members),
        judge=Judge(model=f"{REHEARSAL}/judge"),
        writer={"model": f"{REHEARSAL}/writer"},
    )


def choices(listings: Sequence[Listing], person: Somebody | None = None) -> list[Choice]:
    """What to offer: what the person saved, what others published, then ready councils,
    templates with missing models last."""
    there = {f"{li.provider.name}/{model.id}" for li in listings for model in li.models}
    names = {li.provider.name for li in listings}
    saved = [] if person is None else _saved(person, names)
    templates = [
        Choice(slug, council, _missing(council, there, names)) for slug, council in builtin()
    ]
    ready = [t for t in templates if t.is_ready]
    served = {s.model.partition("/")[0] for t in ready for s in t.council.seats}
    rest = [li for li in listings if li.provider.name not in served]
    rest.sort(key=lambda li: bool(li.problem))  # who answers comes before who did once
    made = [choice for li in rest if (choice := _from_provider(li))]
    blank = [
        _by_hand(li)
        for li in listings
        if li.has_no_list and not li.models and li.provider.name != "ollama"
    ]
    return [*saved, *ready, *made, *blank, *(t for t in templates if not t.is_ready)]


def find(slug: str, listings: Sequence[Listing], person: Somebody | None = None) -> Choice | None:
    """The choice with this slug, or None."""
    return next((c for c in choices(listings, person) if c.slug == slug), None)


def is_reserved(slug: str) -> bool:
    """True for the slugs of what nobody saved: templates, and councils made from a list."""
    return slug in dict(builtin()) or slug.startswith(("all-", "by-hand-")) or slug in _PAGES


def _saved(person: Somebody, names: set[str]) -> list[Choice]:
    """What this person saved and what others published; of one slug, the person's own."""
    own = [_of_row(row, "saved", names) for row in access.councils_of(person)]
    taken = {choice.slug for choice in own}
    public = [_of_row(row, "public", names) for row in access.public_councils(person)]
    apart = [replace(c, slug=str(c.row.id)) if c.slug in taken and c.row else c for c in public]
    return [*own, *apart]


def _of_row(row: Row, kind: Kind, names: set[str]) -> Choice:
    """A saved council as a choice. Only a provider that is not there makes it unusable: that a
    list leaves a model out does not prove that nobody answers to its name."""
    council = Council.model_validate(row.spec)
    absent = sorted({m.partition("/")[0] for m in council.models} - names - {REHEARSAL})
    missing = f"needs {' and '.join(absent)}" if absent else ""
    return Choice(row.slug, council, missing, kind=kind, row=row)


def _missing(council: Council, there: set[str], names: set[str]) -> str:
    wanted = [*(s.model for s in council.seats), council.judge.model, council.writer_model]
    absent = sorted({m.partition("/")[0] for m in wanted} - names)
    if absent:
        return f"needs {' and '.join(absent)}"
    gone = list(dict.fromkeys(m for m in wanted if m not in there))
    return f"not offered at the moment: {', '.join(gone)}" if gone else ""


def _from_provider(listing: Listing) -> Choice | None:
    """A sensible council made of one provider's own list; None when it has nothing to offer."""
    ids = _ranked(listing)
    if not ids:
        return None
    name = listing.provider.name
    panel = (ids * 3)[:3] if len(ids) < 3 else ids[:3]
    seats = tuple(
        Seat(model=f"{name}/{model}", role=role, instructions=words)
        for model, (role, words) in zip(panel, _LENSES, strict=True)
    )
    # A judge off the panel is worth having, but not at the price of a weak one.
    judge = next((model for model in ids[3:12] if not _SMALL.search(model)), ids[0])
    return Choice(
        slug=f"all-{name}",
        council=Council(
            name=f"{label(listing.provider.name)} council",
            description=f"Made from what {listing.provider.host} offers.",
            seats=seats,
            judge=Judge(model=f"{name}/{judge}"),
        ),
        kind="made",
    )


def _by_hand(listing: Listing) -> Choice:
    """For an endpoint that answers but lists no models: the reader knows what it serves."""
    model = f"{listing.provider.name}/{TO_WRITE}"
    return Choice(
        slug=f"by-hand-{listing.provider.name}",
        council=Council(
            name=f"{label(listing.provider.name)}, models by name",
            description=f"{listing.provider.host} lists no models: write their names.",
            seats=(Seat(model=model, role="Generalist"), Seat(model=model, role="Sceptic")),
            judge=Judge(model=model),
        ),
        is_blank=True,
        kind="made",
    )


def _ranked(listing: Listing) -> list[str]:
    """Chat models of a provider: the newest of each family first, then the rest."""
    longest = MAX_MODEL_NAME - len(listing.provider.name) - 1
    fits = [m for m in listing.models if len(m.id) <= longest]
    chat = [m for m in fits if m.outputs_text and not _NOT_CHAT.search(m.id)]
    chat.sort(key=lambda m: -(m.created or 0))
    ids = {m.id for m in chat}
    chat = [m for m in chat if (short := _DATED.sub("", m.id)) == m.id or short not in ids]
    chat = [m for m in chat if f"{m.id}-latest" not in ids]
    firsts: dict[str, str] = {}
    for model in chat:
        firsts.setdefault(family(f"{listing.provider.name}/{model.id}"), model.id)
    return list(dict.fromkeys([*firsts.values(), *(m.id for m in chat)]))
