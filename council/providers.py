"""The providers this server may ask, and the one client that asks them."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from time import monotonic

from asgiref.sync import async_to_sync
from django.conf import settings

from council import pictures, rehearsing
from council.core.delta import Delta, Ended, Request
from council.core.facts import FREE, Facts
from council.core.plan import Plan
from council.core.retries import Retries
from council.directory import Directory, Listing
from council.models import Person
from council.tools.search import Engine
from council.tools.toolbox import Toolbox
from council.wire.client import Client
from council.wire.profiles import profile_of
from council.wire.provider import Provider
from fusionsite.env import Env, is_loopback

REHEARSAL = "rehearsal"
RUNNERS = frozenset({"library", "llamacpp", "organization_owner", "vllm"})
"""Whom Ollama, llama.cpp, LM Studio and vLLM name as a model's owner. On this machine their
tokens cost nothing; of another server here nobody knows: it may be a proxy to paid models."""


def from_env(env: Env) -> dict[str, Provider]:
    """The providers the environment switches on. Ollama is always tried; it may not answer."""
    found = {
        p.name: Provider(
            name=p.name,
            base_url=p.url,
            key=p.key,
            headers=_headers(p.name, env),
            local=is_loopback(p.url),
            concurrency=p.concurrency,
        )
        for p in env.providers
    }
    if env.ollama_url:
        found["ollama"] = Provider("ollama", env.ollama_url, None, local=True, concurrency=1)
    return found


def toolbox(env: Env) -> Toolbox:
    """What members and judge may use, as the environment sets it up."""
    found = env.search
    engine = None if found is None else Engine(found.backend, found.url, found.key)
    return Toolbox(engine, env.local_endpoints)


def _headers(name: str, env: Env) -> dict[str, str]:
    """OpenRouter wants to know which site asks; its own address is the owner's to give."""
    return {"HTTP-Referer": env.public_url} if name == "openrouter" and env.public_url else {}


class Providers:
    """Asks on behalf of the worker. Lives on one event loop.

    ``retries`` holds back what all its runs ask again.
    """

    def __init__(self, known: dict[str, Provider]) -> None:
        self.retries = Retries(monotonic)
        self._known = dict(known)
        self._client = Client(self._known)
        self.tools = toolbox(settings.ENV)

    async def prepare(self, plan: Plan) -> None:
        """Have the rehearsal provider running if the plan needs it, and the lists at hand."""
        names = {model.partition("/")[0] for model in plan.council.models}
        if REHEARSAL in names:
            url = await asyncio.to_thread(rehearsing.ensure, settings.ENV.data_dir)
            self._known[REHEARSAL] = Provider(REHEARSAL, url, None)
        await directory.look(names)

    async def ask(self, request: Request) -> AsyncGenerator[Delta, None]:
        """One model call (`council.wire.client.Client.ask`); where its provider counts tokens
        but names no cost, the cost by the catalogue's price."""
        if any(message.images for message in request.messages):
            request = await pictures.filled(request)
        async with contextlib.aclosing(self._client.ask(request)) as said:
            async for delta in said:
                yield self._priced(request, delta) if isinstance(delta, Ended) else delta

    def _priced(self, request: Request, ended: Ended) -> Ended:
        price = self.know(request.model).price
        if ended.cost_usd is not None or price is None:
            return ended
        images = sum(len(message.images) for message in request.messages)
        cost = price.of(ended.usage, images)
        if cost is None:
            return ended
        return ended.model_copy(update={"cost_usd": cost, "cost_source": "catalogue"})

    def know(self, model: str) -> Facts:
        """What is known of a model (`council.core.facts.Know`): from memory, without asking."""
        return _known(model, self._known, directory)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()
        await self.tools.aclose()


directory = Directory(lambda: from_env(settings.ENV))


class Offered:
    """What one person may ask: the providers, their lists, prices and hosts.

    Pages and actions read it; nobody is asked who was asked before.
    """

    def __init__(self, known: Mapping[str, Provider], lists: Directory) -> None:
        self.known, self.directory = known, lists

    def listings(self) -> list[Listing]:
        """Every provider with its models."""
        return self.directory.listings()

    def know(self, model: str) -> Facts:
        """What is known of a model (`council.core.facts.Know`): from memory."""
        return _known(model, self.known, self.directory)

    def hosts(self) -> dict[str, str]:
        """The host behind each provider's name: who receives a prompt."""
        return {name: p.host for name, p in self.known.items()} | {
            REHEARSAL: "this machine (scripted)"
        }


def offered_to(person: Person | None) -> Offered:
    """What this person may ask; None: the server itself."""
    return Offered(from_env(settings.ENV), directory)


def learn(models: Iterable[str]) -> None:
    """Have what is known of these models at hand; asks whoever has no list young enough."""
    async_to_sync(directory.look)({model.partition("/")[0] for model in models})


def _known(model: str, providers: Mapping[str, Provider], lists: Directory) -> Facts:
    name = model.partition("/")[0]
    if name == REHEARSAL:
        return Facts(price=FREE)  # scripted words
    facts, provider = lists.know(model), providers.get(name)
    if provider is None or not provider.local:
        return facts
    is_free = name == "ollama" or lists.owner(model) in RUNNERS
    price = facts.price or (FREE if is_free else None)
    return facts.model_copy(update={"local": True, "price": price})


def label(name: str) -> str:
    """A provider's name as people write it."""
    return profile_of(name).title
