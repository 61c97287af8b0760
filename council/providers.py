"""The providers this server may ask, and the one client that asks them."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from time import monotonic
from typing import Protocol, TypeVar

from asgiref.sync import async_to_sync
from django.conf import settings
from django.utils import timezone

from council import pictures, rehearsing
from council.core.delta import Delta, Ended, Request
from council.core.facts import FREE, Facts
from council.core.failures import Failure, Kind
from council.core.retries import Retries
from council.directory import Directory, Listing, Lists
from council.keyring import Known, Whose, known_to, known_to_id, may_search, recent
from council.models import Call, Key, Person
from council.tools.search import Engine
from council.tools.toolbox import Toolbox
from council.wire.client import Client
from council.wire.profiles import profile_of
from council.wire.provider import Provider
from fusionsite.env import Env

REHEARSAL = "rehearsal"
T = TypeVar("T")


class InThread(Protocol):
    """Where a look at the database happens beside the event loop."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]:
        """The result of ``work``, which may wait for the database."""
        ...


RUNNERS = frozenset({"library", "llamacpp", "organization_owner", "vllm"})
"""Whom Ollama, llama.cpp, LM Studio and vLLM name as a model's owner. On this machine their
tokens cost nothing; of another server here nobody knows: it may be a proxy to paid models."""
_CLOUD = re.compile(r"[-:]cloud$", re.IGNORECASE)
"""How Ollama names the models that it lists and asks at its maker's servers."""


def toolbox(env: Env, *, may_pay: bool = True) -> Toolbox:
    """What members and judge may use, as the environment sets it up; without ``may_pay`` no
    search engine that bills the server."""
    found = env.search
    is_there = found is not None and (may_pay or not found.key)
    engine = Engine(found.backend, found.url, found.key) if found and is_there else None
    return Toolbox(engine, env.local_endpoints, tool_s=env.tool_s)


class Providers:
    """Asks on behalf of the worker, over one pool of connections. Lives on one event loop."""

    def __init__(self) -> None:
        self.retries = Retries(monotonic, settings.ENV.retry_share)
        self.client = Client({}, connect_s=settings.ENV.connect_s)
        self.tools = toolbox(settings.ENV)
        self.free_tools = toolbox(settings.ENV, may_pay=False)

    def caller(self, person: Person, in_thread: InThread) -> "Caller":
        """Whoever asks for one run of this person, with what the rows say by now. Does I/O;
        ``in_thread`` is where the caller's own look at the database happens later."""
        tools = self.tools if may_search(person) else self.free_tools
        caller = Caller(self, person.id, tools, in_thread)
        caller.directory.read()
        return caller

    async def aclose(self) -> None:
        """Close every connection."""
        await self.client.aclose()
        await self.tools.aclose()
        await self.free_tools.aclose()


class Caller:
    """Asks for one run, with the keys its person has at each call.

    A key that is removed or replaced while the run goes on changes nothing of the calls under
    way; the next one is made with what is there then. ``retries`` holds back what is asked again:
    one person's key says nothing about another's.
    """

    def __init__(
        self,
        providers: Providers,
        person_id: int,
        tools: Toolbox,
        in_thread: InThread,
    ) -> None:
        self._providers, self._person_id, self._in_thread = providers, person_id, in_thread
        self._scripted: dict[str, Provider] = {}
        self.tools = tools
        self._known = Known()
        self._used: set[int] = set()
        self._looked: dict[str, bool] = {}
        """For calls that were looked up and have not gone out yet: whether they may."""
        self.directory = Directory(self._read_keys, lists)
        self.retries = providers.retries.named(self._standing_of)

    async def prepare(self, models: Iterable[str]) -> None:
        """Before these are asked: the rehearsal provider runs if it is one of them, and the lists
        are at hand."""
        names = {model.partition("/")[0] for model in models}
        if REHEARSAL in names:
            url = await asyncio.to_thread(rehearsing.ensure, settings.ENV.data_dir)
            self._scripted[REHEARSAL] = Provider(REHEARSAL, url, None)
        await self.directory.renew(names)

    async def ask(self, request: Request) -> AsyncGenerator[Delta, None]:
        """One model call (`council.wire.client.Client.ask`); where its provider counts tokens
        but names no cost, the cost by the catalogue's price."""
        if request.call not in self._looked:
            await self._in_thread(lambda: self.look([request.call]))
        if not self._looked.pop(request.call):
            yield _OTHERS_KEY
            return
        if any(message.images for message in request.messages):
            request = await pictures.filled(request)
        among = {**self._known.providers, **self._scripted}
        async with contextlib.aclosing(self._providers.client.ask(request, among)) as said:
            async for delta in said:
                yield self._priced(request, delta) if isinstance(delta, Ended) else delta

    def know(self, model: str) -> Facts:
        """What is known of a model (`council.core.facts.Know`): from memory, without asking."""
        return _known(model, self._known.providers, self.directory)

    def whose_key(self, model: str) -> Whose:
        """Whose key the model would be asked with (`council.core.facts.WhoseKey`)."""
        return self._known.whose_key(model)

    def _read_keys(self) -> Mapping[str, Provider]:
        self._known = known_to_id(self._person_id)
        return self._known.providers

    def look(self, calls: Collection[str]) -> None:
        """Take the keys as they are now, for these calls that are about to go out; does I/O. A call
        is held back that is written down as paid for by somebody else than would pay for it now."""
        self._read_keys()
        rows = list(Call.objects.filter(id__in=calls).values_list("id", "model", "whose_key"))
        names = {model.partition("/")[0] for _, model, _ in rows}
        used = {self._known.rows[name] for name in names if name in self._known.rows}
        if unused := used - self._used:
            self._used |= unused
            Key.objects.filter(id__in=unused).update(used_at=timezone.now())
        free = {str(call): self._known.whose_key(model) == whose for call, model, whose in rows}
        self._looked |= {call: free.get(call, True) for call in calls}

    def _standing_of(self, name: str) -> str:
        is_own = self._known.whose.get(name) == "own"
        return f"{name} by {self._person_id}" if is_own else name

    def _priced(self, request: Request, ended: Ended) -> Ended:
        price = self.know(request.model).price
        if ended.cost_usd is not None or price is None:
            return ended
        images = sum(len(message.images) for message in request.messages)
        cost = price.of(ended.usage, images)
        if cost is None:
            return ended
        return ended.model_copy(update={"cost_usd": cost, "cost_source": "catalogue"})


