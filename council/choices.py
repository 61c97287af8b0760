"""The councils a person can choose from: templates, and defaults made from what is there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from council import access
from council.access import Somebody
from council.adapting import OPEN, adapt
from council.candidates import Candidates
from council.core.plan import Council, Judge, Seat
from council.directory import Listing
from council.makes import title_of
from council.models import Council as Row
from council.providers import REHEARSAL, label
from council.rehearsal import samples

Kind = Literal["saved", "public", "template", "made"]
_PAGES = frozenset({"new", "import", "save", "templates", "as-asked"})
"""Addresses under /councils/ that are no council's."""
BUILTIN = Path(__file__).with_name("builtin")
TO_WRITE = OPEN
"""Stands for a model's name that the reader has still to write."""
_ORDER = (
    "quality",
    "fast",
    "budget",
    "coding",
    "legal-research",
    "product-strategy",
    "newsroom",
    "local",
)
_AS_MEANT = 2
"""From so many seats of Quality that are there as wanted, it is the best default there is."""
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
    files = {slug: BUILTIN / f"{slug}.json" for slug in _ORDER}
    return tuple(
        (slug, Council.model_validate_json(path.read_text(encoding="utf-8")))
        for slug, path in files.items()
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
    """What to offer: what the person saved, what others published, then what this program makes
    of the models that are there, the best default first."""
    names = {li.provider.name for li in listings}
    saved = [] if person is None else _saved(person, names)
    return [*saved, *_offered(_Lists(listings))]


def find(slug: str, listings: Sequence[Listing], person: Somebody | None = None) -> Choice | None:
    """The choice with this slug, or None."""
    return next((c for c in choices(listings, person) if c.slug == slug), None)


def is_reserved(slug: str) -> bool:
    """True for the slugs of what nobody saved: templates, and councils made from a list."""
    return slug in dict(builtin()) or slug.startswith(("all-", "by-hand-")) or slug in _PAGES


def _saved(person: Somebody, names: set[str]) -> list[Choice]:
    """What this person saved and what others published; of one slug, the person's own."""
    own = [c for row in access.councils_of(person) if (c := _of_row(row, "saved", names))]
    taken = {choice.slug for choice in own}
    rows = access.public_councils(person)
    public = [c for row in rows if (c := _of_row(row, "public", names))]
    apart = [replace(c, slug=str(c.row.id)) if c.slug in taken and c.row else c for c in public]
    return [*own, *apart]


def _of_row(row: Row, kind: Kind, names: set[str]) -> Choice | None:
    """A saved council as a choice; None where another version of the program wrote it.

    Only a provider that is not there makes it unusable: that a list leaves a model out does not
    prove that nobody answers to its name.
    """
    try:
        council = Council.model_validate(row.spec)
    except ValidationError:
        return None
    absent = sorted({m.partition("/")[0] for m in council.models} - names - {REHEARSAL})
    missing = f"needs {' and '.join(absent)}" if absent else ""
    return Choice(row.slug, council, missing, kind=kind, row=row)


class _Lists:
    """Model lists as they stand: the same for as long as nobody has brought a newer one."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self.listings = listings
        self._is = tuple(
            (li.provider.name, li.provider.host, bool(li.problem), li.has_no_list, id(li.models))
            for li in listings
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Lists) and self._is == other._is

    def __hash__(self) -> int:
        return hash(self._is)


@lru_cache(maxsize=64)
def _offered(lists: _Lists) -> tuple[Choice, ...]:
    """What is made of these lists; worked out once, since every page shows it."""
    listings, there = lists.listings, Candidates(lists.listings)
    adapted = {slug: adapt(council, there) for slug, council in builtin()}
    ready = [
        Choice(slug, found.council, replaced=found.replaced)
        for slug, found in adapted.items()
        if found is not None
    ]
    lacking = [
        Choice(slug, council, _missing(slug, council, listings))
        for slug, council in builtin()
        if adapted[slug] is None
    ]
    quality = adapted["quality"]
    seats = quality.council.seats if quality is not None and quality.kept >= _AS_MEANT else ()
    served = {seat.model.partition("/")[0] for seat in seats}
    rest = [li for li in listings if li.provider.name not in served]
    if adapted["local"] is not None:  # it does the same, with whatever else runs here
        rest = [li for li in rest if not _is_local(li, there)]
    rest.sort(key=lambda li: bool(li.problem))  # who answers comes before who did once
    made = [choice for li in rest if (choice := _from_provider(li, there))]
    blank = [_by_hand(li) for li in listings if _is_to_be_written(li)]
    if served:
        return *ready, *made, *blank, *lacking
    local = [choice for choice in ready if choice.slug == "local"]
    others = [choice for choice in ready if choice.slug != "local"]
    return *made, *local, *others, *blank, *lacking


def _is_local(listing: Listing, there: Candidates) -> bool:
    name = listing.provider.name
    return name == "ollama" or all(one.is_local for one in there.of(name))


def _missing(slug: str, council: Council, listings: Sequence[Listing]) -> str:
    if slug == "local":
        return "needs Ollama or another model server on this machine"
    wanted = _listed(list(dict.fromkeys(title_of(seat.model) for seat in council.seats)))
    if not listings:
        return f"connect a provider first; it is made for {wanted}"
    return f"not offered at the moment: {wanted}"


def _listed(names: list[str]) -> str:
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last


def _from_provider(listing: Listing, there: Candidates) -> Choice | None:
    """A sensible council made of one provider's own list; None when it has nothing to offer.

    Its models may be kin, so its seats look at a question from different sides.
    """
    name = listing.provider.name
    model = f"{name}/{OPEN}"
    seats = tuple(Seat(model=model, role=role, instructions=words) for role, words in _LENSES)
    council = Council(
        name=f"{label(name)} council",
        description=f"Made from what {listing.provider.host} offers.",
        seats=seats,
        judge=Judge(model=model),
    )
    found = adapt(council, there)
    return None if found is None else Choice(f"all-{name}", found.council, kind="made")


def _is_to_be_written(listing: Listing) -> bool:
    return listing.has_no_list and not listing.models and listing.provider.name != "ollama"


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
