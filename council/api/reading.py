"""A request as it was sent → a question as a council is asked it. Nobody is asked in here."""

import base64
import binascii
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from council.api.errors import ApiError, refused
from council.api.shapes import ChatRequest, Message, Part
from council.core.plan import Wishes
from council.wire import cleaning

MAX_WORDS = 4_000_000
"""The characters of all messages together."""
_PARAM_CHARS = 120
"""How much of a parameter's place in the request is said back."""
_BEGINS = "(The conversation begins here.)"
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,),
    "top_p": (1,),
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "logit_bias": ({},),
    "modalities": (["text"],),
    "audio": (),
    "prediction": (),
    "web_search_options": (),
    "functions": ([],),
    "function_call": ("none",),
    "verbosity": ("medium",),
}
"""What cannot be done, and the values with which it asks for nothing."""
_WHY = {
    "n": "A council gives one answer: n can only be 1.",
    "logprobs": "An answer made of several has no log probabilities: leave logprobs out.",
}


@dataclass(frozen=True)
class Picture:
    """A picture beside a message."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Said:
    """What somebody said in one turn, with the pictures beside it."""

    text: str = ""
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Question:
    """What is asked: the conversation before it (question and answer), and what is wished."""

    request: ChatRequest
    asked: Said
    earlier: tuple[tuple[Said, str], ...]
    wishes: Wishes


def request_in(body: bytes) -> ChatRequest:
    """The request in a body. Raises ApiError naming the parameter that is not as documented."""
    said = _json(body)
    if not isinstance(said, dict):
        raise ApiError(400, "The body has to be a JSON object.")
    try:
        request = ChatRequest.model_validate(said)
    except ValidationError as problem:
        raise _first(problem) from None
    for name, neutral in _NEUTRAL.items():
        value = getattr(request, name)
        if value is not None and value not in neutral:
            why = _WHY.get(name, f"A council cannot do that: leave {name} out.")
            raise refused(name, why, "unsupported_parameter")
    return request


def _json(body: bytes) -> Any:
    try:
        return _storable(json.loads(body, object_pairs_hook=_said_once))
    except json.JSONDecodeError as problem:
        what = f"{problem.msg} (line {problem.lineno}, column {problem.colno})"
    except UnicodeDecodeError:
        what = "its bytes are no UTF-8"
    except RecursionError:
        what = "it is nested too deeply"
    except ValueError as problem:  # a number of thousands of digits, for one
        what = str(problem)
    raise ApiError(400, f"The body could not be read as JSON: {what[:200]}. Nobody was asked.")


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Which of two values for one name is meant, nobody can know."""
    found = dict(pairs)
    if len(found) < len(pairs):
        counted = Counter(name for name, _ in pairs)
        twice = next(name for name, times in counted.items() if times > 1)
        raise ValueError(f"“{twice[:60]}” stands twice in one object")
    return found


