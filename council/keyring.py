"""Whom somebody may ask, and with whose key: the server's, one its owner shares, or their own.

For a provider's name their own key comes first, then one the owner shares, then the environment's.
Paid keys that are not one's own are for the owner, for whoever the owner lets, and for guests
while there is a guest budget; what needs no key is for everybody.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Literal

from django.conf import settings
from django.db.models import Q

from council.credentials import Unreadable, unseal
from council.models import House, Key, Person
from council.wire.provider import Provider
from fusionsite.env import KNOWN_PROVIDERS, Env, ProviderSetting, is_loopback

Whose = Literal["", "server", "own"]
RECENT_S, RECENT_MAX = 3600.0, 100
"""How long after somebody's last page their lists are kept fresh, and of how many at once."""


@dataclass(frozen=True)
class Known:
    """The providers one person may ask, by name; whose key each is asked with (empty: none is
    needed); and the ids of the rows of saved keys among them."""

    providers: Mapping[str, Provider] = field(default_factory=dict)
    whose: Mapping[str, Whose] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    def whose_key(self, model: str) -> Whose:
        """Whose key a model written ``provider/model-id`` is asked with."""
        return self.whose.get(model.partition("/")[0], "")


def from_env(env: Env) -> dict[str, Provider]:
    """The providers the environment switches on. Ollama is always tried; it may not answer."""
    found = {p.name: provider_at(p, p.key) for p in env.providers}
    if env.ollama_url:
        found["ollama"] = Provider("ollama", env.ollama_url, None, local=True, concurrency=1)
    return found


def known_to(person: Person | None) -> Known:
    """Whom this person may ask, as the rows say now; None: the server itself."""
    rows = list(_keys_for([] if person is None else [person.id]))
    return _known(person, rows)


def known_to_id(person_id: int) -> Known:
    """The same by a person's id; nobody for somebody who is gone or may not sign in any more."""
    person = Person.objects.filter(id=person_id, is_active=True).first()
    return Known() if person is None else known_to(person)


def may_use_server_keys(person: Person | None) -> bool:
    """True when this person may ask with paid keys that are not their own."""
    if person is None or person.role == Person.Role.OWNER:
        return True
    if person.role == Person.Role.GUEST:
        return guest_budget_usd() > 0
    return person.may_use_server_keys


def may_search(person: Person | None) -> bool:
    """True when this person's members may use the search engine of this server. One with a key
    bills the server: never for guests, as no list says what a search costs."""
    engine = settings.ENV.search
    if engine is None or not engine.key:
        return engine is not None
    is_guest = person is not None and person.role == Person.Role.GUEST
    return not is_guest and may_use_server_keys(person)


def guest_budget_usd() -> float:
    """What all guests together may spend of the server's money in a month."""
    set_here = House.objects.values_list("guest_budget_usd", flat=True).first()
    return float(settings.ENV.guest_budget_usd if set_here is None else set_here)


def addresses() -> dict[str, ProviderSetting]:
    """Where anybody may use a key of their own: the known providers, and those the environment
    adds by address."""
    known = {name: ProviderSetting(name, url) for name, (_, url) in KNOWN_PROVIDERS.items()}
    return known | {p.name: p for p in settings.ENV.providers}


def server_keys(person: Person) -> dict[str, Literal["environment", "shared"]]:
    """Where the keys come from that this person may use beside their own, by provider."""
    others = [row for row in _keys_for([]) if row.person_id != person.id]
    there = _known(person, others)
    return {
        name: "shared" if name in there.rows else "environment"
        for name, whose in there.whose.items()
        if whose == "server"
    }


def provider_of(key: Key, secret: str | None) -> Provider | None:
    """The provider a saved key is for, asked with this secret; None where nobody says any more
    at which address it is."""
    if key.base_url:
        return provider_at(ProviderSetting(key.provider, key.base_url), secret)
    there = addresses().get(key.provider)
    return None if there is None else provider_at(there, secret)


def _known(person: Person | None, rows: Iterable[Key]) -> Known:
    is_trusted = may_use_server_keys(person)
    found = {n: p for n, p in from_env(settings.ENV).items() if is_trusted or not p.key}
    whose: dict[str, Whose] = {name: "server" for name, p in found.items() if p.key}
    kept: dict[str, int] = {}
    own_last = sorted(rows, key=lambda row: person is not None and row.person_id == person.id)
    for row in own_last:
        is_own = person is not None and row.person_id == person.id
        provider = _opened(row)
        if provider is None or not (is_own or is_trusted or not provider.key):
            continue
        found[row.provider], kept[row.provider] = provider, row.id
        whose[row.provider] = "" if not provider.key else "own" if is_own else "server"
    return Known(found, whose, kept)


def _keys_for(person_ids: Iterable[int]) -> Iterable[Key]:
    """The rows of these people's keys, and of those an owner shares."""
    shared = Q(is_shared=True, person__role=Person.Role.OWNER, person__is_active=True)
    return Key.objects.filter(shared | Q(person__in=list(person_ids))).order_by("id")


def _opened(row: Key) -> Provider | None:
    """The provider of a saved key; None when the key cannot be read any more."""
    with suppress(Unreadable):
        return provider_of(row, unseal(row.secret) if row.secret else None)
    return None


def provider_at(there: ProviderSetting, secret: str | None) -> Provider:
    """The provider at this address, asked with this secret."""
    return Provider(
        name=there.name,
        base_url=there.url,
        key=secret,
        headers=_headers(there.name),
        local=is_loopback(there.url),
        concurrency=there.concurrency,
    )


def _headers(name: str) -> dict[str, str]:
    """OpenRouter wants to know which site asks; its own address is the owner's to give."""
    url = settings.ENV.public_url
    return {"HTTP-Referer": url} if name == "openrouter" and url else {}


class Recent:
    """Who looked at a page lately: their lists are kept fresh beside the server's."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, float] = OrderedDict()
        self._lock = Lock()

    def saw(self, person: Person) -> None:
        """This person is here now."""
        with self._lock:
            self._seen[person.id] = monotonic()
            self._seen.move_to_end(person.id)
            while len(self._seen) > RECENT_MAX:
                self._seen.popitem(last=False)

    def providers(self) -> list[Provider]:
        """The server's providers, and those that recent people reach with keys of their own."""
        with self._lock:
            ids = [one for one, at in self._seen.items() if monotonic() - at < RECENT_S]
        rows = list(_keys_for(ids))
        server = _known(None, [row for row in rows if row.is_shared]).providers
        own = (_opened(row) for row in rows if row.person_id in ids)
        return [*server.values(), *(provider for provider in own if provider is not None)]


recent = Recent()
