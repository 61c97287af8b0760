"""A take: how the provider plays one request, written as JSON in a script."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from http import HTTPStatus
from typing import Any, Literal, get_args

_TOKEN = re.compile(r"\s*\S{1,6}|\s+")

Piece = str | Mapping[str, Any]
"""One token; a mapping is a whole event of the stream, sent as it is."""

Cut = Literal["drop_after", "end_after", "stall_after", "error_after"]
CUTS: tuple[Cut, ...] = get_args(Cut)

_ERRORS: Mapping[int, tuple[str, str]] = {
    400: ("The request could not be read.", "invalid_request_error"),
    401: ("Incorrect API key provided.", "invalid_api_key"),
    402: ("Insufficient credits.", "insufficient_quota"),
    403: ("This key may not use this model.", "forbidden"),
    404: ("The model does not exist.", "model_not_found"),
    429: ("Rate limit reached.", "rate_limit_exceeded"),
}


class TakeError(ValueError):
    """A script says something a take cannot be; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """How one request is played. Times are seconds; ``*_after`` counts tokens already sent.

    What is said: ``text`` is split into tokens of about four characters; ``chunks`` gives
    the tokens instead, where an object stands for a whole event, sent as it is.
    ``reasoning`` comes before the text, and its tokens count as tokens.

    When: ``head_s`` passes before the status line, ``first_token_s`` from there to the
    first token, then ``tokens_per_s`` tokens a second (0: all at once). ``keepalive_s``
    sends a comment that often while the take waits or stalls.

    How it ends: ``finish`` (None: no finish reason), then ``usage`` ("counted"; a mapping
    is laid over the counted numbers, so that it may add ``cost``; None: no usage), then
    ``[DONE]`` unless ``done`` is false. ``endless`` repeats the tokens for ever.

    What goes wrong, at most one of: ``drop_after`` resets the TCP connection;
    ``end_after`` closes in order without finish or [DONE]; ``stall_after`` says nothing
    more until the client leaves; ``error_after`` sends ``error`` inside the 200 stream
    and closes. Beside them ``garbage_after`` sends one data line that is not JSON, and
    ``cut_utf8`` splits every character of several bytes over two writes.

    Instead of a stream: ``status`` other than 200 answers with ``headers`` and ``body``
    (text as it is, an object as JSON, None: the error OpenAI would send);
    ``non_stream`` answers a request for a stream with one JSON body.

    ``tool_calls`` are asked for after the text: ``{"name": …, "arguments": {…} or text, "id"}``;
    the finish reason is then ``tool_calls``, unless another is given.

    ``stamp`` writes the monotonic second of sending into each text token.
    """

    text: str = ""
    chunks: tuple[Piece, ...] | None = None
    reasoning: str = ""
    tokens_per_s: float = 50.0
    first_token_s: float = 0.05
    head_s: float = 0.0
    keepalive_s: float | None = None
    finish: str | None = "stop"
    usage: Mapping[str, Any] | Literal["counted"] | None = "counted"
    done: bool = True
    endless: bool = False
    drop_after: int | None = None
    end_after: int | None = None
    stall_after: int | None = None
    error_after: int | None = None
    error: Mapping[str, Any] = field(
        default_factory=lambda: {"message": "Provider returned error", "code": 502}
    )
    garbage_after: int | None = None
    cut_utf8: bool = False
    non_stream: bool = False
    stamp: bool = False
    tool_calls: tuple[Mapping[str, Any], ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        cuts = [name for name in CUTS if getattr(self, name) is not None]
        if len(cuts) > 1:
            raise TakeError(f"a take ends in one way only, not in {' and '.join(cuts)}")
        if self.endless and not (self.text or self.chunks):
            raise TakeError("an endless take needs text or chunks to repeat")

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The tool calls as the API writes them."""
        return [
            {
                "index": index,
                "id": call.get("id", f"call_{index}"),
                "type": "function",
                "function": {"name": call.get("name", ""), "arguments": _text(call["arguments"])},
            }
            for index, call in enumerate(self.tool_calls)
        ]

    @property
    def reason(self) -> str | None:
        """The finish reason."""
        return "tool_calls" if self.tool_calls and self.finish == "stop" else self.finish

    @property
    def cut(self) -> tuple[Cut, int] | None:
        """The fault that ends this take, and after how many tokens."""
        return next(((name, n) for name in CUTS if (n := getattr(self, name)) is not None), None)

    @property
    def thought(self) -> tuple[str, ...]:
        """The tokens of the reasoning, in order."""
        return tokens(self.reasoning)

    @property
    def said(self) -> tuple[Piece, ...]:
        """The tokens of the answer, in order."""
        return self.chunks if self.chunks is not None else tokens(self.text)

    @property
    def error_body(self) -> str | Mapping[str, Any]:
        """What a refused request is told."""
        return refusal(self.status) if self.body is None else self.body


def tokens(text: str) -> tuple[str, ...]:
    """The text in pieces of about four characters; joined again they are the text."""
    return tuple(_TOKEN.findall(text))


def _text(arguments: object) -> str:
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def refusal(status: int, message: str = "", code: str = "") -> dict[str, Any]:
    """An error in OpenAI's shape; message and code default to what fits the status."""
    reason, usual = _ERRORS.get(status, ("", ""))
    if not reason:
        reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown error"
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"error": {"message": message or reason, "type": kind, "code": code or usual or status}}


def read_take(value: object) -> Take:
    """A take from its JSON: an object with the fields of `Take`, or only its text.

    Raises TakeError for an unknown field, or for ways to end that exclude each other.
    """
    if isinstance(value, str):
        return Take(text=value)
    if not isinstance(value, dict):
        raise TakeError(f"a take is an object or a text, not {value!r:.80}")
    known = {f.name for f in fields(Take)}
    if unknown := sorted(set(value) - known):
        raise TakeError(f"a take has no {', '.join(unknown)}")
    given = dict(value)
    if given.get("chunks") is not None:
        given["chunks"] = tuple(given["chunks"])
    given["tool_calls"] = tuple(given.get("tool_calls", ()))
    if not all(isinstance(call, dict) and "arguments" in call for call in given["tool_calls"]):
        raise TakeError("a tool call is an object with a name and arguments")
    return Take(**given)


def read_scripts(value: object) -> dict[str, tuple[Take, ...]]:
    """Scripts from their JSON: model id → takes in the order of its requests.

    Raises TakeError, naming the model, for anything else.
    """
    if not isinstance(value, dict):
        raise TakeError("scripts are an object: model id → list of takes")
    scripts: dict[str, tuple[Take, ...]] = {}
    for model, takes in value.items():
        if not isinstance(takes, list) or not takes:
            raise TakeError(f"{model}: a script is a list of at least one take")
        try:
            scripts[model] = tuple(read_take(take) for take in takes)
        except (TakeError, TypeError) as error:
            raise TakeError(f"{model}: {error}") from error
    return scripts
