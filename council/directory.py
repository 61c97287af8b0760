"""What every provider offers: asked in the background, kept in the database with its age.

A page reads what is kept and never waits for a provider that was asked before; a run knows
prices and limits without asking anybody. Several processes may share the rows: each takes over
what another has written, and asks only whoever nobody has asked lately.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone
from pydantic import TypeAdapter, ValidationError

from council import familiar
from council.core.facts import NOTHING, Facts
from council.models import Catalogue
from council.wire.catalogue import CatalogueError, Model, NoListError, models
from council.wire.client import Client
from council.wire.provider import Provider

log = logging.getLogger(__name__)

FRESH, RETRY, OLD = timedelta(minutes=10), timedelta(seconds=15), timedelta(days=1)
"""How long a list is believed; how soon a provider that was down is asked again; and from which
age on a run asks once more before it starts."""
LIST_S, FIRST_S = 8.0, 2.0
"""Seconds a provider may take for its list: in the background, and when somebody waits."""
LOOK_S = 3.0
"""How often the background looks whose list is old, in seconds."""
_MODELS = TypeAdapter(tuple[Model, ...])


@dataclass(frozen=True)
class Listing:
    """What one provider offers, as far as is known.

    ``problem`` is why the last try brought no list, a sentence or empty; ``models`` are then
    those of the try before, ``fetched_at`` says how old they are. ``has_no_list``: it answers,
    but its models must be named by hand. ``tried_at`` None: nobody has asked it yet.
    """

    provider: Provider
    models: tuple[Model, ...] = ()
    problem: str = ""
    has_no_list: bool = False
    fetched_at: datetime | None = None
    tried_at: datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """True while there is no reason to ask again."""
        age = None if self.tried_at is None else timezone.now() - self.tried_at
        return age is not None and age < (RETRY if self.problem else FRESH)

    @property
    def is_usable(self) -> bool:
        """True when a run may rely on it: there is a list, and it is not too old."""
        return self.fetched_at is not None and timezone.now() - self.fetched_at < OLD


class Directory:
    """The lists of all providers of this server. One memory per process, over the rows."""

    def __init__(self, known: Callable[[], Mapping[str, Provider]]) -> None:
        self._known = known
        self._listings: dict[str, Listing] = {}
        self._view = _View({})

    def listings(self) -> list[Listing]:
        """Every provider with its models, from the database.

        Only those that were never asked are asked now, all at once, for at most ``FIRST_S``.
        """
        known = self.read()
        if missing := [p for name, p in known.items() if name not in self._listings]:
            asked = async_to_sync(_ask_all)(missing, FIRST_S)
            for listing in asked:
                self._keep(listing)
        held = self._filled().listings
        there = [held.get(name) or Listing(p) for name, p in known.items()]
        # Ollama is always tried; where nobody named it, it is spoken of once it has answered.
        named = settings.ENV.ollama_named
        return [li for li in there if li.provider.name != "ollama" or named or li.models]

    def kept(self) -> list[Listing]:
        """What the rows hold, without asking anybody."""
        self.read()
        return list(self._filled().listings.values())

    def read(self) -> Mapping[str, Provider]:
        """Take over what the rows say by now; the providers there are."""
        known = self._known()
        heads = {
            name: tried_at
            for name, address, tried_at in Catalogue.objects.values_list(
                "provider", "address", "tried_at"
            )
            if name in known and address == _address(known[name])
        }
        held = {n: li for n, li in self._listings.items() if heads.get(n) == li.tried_at}
        changed = [name for name in heads if name not in held]
        for row in Catalogue.objects.filter(provider__in=changed) if changed else ():
            if (listing := _from_row(row, known[row.provider])) is not None:
                held[row.provider] = listing
        if changed or held.keys() != self._listings.keys():
            self._listings = held
        return known

    def know(self, model: str) -> Facts:
        """What the lists say of ``provider/model-id``. From memory: no I/O, never raises."""
        found = self._find(model)
        return NOTHING if found is None else found.facts

    def owner(self, model: str) -> str:
        """Who the list says runs or made the model; empty when it does not say."""
        found = self._find(model)
        return "" if found is None else found.owner

    def _find(self, model: str) -> Model | None:
        return self._filled().index.get(model)

    def _filled(self) -> "_View":
        if self._view.source is not self._listings:
            self._view = _View(self._listings)
        return self._view

    async def look(self, names: Iterable[str]) -> None:
        """Before a run: read the rows; ask whoever has no list that is young enough, briefly."""
        known = await database_sync_to_async(self.read)()
        asked = [known[name] for name in dict.fromkeys(names) if name in known]
        due = [p for p in asked if not self._may_wait(p.name)]
        await self._renew(due, FIRST_S)

    def _may_wait(self, name: str) -> bool:
        listing = self._listings.get(name)
        return listing is not None and (listing.is_usable or listing.is_fresh)

    async def refresh(self) -> None:
        """Ask everybody whose list is old."""
        known = await database_sync_to_async(self.read)()
        held = self._listings
        due = [p for name, p in known.items() if name not in held or not held[name].is_fresh]
        await self._renew(due, LIST_S)

    async def keep_fresh(self) -> None:
        """Refresh for as long as the process lives. A database that is away is waited for."""
        while True:
            try:
                await self.refresh()
            except Exception:  # whatever it is, tomorrow's prices hang on this loop
                log.warning("the model lists could not be refreshed", exc_info=True)
            await asyncio.sleep(LOOK_S)

    async def _renew(self, due: list[Provider], within_s: float) -> None:
        """Each is kept as soon as it answers: one that is slow holds up no other."""
        if not due:
            return
        client = Client({p.name: p for p in due})
        keep = database_sync_to_async(self._keep)

        async def renew(provider: Provider) -> None:
            await keep(await _ask(client, provider, within_s))

        try:
            await asyncio.gather(*map(renew, due))
        finally:
            await client.aclose()

    def _keep(self, listing: Listing) -> None:
        """Write down what a provider said; after a failure the list it had stays."""
        name, address = listing.provider.name, _address(listing.provider)
        row = Catalogue.objects.filter(provider=name, address=address)
        if listing.problem and row.update(
            tried_at=listing.tried_at, problem=listing.problem, has_no_list=listing.has_no_list
        ):
            before = self._listings.get(name, listing)
            listing = replace(listing, models=before.models, fetched_at=before.fetched_at)
        else:
            listed = [m.model_dump(mode="json", exclude_defaults=True) for m in listing.models]
            Catalogue.objects.update_or_create(
                provider=name,
                address=address,
                defaults={
                    "listed": listed,
                    "fetched_at": listing.fetched_at,
                    "tried_at": listing.tried_at or timezone.now(),
                    "problem": listing.problem,
                    "has_no_list": listing.has_no_list,
                },
            )
        self._listings = {**self._listings, name: listing}


class _View:
    """The lists with what they leave out, where it is known otherwise; and every model by name."""

    def __init__(self, source: dict[str, Listing]) -> None:
        self.source = source
        openrouter = (
            {m.id: m for m in source["openrouter"].models} if "openrouter" in source else {}
        )
        self.listings = {name: _whole(li, openrouter) for name, li in source.items()}
        self.index = {f"{name}/{m.id}": m for name, li in self.listings.items() for m in li.models}


def _whole(listing: Listing, openrouter: Mapping[str, Model]) -> Listing:
    name = listing.provider.name
    listed = listing.models or (familiar.names(name) if listing.has_no_list else ())
    facts = (familiar.facts_of(name, model, openrouter) for model in listed)
    pairs = zip(listed, facts, strict=True)
    filled = tuple(m if f is m.facts else m.model_copy(update={"facts": f}) for m, f in pairs)
    return replace(listing, models=filled)


async def _ask_all(providers: list[Provider], within_s: float) -> list[Listing]:
    client = Client({p.name: p for p in providers})
    try:
        return await asyncio.gather(*(_ask(client, p, within_s) for p in providers))
    finally:
        await client.aclose()


async def _ask(client: Client, provider: Provider, within_s: float) -> Listing:
    try:
        found = tuple(await models(client, provider.name, within_s))
    except CatalogueError as problem:
        no_list = isinstance(problem, NoListError)
        return Listing(provider, (), str(problem), no_list, None, timezone.now())
    now = timezone.now()
    return Listing(provider, found, "", not found, now, now)


def _from_row(row: Catalogue, provider: Provider) -> Listing | None:
    """The listing of a row; None when another version of the program wrote it."""
    try:
        found = _MODELS.validate_python(row.listed)
    except ValidationError:
        return None
    return Listing(provider, found, row.problem, row.has_no_list, row.fetched_at, row.tried_at)


def _address(provider: Provider) -> str:
    """The address and a print of the key: a list is another one when either changes."""
    said = f"{provider.base_url}\n{provider.key or ''}".encode()
    mark = hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()[:16]
    return f"{provider.base_url[:400]}#{mark}"
