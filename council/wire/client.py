"""Asking a provider: one call, one HTTP request, one stream of deltas."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from council.core.delta import Connected, Delta, Ended, Queued, Request
from council.core.failures import Failure, Kind
from council.wire.body import body_of, fields_in
from council.wire.crowd import Crowd
from council.wire.egress import CONNECT_S, Answer, BrokenAnswerError, Egress, NoAnswerError
from council.wire.faults import Faults
from council.wire.hearing import Hearing
from council.wire.patience import Patience
from council.wire.pauses import Pauses
from council.wire.profiles import Profile, profile_of
from council.wire.provider import Provider
from council.wire.reading import Reader
from council.wire.refusals import Asked, Endpoint, Refusals

__all__ = ["Client", "Provider"]

_ERROR_LIMIT = 64 << 10
"""Bytes of an error's body that are read."""
_ERROR_S = 10.0
"""Seconds an error's body is waited for."""


class Client:
    """Asks any of ``providers``, over one shared pool of connections.

    The mapping is read at every call, so that a provider may be added or replaced
    at any time. A client belongs to one event loop.
    """

    def __init__(self, providers: Mapping[str, Provider], *, connect_s: float = CONNECT_S) -> None:
        self._providers = providers
        self._connect_s = connect_s
        self._egress: Egress | None = None
        self._places: dict[tuple[str, int], asyncio.Semaphore] = {}
        self._crowd = Crowd()
        self._pauses = Pauses(time.monotonic)
        self._refusals = Refusals(time.monotonic)

    async def ask(
        self, request: Request, among: Mapping[str, Provider] | None = None
    ) -> AsyncGenerator[Delta, None]:
        """Everything the model says, then exactly one `Ended`.

        ``among`` are the providers of this one call, in place of the client's own.
        Never raises for anything a provider does. Close the generator
        (``aclose``) to stop: the connection is closed at once.
        """
        name, _, model = request.model.partition("/")
        provider = (self._providers if among is None else among).get(name)
        if provider is None or not model:
            faults = Faults(name)
            sentence = f"There is no provider called “{name}” here."
            yield _failed(faults.plain(Kind.NO_SUCH_MODEL, sentence))
            return
        place = self._place(provider)
        if place is not None and place.locked():
            yield Queued()
        async with place or contextlib.nullcontext():
            call = self._call(provider, model, request)
            async with contextlib.aclosing(call):
                async for delta in call:
                    yield delta

    async def aclose(self) -> None:
        """Close every connection. Calls still under way end as cut off."""
        if self._egress is not None:
            await self._egress.aclose()
            self._egress = None

    @property
    def egress(self) -> Egress:
        """The shared connections, made at first use."""
        if self._egress is None:
            self._egress = Egress(self._connect_s)
        return self._egress

    def provider(self, name: str) -> Provider:
        """The provider called ``name``. Raises KeyError."""
        return self._providers[name]

    def _place(self, provider: Provider) -> asyncio.Semaphore | None:
        if provider.concurrency is None:
            return None
        key = (provider.base_url, provider.concurrency)
        return self._places.setdefault(key, asyncio.Semaphore(provider.concurrency))

    async def _call(
        self, provider: Provider, model: str, request: Request
    ) -> AsyncGenerator[Delta, None]:
        """One request, once a pause the provider asked for is over; its end is learnt from."""
        endpoint = Endpoint(provider.base_url, provider.key, model)
        pause_s = min(self._pauses.left_s(endpoint), request.pause_max_s)
        if pause_s > 0:
            yield Queued(wait_s=pause_s)
            await asyncio.sleep(pause_s)
        profile = profile_of(provider.name)
        refused = self._refusals.of(endpoint)
        body = body_of(profile, model, request, refused)
        sent = fields_in(body)
        missed = fields_in(body_of(profile, model, request)) - sent if refused else frozenset()
        async with contextlib.aclosing(self._exchange(provider, profile, request, body)) as said:
            async for delta in said:
                if isinstance(delta, Ended):
                    delta = self._learnt(delta, Asked(endpoint, sent, missed), request)
                yield delta

    def _learnt(self, ended: Ended, asked: Asked, request: Request) -> Ended:
        """The end of a call, what it teaches about its endpoint remembered."""
        failure = ended.failure
        if ended.outcome != "failed" or failure is None:
            self._refusals.worked(asked)
            return ended
        wait_s = failure.retry_after_s or 0.0
        if failure.kind is Kind.RATE_LIMITED and 0 < wait_s <= request.pause_max_s:
            self._pauses.asked(asked.endpoint, wait_s)
        if self._refusals.failed(asked, failure):
            return ended.model_copy(update={"will_change": True})
        return ended

    async def _exchange(
        self, provider: Provider, profile: Profile, request: Request, body: dict[str, Any]
    ) -> AsyncGenerator[Delta, None]:
        faults = Faults(profile.title, provider.key)
        if provider.key and not (provider.key.isascii() and provider.key.isprintable()):
            sentence = "The key for {} holds characters that no key can have."
            yield _failed(faults.plain(Kind.BAD_KEY, sentence), provider)
            return
        patience = Patience(request, faults)
        try:
            async with patience.wait():
                answer = await self.egress.post(
                    provider.url("chat/completions"), headers_of(provider, profile), body
                )
        except TimeoutError:
            yield _failed(patience.exhausted(), provider)
            return
        except NoAnswerError as error:
            yield _failed(_unreachable(faults, provider, error), provider)
            return
        async with contextlib.aclosing(answer):
            if not 200 <= answer.status < 300:
                yield _failed(await _declined(answer, faults), provider)
                return
            yield Connected()
            reader = Reader(faults, host=provider.host, max_chars=request.max_chars)
            hearing = Hearing(answer, reader, faults, patience, self._crowd)
            with self._crowd, contextlib.closing(patience):
                while not hearing.is_over:
                    for delta in await hearing.more():
                        yield delta


DEPTH = "X-Council-Depth"
"""Stands in every request: how many councils it has come through. Ours are asked by people and
programs alone, so a council that reaches itself is refused at its own door."""


def headers_of(provider: Provider, profile: Profile) -> dict[str, str]:
    """What is sent beside the body; the key stands in one header and nowhere else."""
    headers = {DEPTH: "1", **profile.headers, **provider.headers}
    if provider.key:
        headers["Authorization"] = f"Bearer {provider.key}"
    return headers


async def _declined(answer: Answer, faults: Faults) -> Failure:
    body = b""
    with contextlib.suppress(TimeoutError, BrokenAnswerError):
        async with asyncio.timeout(_ERROR_S):
            body = await answer.read_all(_ERROR_LIMIT)
    return faults.from_answer(answer.status, answer.headers, body)


def _unreachable(faults: Faults, provider: Provider, error: NoAnswerError) -> Failure:
    hint = " Is it running?" if provider.local and not error.final else ""
    sentence = f"{{}} cannot be reached at {provider.host}: {error.reason}.{hint}"
    return faults.plain(Kind.UNREACHABLE, sentence, final=error.final)


def _failed(failure: Failure, provider: Provider | None = None) -> Ended:
    return Ended(outcome="failed", failure=failure, host=provider.host if provider else None)
