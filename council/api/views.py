"""The addresses under ``/v1``. No cookie opens them, so none is asked for a form's token."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.request import RawPostDataException, UnreadablePostError
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

from council.api import auth, chat, councils, following, schema
from council.api.errors import ApiError, refused
from council.api.reading import Question, question_in, request_in
from council.models import ApiKey
from council.providers import offered_to
from council.readings import aside
from council.words import UNKEPT

log = logging.getLogger(__name__)
View = Callable[..., Coroutine[Any, Any, HttpResponseBase]]

MOST_KEY_CHARS = 255


def answered(*methods: str) -> Callable[[View], View]:
    """Errors of a view in OpenAI's shape, and nothing kept by anybody on the way."""

    def around(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        async def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                if request.method not in methods:
                    raise ApiError(
                        405,
                        f"This address takes {' and '.join(methods)} only.",
                        headers={"Allow": ", ".join(methods)},
                    )
                auth.refuse_in_address(request)
                response = await view(request, *args, **kwargs)
            except ApiError as problem:
                response = problem.response
            except (RawPostDataException, UnreadablePostError):
                response = ApiError(400, "The body could not be read.").response
            except (OperationalError, InterfaceError):
                log.exception("%s: the database does not take it", request.path)
                response = ApiError(503, f"{UNKEPT} Nothing was asked: try again.").response
            except Exception:
                log.exception("%s: a fault of this server", request.path)
                response = ApiError(500, "Something went wrong in this server.").response
            for name, value in {"Cache-Control": "no-store", **auth.limits(request)}.items():
                response[name] = value
            return response

        return inner

    return around


@answered("GET", "HEAD")
async def models(request: HttpRequest) -> HttpResponse:
    """The councils this key may ask."""
    key = await aside(auth.caller)(request)
    return JsonResponse({"object": "list", "data": await aside(_cards)(key)})


@answered("GET", "HEAD")
async def model(request: HttpRequest, name: str) -> HttpResponse:
    """One of them."""
    key = await aside(auth.caller)(request)
    for card in await aside(_cards)(key):
        if card["id"] == name:
            return JsonResponse(card)
    message = f"There is no model {name[:120]} for this key. GET /v1/models lists them."
    raise ApiError(404, message, code="model_not_found")


@answered("POST")
async def completions(request: HttpRequest) -> HttpResponseBase:
    """Ask a council."""
    key, question = await aside(_admitted)(request)
    idempotency = request.headers.get("Idempotency-Key", "")
    if len(idempotency) > MOST_KEY_CHARS:
        raise refused("Idempotency-Key", f"It has more than {MOST_KEY_CHARS} characters.")
    asked = await _started(key, question, idempotency)
    where = settings.ENV.public_url or request.build_absolute_uri("/").rstrip("/")
    headers = {"X-Council-Run": where + reverse("run", args=[asked.run.id])}
    if question.request.stream:
        streamed = StreamingHttpResponse(chat.stream(asked), content_type="text/event-stream")
        for name, value in {**headers, "X-Accel-Buffering": "no"}.items():
            streamed[name] = value
        return streamed
    try:
        return JsonResponse(await chat.answer(asked), headers=headers)
    except ApiError as problem:
        problem.headers.update(headers)
        raise


@answered("GET", "HEAD")
async def openapi(request: HttpRequest) -> HttpResponse:
    """This API, described for programs. It holds nothing of anybody's, and needs no key."""
    return JsonResponse(schema.document())


async def _started(key: ApiKey, question: Question, idempotency: str) -> chat.Asked:
    """The run that was started; one whose program has left meanwhile is stopped at once."""
    starting = asyncio.ensure_future(aside(chat.start)(key, question, idempotency))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        asked = await starting
        following.leave(asked.run.id, is_awaited=asked.is_awaited)
        raise


def _admitted(request: HttpRequest) -> tuple[ApiKey, Question]:
    """Who asks, and what: beside the event loop, because a large question takes long to read."""
    key, body = auth.caller(request), bytes(request.read())
    return key, question_in(request_in(body), body)


def _cards(key: ApiKey) -> list[dict[str, Any]]:
    offered = offered_to(key.person)
    found = [
        {
            "id": councils.PREFIX + choice.slug,
            "object": "model",
            "created": int(choice.row.created_at.timestamp()) if choice.row is not None else 0,
            "owned_by": "fusion-council",
            "name": choice.council.name,
            "description": choice.council.description,
        }
        for choice in councils.usable(key, offered)
    ]
    if found and councils.may_use(key, councils.FUSION):
        about = "A council set up in the request, as OpenRouter's Fusion is."
        card = {**found[0], "id": councils.FUSION, "created": 0, "name": "Fusion"}
        found.append({**card, "description": about})
    return found