_OTHERS_KEY = Ended(
    outcome="failed",
    failure=Failure(
        kind=Kind.UNREACHABLE, message="Its key was added, replaced or removed at this moment."
    ),
    will_change=True,
)
"""Ends a call before it is sent; it is asked again at once, and written down as it then is."""

lists = Lists()
directory = Directory(lambda: known_to(None).providers, lists)


class Offered:
    """What one person may ask: the providers, their lists, prices and hosts.

    Pages and actions read it; nobody is asked who was asked before.
    """

    def __init__(self, keys: Known) -> None:
        self.keys, self.known = keys, keys.providers
        self.directory = Directory(lambda: keys.providers, lists)

    def listings(self) -> list[Listing]:
        """Every provider with its models."""
        return self.directory.listings()

    def know(self, model: str) -> Facts:
        """What is known of a model (`council.core.facts.Know`): from memory."""
        return _known(model, self.known, self.directory)

    def whose_key(self, model: str) -> Whose:
        """Whose key it is asked with (`council.core.facts.WhoseKey`)."""
        return self.keys.whose_key(model)

    def hosts(self) -> dict[str, str]:
        """The host behind each provider's name: who receives a prompt."""
        return {name: p.host for name, p in self.known.items()} | {
            REHEARSAL: "this machine (scripted)"
        }


def offered_to(person: Person | None) -> Offered:
    """What this person may ask; None: the server itself."""
    if person is not None:
        recent.saw(person)
    return Offered(known_to(person))


def learn(person: Person, models: Iterable[str]) -> None:
    """Have what is known of these models at hand; asks whoever has no list young enough."""
    directory = offered_to(person).directory
    directory.read()
    names = {m.partition("/")[0] for m in models}
    if directory.due(names):
        async_to_sync(directory.renew)(names)


def _known(model: str, providers: Mapping[str, Provider], lists: Directory) -> Facts:
    name = model.partition("/")[0]
    if name == REHEARSAL:
        return Facts(price=FREE)  # scripted words
    facts, provider = lists.know(model), providers.get(name)
    if provider is None or not provider.local or is_passed_on(model):
        return facts
    price = facts.price or (FREE if runs_here(model, lists.owner(model)) else None)
    return facts.model_copy(update={"local": True, "price": price})


def runs_here(model: str, owner: str | None) -> bool:
    """True when a server on this machine, which lists the model as ``owner``'s, is known to run it
    itself. Of another server here nobody knows where it asks."""
    is_runner = model.startswith("ollama/") or owner in RUNNERS
    return is_runner and not is_passed_on(model)


def is_passed_on(model: str) -> bool:
    """True for a model that Ollama lists and does not run, but asks at its maker's."""
    return _CLOUD.search(model) is not None


def label(name: str) -> str:
    """A provider's name as people write it."""
    return profile_of(name).title
