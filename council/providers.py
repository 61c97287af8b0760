"""The providers this server may ask, and the one client that asks them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic

from django.conf import settings

from council import rehearsing
from council.core.delta import Delta, Request
from council.core.facts import NOTHING, Facts
from council.core.plan import Plan
from council.wire.catalogue import CatalogueError, Model, NoListError, models
from council.wire.client import Client
from council.wire.profiles import profile_of
from council.wire.provider import Provider
from fusionsite.env import Env, is_loopback

REHEARSAL = "rehearsal"
FRESH_S, RETRY_S = 600.0, 15.0
"""How long a model list is believed, and how soon a provider that was down is asked again."""


@dataclass(frozen=True)
class Listing:
    """What one provider offered when it was last asked. ``problem`` is a sentence, or empty.

    ``has_no_list``: it answers, but its models must be named by hand.
    """

    provider: Provider
    models: tuple[Model, ...] = ()
    problem: str = ""
    has_no_list: bool = False
    asked_at: float = 0.0

    @property
    def is_fresh(self) -> bool:
        """True while there is no reason to ask again."""
        return monotonic() - self.asked_at < (RETRY_S if self.problem else FRESH_S)


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


def _headers(name: str, env: Env) -> dict[str, str]:
    """OpenRouter wants to know which site asks; its own address is the owner's to give."""
    return {"HTTP-Referer": env.public_url} if name == "openrouter" and env.public_url else {}


class Providers:
    """Asks on behalf of the worker. Lives on one event loop."""

    def __init__(self, known: dict[str, Provider]) -> None:
        self._known = dict(known)
        self._client = Client(self._known)

    async def prepare(self, plan: Plan) -> None:
        """Have the rehearsal provider running if the plan needs it."""
        council = plan.council
        names = [seat.model for seat in council.seats] + [council.judge.model, council.writer_model]
        if any(name.startswith(f"{REHEARSAL}/") for name in names):
            url = await asyncio.to_thread(rehearsing.ensure, settings.ENV.data_dir)
            self._known[REHEARSAL] = Provider(REHEARSAL, url, None)

    def ask(self, request: Request) -> AsyncIterator[Delta]:
        """One model call (`council.wire.client.Client.ask`)."""
        return self._client.ask(request)

    def know(self, model: str) -> Facts:
        """What is known of a model (`council.core.facts.Know`)."""
        provider = self._known.get(model.partition("/")[0])
        # A server of one's own may load the model first: it gets a reasoning model's time.
        return Facts(reasons=True) if provider is not None and provider.local else NOTHING

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class Directory:
    """What every provider offers, remembered for the whole process."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}

    async def listings(self) -> list[Listing]:
        """All providers with their models; asks those whose answer is old, all at once."""
        known = from_env(settings.ENV)
        stale = {
            name: provider
            for name, provider in known.items()
            if name not in self._listings or not self._listings[name].is_fresh
        }
        if stale:
            client = Client(stale)
            try:
                asked = [_list(client, provider) for provider in stale.values()]
                for listing in await asyncio.gather(*asked):
                    self._listings[listing.provider.name] = listing
            finally:
                await client.aclose()
        named = settings.ENV.ollama_named
        return [
            self._listings[name]
            for name in known
            if name != "ollama" or named or self._listings[name].models
        ]


async def _list(client: Client, provider: Provider) -> Listing:
    try:
        found = await models(client, provider.name)
    except CatalogueError as problem:
        has_no_list = isinstance(problem, NoListError)
        return Listing(provider, (), str(problem), has_no_list, monotonic())
    return Listing(provider, tuple(found), "", not found, monotonic())


directory = Directory()


def hosts() -> dict[str, str]:
    """The host behind each provider's name: who receives a prompt."""
    return {name: p.host for name, p in from_env(settings.ENV).items()} | {
        REHEARSAL: "this machine (scripted)"
    }


def label(name: str) -> str:
    """A provider's name as people write it."""
    return profile_of(name).title
