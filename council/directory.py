"""What every provider offers: asked in the background, kept in the database with its age.

A page reads what is kept and never waits for a provider that was asked before; a run knows
prices and limits without asking anybody. Several processes may share the rows: each takes over
what another has written, and asks only whoever nobody has asked lately.

Another key may see other models, so a list belongs to an address and a print of the key. `Lists`
holds those of everybody; a `Directory` is what one person sees of them.
"""

import asyncio
import hashlib
import hmac
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock

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
UNUSED, FORGET_EVERY_S = timedelta(days=30), 3600.0
"""The list of a key nobody has asked with for so long is forgotten; how often that is looked at."""
LISTS_MAX, VIEWS_MAX = 64, 16
"""Lists a process holds at once (one of OpenRouter's takes about a megabyte), and sets of them."""
_Place = tuple[str, str]
"""A provider's name, and its address with a print of the key."""
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


class Lists:
    """The lists one process has read, of whatever providers with whatever keys; bounded.

    One that is old is asked for anew in the background as long as `keep_fresh` is told of its
    provider. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._held: OrderedDict[_Place, Listing] = OrderedDict()
        self._views: OrderedDict[frozenset[int], _View] = OrderedDict()
        self._lock = Lock()

    def of(self, providers: Iterable[Provider]) -> dict[str, Listing]:
        """What is held of these, by name. No I/O."""
        found = {}
        with self._lock:
            for provider in providers:
                place = _place(provider)
                if place in self._held:
                    self._held.move_to_end(place)
                    found[provider.name] = self._held[place]
        return found

    def read(self, providers: Sequence[Provider]) -> None:
        """Take over what the rows of these say by now."""
        places = {_place(p): p for p in providers}
        rows = Catalogue.objects.filter(address__in=[address for _, address in places])
        heads = {
            (name, address): tried_at
            for name, address, tried_at in rows.values_list("provider", "address", "tried_at")
            if (name, address) in places
        }
        with self._lock:
            for place in places:
                held = self._held.get(place)
                if held is not None and heads.get(place) != held.tried_at:
                    del self._held[place]
            changed = [place[1] for place in heads if place not in self._held]
        for row in Catalogue.objects.filter(address__in=changed) if changed else ():
            provider = places.get((row.provider, row.address))
            if provider is not None and (listing := _from_row(row, provider)) is not None:
                self._hold(listing)

    def view(self, listings: Mapping[str, Listing]) -> "_View":
        """These lists with what they leave out; made once for the same ones."""
        key = frozenset(id(li) for li in listings.values())  # a view holds its lists, so ids last
        with self._lock:
            if (view := self._views.get(key)) is not None:
                self._views.move_to_end(key)
                return view
        view = _View(dict(listings))
        with self._lock:
            self._views[key] = view
            while len(self._views) > VIEWS_MAX:
                self._views.popitem(last=False)
        return view

    async def renew(self, due: Sequence[Provider], within_s: float) -> None:
        """Ask these. Each is kept as soon as it answers: one that is slow holds up no other."""
        if not due:
            return
        keep = database_sync_to_async(self.keep)

        async def renew(provider: Provider) -> None:
            client = Client({provider.name: provider})
            try:
                await keep(await _ask(client, provider, within_s))
            finally:
                await client.aclose()

        await asyncio.gather(*map(renew, due))

    async def refresh(self, providers: Sequence[Provider]) -> None:
        """Ask those of these whose list is old."""
        await database_sync_to_async(self.read)(providers)
        places = {_place(p): p for p in providers}
        with self._lock:
            held = {place: self._held.get(place) for place in places}
        due = [p for place, p in places.items() if (li := held[place]) is None or not li.is_fresh]
        await self.renew(due, LIST_S)

    def keep(self, listing: Listing) -> None:
        """Write down what a provider said; after a failure the list it had stays."""
        place = name, address = _place(listing.provider)
        row = Catalogue.objects.filter(provider=name, address=address)
        if listing.problem and row.update(
            tried_at=listing.tried_at, problem=listing.problem, has_no_list=listing.has_no_list
        ):
            with self._lock:
                before = self._held.get(place, listing)
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
        self._hold(listing)

    def _hold(self, listing: Listing) -> None:
        place = _place(listing.provider)
        with self._lock:
            self._held[place] = listing
            self._held.move_to_end(place)
            while len(self._held) > LISTS_MAX:
                self._held.popitem(last=False)


class Directory:
    """What one set of providers offers: those of the server, or of one person."""

    def __init__(
        self, known: Callable[[], Mapping[str, Provider]], lists: Lists | None = None
    ) -> None:
        self._known = known
        self._lists = lists or Lists()
        self._providers: Mapping[str, Provider] | None = None
        self._seen: dict[str, Listing] = {}
        """What was read last: it stays even where the lists have had to let go of it."""

    def listings(self) -> list[Listing]:
        """Every provider with its models, from the database.

        Only those that were never asked are asked now, all at once, for at most ``FIRST_S``.
        """
        known = self.read()
        held = self._now()
        if missing := [p for name, p in known.items() if name not in held]:
            for listing in async_to_sync(_ask_all)(missing, FIRST_S):
                self._lists.keep(listing)
        whole = self._view().listings
        there = [whole.get(name) or Listing(p) for name, p in known.items()]
        # Ollama is always tried; where nobody named it, it is spoken of once it has answered.
        named = settings.ENV.ollama_named
        return [li for li in there if li.provider.name != "ollama" or named or li.models]

    def kept(self) -> list[Listing]:
        """What the rows hold, without asking anybody."""
        self.read()
        return list(self._view().listings.values())

    def read(self) -> Mapping[str, Provider]:
        """Take over what the rows say by now; the providers there are."""
        known = self._providers = self._known()
        self._lists.read(list(known.values()))
        self._seen = self._lists.of(known.values())
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
        return self._view().index.get(model)

    def _now(self) -> dict[str, Listing]:
        """What is held at this moment, by name."""
        if self._providers is None:
            self._providers = self._known()
        return {**self._seen, **self._lists.of(self._providers.values())}

    def _view(self) -> "_View":
        return self._lists.view(self._now())

    async def renew(self, names: Iterable[str]) -> None:
        """Before a run: ask whoever has no list that is young enough, briefly. `read` comes first,
        so nothing here asks the database."""
        await self._lists.renew(self.due(names), FIRST_S)

    def due(self, names: Iterable[str]) -> list[Provider]:
        """Those that have no list that is young enough. `read` comes first."""
        held, known = self._now(), self._providers or {}
        asked = [known[name] for name in dict.fromkeys(names) if name in known]
        return [p for p in asked if not _may_wait(held.get(p.name))]

    async def refresh(self) -> None:
        """Ask everybody whose list is old."""
        known = await database_sync_to_async(self.read)()
        await self._lists.refresh(list(known.values()))


async def keep_fresh(lists: Lists, wanted: Callable[[], Sequence[Provider]]) -> None:
    """Refresh the lists of whoever is wanted for as long as the process lives, and forget those
    nobody has wanted for long. A database that is away is waited for."""
    forgotten_s = -FORGET_EVERY_S
    while True:
        try:
            await lists.refresh(await database_sync_to_async(wanted)())
            if time.monotonic() - forgotten_s > FORGET_EVERY_S:
                forgotten_s = time.monotonic()
                await database_sync_to_async(forget_unused)()
        except Exception:  # whatever it is, tomorrow's prices hang on this loop
            log.warning("the model lists could not be refreshed", exc_info=True)
        await asyncio.sleep(LOOK_S)


def forget_unused() -> None:
    """Remove the rows of keys and addresses that nobody has asked with for a month."""
    Catalogue.objects.filter(tried_at__lt=timezone.now() - UNUSED).delete()


def _may_wait(listing: Listing | None) -> bool:
    return listing is not None and (listing.is_usable or listing.is_fresh)


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


def _place(provider: Provider) -> _Place:
    """Where a list belongs: it is another one when the address or the key changes."""
    said = f"{provider.base_url}\n{provider.key or ''}".encode()
    mark = hmac.new(settings.SECRET_KEY.encode(), said, hashlib.sha256).hexdigest()[:16]
    return provider.name, f"{provider.base_url[:400]}#{mark}"