def _storable(value: Any) -> Any:
    """The JSON with U+FFFD for what no database keeps: NUL, and halves of surrogate pairs. Raises
    ValueError for what is no number."""
    if isinstance(value, str):
        return cleaning.clean(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("NaN, Infinity and what is larger than any number stand for nothing")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def question_in(request: ChatRequest, body: bytes) -> Question:
    """The question in a request. Raises ApiError."""
    told, turns = _conversation(request.messages)
    *before, (asked, answer) = turns or [(Said(), "")]
    if answer:
        message = "A council does not go on with an answer that is begun: end with the user's."
        raise refused("messages", f"The last message is the assistant's. {message}")
    if not asked.text.strip():
        raise refused("messages", "The last message has to be the user's, with words in it.")
    most = settings.ENV.prompt_chars
    if len(asked.text) > most or len(told) > most:
        what = f"has more than {most:,} characters"
        raise refused("messages", f"The question or the system prompt {what}.", "string_too_long")
    if len(told) + sum(len(one.text) + len(said) for one, said in turns) > MAX_WORDS:
        message = f"All messages together have more than {MAX_WORDS:,} characters."
        raise refused("messages", message, "string_too_long")
    digest = hashlib.sha256(body).hexdigest()
    return Question(request, asked, tuple(before), _wishes(request, told, digest))


def _wishes(request: ChatRequest, system: str, digest: str) -> Wishes:
    stop = [request.stop] if isinstance(request.stop, str) else request.stop or []
    if len(stop) > 4 or not all(stop):
        raise refused("stop", "stop takes one to four texts, none of them empty.")
    form, schema = request.response_format, None
    if form is not None and form.type == "json_schema":
        if form.json_schema is None:
            raise refused("response_format", "response_format json_schema needs a json_schema.")
        schema = form.json_schema
    return Wishes(
        system=system,
        max_tokens=request.max_completion_tokens or request.max_tokens,
        stop=tuple(stop),
        json_object=form is not None and form.type == "json_object",
        json_schema=None if schema is None else schema.schema_,
        json_strict=schema is not None and schema.strict is True,
        request=digest,
    )


def _conversation(messages: Sequence[Message]) -> tuple[str, list[tuple[Said, str]]]:
    """The system prompt, and question by question what was answered. Neighbours are joined."""
    told: list[str] = []
    turns: list[tuple[list[Said], list[str]]] = []
    for number, message in enumerate(messages):
        _refuse_calls(message, number)
        said = _said(message, number)
        if message.role in ("system", "developer"):
            told.append(said.text)
        elif message.role == "assistant":
            turns = turns or [([Said(_BEGINS)], [])]
            turns[-1][1].extend(filter(None, [said.text]))
        elif turns and not turns[-1][1]:
            turns[-1][0].append(said)
        else:
            turns.append(([said], []))
    return _joined(told), [(_together(asked), _joined(answers)) for asked, answers in turns]


def _refuse_calls(message: Message, number: int) -> None:
    """Refuse what was called and what came of it: without them a conversation reads wrong."""
    place = "role" if message.role in ("tool", "function") else ""
    for name in ("tool_calls", "function_call"):
        place = name if getattr(message, name) else place
    if place:
        why = "A council calls no functions and reads none of their results: send them as text."
        raise refused(f"messages[{number}].{place}", why, "unsupported_parameter")


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(filter(None, texts))


def _together(said: Sequence[Said]) -> Said:
    pictures = tuple(chain.from_iterable(one.pictures for one in said))
    return Said(_joined(one.text for one in said), pictures)


def _said(message: Message, number: int) -> Said:
    is_asked = message.role == "user"
    if message.content is None or isinstance(message.content, str):
        said = Said(message.content or message.refusal or "")
    else:
        said = _together(
            [
                _part(part, f"messages[{number}].content[{place}]", is_asked=is_asked)
                for place, part in enumerate(message.content)
            ]
        )
    if is_asked and message.name and said.text.strip():
        return replace(said, text=f"{message.name[:64]}: {said.text}")
    return said


def _part(part: Part, where: str, *, is_asked: bool) -> Said:
    if part.type in ("text", "refusal"):
        return Said(part.text or part.refusal or "")
    if part.type != "image_url":
        what = f"A council reads text and pictures, not {part.type[:40]!r}: leave it out."
        raise refused(f"{where}.type", what, "unsupported_parameter")
    url = part.image_url.url if part.image_url is not None else ""
    if not is_asked:
        raise refused(where, "A picture can only stand in a message of the user's.")
    head, comma, data = url.partition(",")
    if not (head.startswith("data:image/") and head.endswith(";base64") and comma):
        raise refused(
            f"{where}.image_url",
            "A picture has to be in the request itself, as data:image/…;base64,…: this server "
            "fetches no address for it.",
        )
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise refused(f"{where}.image_url", "The picture is no valid base64.") from None
    ending = head.removeprefix("data:image/").removesuffix(";base64")[:8]
    return Said("", (Picture(f"picture.{ending}", raw),))


def _first(problem: ValidationError) -> ApiError:
    """The first thing that is not as documented."""
    errors = problem.errors(include_url=False, include_input=False)
    # Of what may be a text or a list, a list that is wrong inside is what was meant.
    inside = (e for e in errors if e["type"] != "list_type" and any(map(_is_list, e["loc"])))
    error = next(inside, errors[0])
    place = [at for at in error["loc"] if at != "str" and not _is_list(at)]
    param = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in place)[1:]
    param = param[:_PARAM_CHARS]
    if error["type"] == "extra_forbidden":
        message = f"This API knows no parameter {param}: leave it out."
        return refused(param, message, "unknown_parameter")
    return refused(param, f"{param}: {error['msg']}.", "invalid_value")


def _is_list(at: int | str) -> bool:
    """Pydantic's name for the list of what may also be a text."""
    return isinstance(at, str) and at.startswith("list[")
