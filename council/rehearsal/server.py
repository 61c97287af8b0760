"""The provider's routes: the OpenAI-compatible ones, and the ones a test directs it with."""

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from council.rehearsal.line import HttpRequest, Line
from council.rehearsal.load import load_take
from council.rehearsal.log import Log
from council.rehearsal.performance import Performance
from council.rehearsal.samples import CAST, sample_take
from council.rehearsal.takes import Take, TakeError, read_scripts, refusal

HOST = "127.0.0.1"
_OUR_NAMES = frozenset({HOST, "localhost"})
_NO_HEADERS: Mapping[str, str] = {}


class Provider:
    """Scripts, sample questions and load models behind one address."""

    def __init__(self, log_path: Path | None = None, scripts: object = None) -> None:
        self._log = Log(log_path)
        self._scripts: dict[str, tuple[Take, ...]] = read_scripts(scripts or {})
        self._cards: dict[str, Any] = {}
        self._keys: frozenset[str] = frozenset()
        self._asked: Counter[str] = Counter()
        self._playing = 0
        self._last_request = time.monotonic()

    @property
    def idle_s(self) -> float:
        """Seconds since the last request; 0 while an answer is under way."""
        return 0.0 if self._playing else time.monotonic() - self._last_request

    async def listen(self, port: int) -> asyncio.Server:
        """Accept clients on loopback. Port 0 lets the system choose."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Line(self._serve), HOST, port, backlog=1024)

    def close(self) -> None:
        """Close the log."""
        self._log.close()

    async def _serve(self, line: Line, request: HttpRequest) -> None:
        self._last_request = time.monotonic()
        # A page that made its own name point here (DNS rebinding) must not read our log.
        if request.headers.get("host", "").partition(":")[0] not in _OUR_NAMES:
            line.answer(403, refusal(403, "Only this machine may ask.", "wrong_host"), _NO_HEADERS)
            return
        route = f"{request.method} {request.path.rstrip('/')}"
        if self._keys and "/v1/" in route and _key_of(request) not in self._keys:
            # OpenAI repeats what it was sent; nobody may repeat that.
            said = f"Incorrect API key provided: {_key_of(request)}."
            line.answer(401, refusal(401, said, "invalid_api_key"), _NO_HEADERS)
            return
        if route in ("POST /v1/chat/completions", "POST /unlisted/v1/chat/completions"):
            await self._complete(line, request)
            return
        status, body = self._answer(route, request)
        line.answer(status, body, _NO_HEADERS)

    def _answer(self, route: str, request: HttpRequest) -> tuple[int, Any]:
        if route == "GET /health":
            return 200, {"status": "ok"}
        if route == "GET /v1/models":
            cards = [self._cards.get(name) or _card(name) for name in self._models()]
            return 200, {"object": "list", "data": cards}
        if route == "GET /__log":
            return 200, self._log.lines()
        if route == "PUT /__scripts":
            return self._take_scripts(request.body)
        if route == "DELETE /__scripts":
            self._scripts.clear()
            return 200, {"models": []}
        if route == "PUT /__models":
            return self._take_cards(request.body)
        if route == "PUT /__keys":
            self._keys = frozenset(json.loads(request.body))
            return 200, {"keys": len(self._keys)}
        if route == "POST /__reset":
            self._log.clear()
            self._asked.clear()
            return 200, {"reset": True}
        return 404, refusal(404, "There is nothing at this address.", "not_found")

    def _models(self) -> list[str]:
        return list(dict.fromkeys([*CAST, *self._scripts, *self._cards]))

    def _take_cards(self, body: bytes) -> tuple[int, Any]:
        try:
            cards = {str(card["id"]): card for card in json.loads(body)}
        except (ValueError, TypeError, KeyError):
            return 400, refusal(400, "models are a list of objects with an id", "bad_models")
        self._cards = cards
        return 200, {"models": sorted(self._cards)}

    def _take_scripts(self, body: bytes) -> tuple[int, Any]:
        try:
            new = read_scripts(json.loads(body))
        except ValueError as error:  # TakeError is one too
            return 400, refusal(400, str(error), "bad_script")
        self._scripts |= new
        for model in new:
            del self._asked[model]
        return 200, {"models": sorted(self._scripts)}

    async def _complete(self, line: Line, request: HttpRequest) -> None:
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            line.answer(400, refusal(400), _NO_HEADERS)
            return
        request_id = uuid.uuid4().hex[:16]
        number = self._log.request(request_id, body, key=_key_of(request))
        performance = Performance(self._choose(body), line, request_id=request_id, body=body)
        self._playing += 1
        try:
            how = await performance.play()
            self._log.end(number, request_id, how, performance.tokens_sent)
        except asyncio.CancelledError:
            if line.left:
                how = "stalled" if performance.is_stalled else "client_left"
                self._log.end(number, request_id, how, performance.tokens_sent)
            raise
        finally:
            self._playing -= 1
            self._last_request = time.monotonic()

    def _choose(self, body: dict[str, Any]) -> Take:
        """What to play: a script, a load model, a sample question; else a refusal."""
        model = str(body.get("model"))
        if takes := self._scripts.get(model):
            self._asked[model] += 1
            return takes[min(self._asked[model], len(takes)) - 1]
        try:
            load = load_take(model)
        except TakeError as error:
            return Take(status=400, body=refusal(400, str(error), "bad_model"))
        return load or sample_take(model, body["messages"])


def _key_of(request: HttpRequest) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _card(name: str) -> dict[str, Any]:
    """A model as OpenRouter lists it. The cast costs nothing; what a script plays has a price
    only when a card says so."""
    card = {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "rehearsal",
        "name": f"{name.capitalize()} (scripted)",
        "context_length": 128_000,
    }
    return card | {"pricing": {"prompt": "0", "completion": "0"}} if name in CAST else card
