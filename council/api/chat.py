"""A question asked by a program: its run is started as a page would start it, and followed."""

import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from django.core.files.base import ContentFile

from council.actions import attachments, runs
from council.actions.runs import Program
from council.api import councils, results
from council.api.errors import ApiError, refused
from council.api.following import followed
from council.api.reading import Question, Said
from council.core.plan import Plan, Turn
from council.core.state import RunState
from council.models import ApiKey, Attachment, Run
from council.providers import learn, offered_to
from council.readings import aside

MOST_TURNS = 200


@dataclass(frozen=True)
class Asked:
    """A run that was started for a request, with the key it came with. ``is_awaited``: whoever
    asked may come back for it."""

    run: Run
    key_id: int
    model: str
    created: int
    has_usage: bool
    is_awaited: bool

    @property
    def id(self) -> str:
        """The answer's id: the run's."""
        return f"chatcmpl-{self.run.id.hex}"


def start(key: ApiKey, question: Question, idempotency: str) -> Asked:
    """Start the question's run, or find the one that this idempotency key made. Raises ApiError."""
    request, person = question.request, key.person
    client_key = _client_key(key, idempotency)
    if (run := runs.made(person=person, client_key=client_key)) is None:
        meant = councils.meant(key, offered_to(person), request)
        learn(person, meant.council.models)
        history, files = _turns(key, question)
        try:
            run = runs.start(
                person=person,
                prompt=question.asked.text,
                council=meant.council,
                client_key=client_key,
                files=files,
                choice=meant.choice,
                program=Program(key, question.wishes, history),
            )
        except runs.TooDear as problem:
            raise ApiError(402, str(problem), code="insufficient_credits") from problem
        except runs.OnlyRehearsal as problem:
            raise refused("model", str(problem)) from problem
        except runs.Refused as problem:
            raise ApiError(400, str(problem)) from problem
    if client_key and Plan.model_validate(run.plan).wishes.request != question.wishes.request:
        message = "This Idempotency-Key was used with another request. Use a new one for each."
        raise ApiError(409, message, code="idempotency_key_reused")
    wants = request.stream_options is not None and request.stream_options.include_usage
    return Asked(run, key.id, request.model, int(time.time()), wants, bool(client_key))


def _client_key(key: ApiKey, idempotency: str) -> str:
    if not idempotency:
        return ""
    return hashlib.sha256(f"api\n{key.id}\n{idempotency}".encode()).hexdigest()


def _turns(key: ApiKey, question: Question) -> tuple[tuple[Turn, ...], list[Attachment]]:
    """The conversation as members see it, and every picture of it as a file of the run."""
    if len(question.earlier) > MOST_TURNS:
        raise refused("messages", f"At most {MOST_TURNS} questions can come before the last one.")
    if not any(said.pictures for said in (question.asked, *(one for one, _ in question.earlier))):
        return tuple(Turn(prompt=said.text, synthesis=text) for said, text in question.earlier), []
    turns, files = [], []
    for said, text in question.earlier:
        rows = _kept(key, said)
        files += rows
        named = attachments.planned(rows)
        turns.append(Turn(prompt=said.text, synthesis=text, attachments=named))
    return tuple(turns), [*files, *_kept(key, question.asked)]


def _kept(key: ApiKey, said: Said) -> list[Attachment]:
    brought = [ContentFile(picture.data, name=picture.name) for picture in said.pictures]
    rows, problems = attachments.keep(person=key.person, files=brought)
    if problems or any(row.kind != "image" for row in rows):
        raise refused("messages", " ".join(problems) or "This is no picture that can be shown.")
    return rows


async def answer(asked: Asked) -> dict[str, Any]:
    """The whole answer, once it is there. Raises ApiError where there is none."""
    async with followed(asked.run.id, asked.key_id, is_awaited=asked.is_awaited) as follow:
        async for _ in follow:
            pass
    done: dict[str, Any] = await aside(_completion)(asked, follow.state)
    return done


async def stream(asked: Asked) -> AsyncIterator[bytes]:
    """The answer as server-sent events while it is written; comments while it is not."""
    sent, plan = "", Plan.model_validate(asked.run.plan)
    try:
        async with followed(asked.run.id, asked.key_id, is_awaited=asked.is_awaited) as follow:
            yield _chunk(asked, {"role": "assistant", "content": ""})
            async for said in follow:
                text = results.so_far(follow.state, plan)
                if text.startswith(sent) and len(text) > len(sent):
                    yield _chunk(asked, {"content": text[len(sent) :]})
                    sent = text
                elif said:
                    yield f": {said}\n\n".encode()
        done = await aside(_completion)(asked, follow.state)
        rest = str(done["choices"][0]["message"]["content"])
        if not rest.startswith(sent):
            raise _replaced()
        if len(rest) > len(sent):
            yield _chunk(asked, {"content": rest[len(sent) :]})
        beside = {name: done[name] for name in ("fusion", "council_run")}
        yield _chunk(asked, {}, finish=done["choices"][0]["finish_reason"], **beside)
        if asked.has_usage:
            yield _event({**_head(asked), "choices": [], "usage": done["usage"]})
    except ApiError as problem:
        yield _event(problem.body)
    yield b"data: [DONE]\n\n"


def _replaced() -> ApiError:
    message = "The answer was written anew after a part of it had been sent. Read it in the run."
    return ApiError(502, message, code="answer_replaced")


def _completion(asked: Asked, state: RunState) -> dict[str, Any]:
    run = Run.objects.get(id=asked.run.id)
    text = results.result_of(state, Plan.model_validate(run.plan))
    if not text.strip():
        raise results.failure(run, state)
    message = {"role": "assistant", "content": text, "refusal": None}
    why = results.finish_reason(state)
    return {
        **_head(asked),
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": why}],
        "usage": results.usage(state),
        **results.extensions(run, state),
    }


def _head(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.id,
        "object": "chat.completion.chunk",
        "created": asked.created,
        "model": asked.model,
    }


def _chunk(asked: Asked, delta: dict[str, str], finish: str | None = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    usage = {"usage": None} if asked.has_usage else {}
    return _event({**_head(asked), "choices": [choice], **usage, **more})


def _event(data: dict[str, Any]) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
