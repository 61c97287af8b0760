"""What a provider's stream says, one value at a time.

``ask`` yields these. They hold no ids, no times of day and no provider's
spelling: `council.wire` has already read all that. An iterator of deltas always
finishes with exactly one `Ended`; it does not raise for anything a provider does.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from council.core.failures import Failure

Outcome = Literal["done", "truncated", "filtered", "refused", "empty", "failed"]


class Usage(BaseModel):
    """Tokens as the provider counted them; None where it does not say (never 0 by default)."""

    model_config = ConfigDict(frozen=True)

    prompt: int | None = None
    completion: int | None = None
    reasoning: int | None = None
    cached: int | None = None
    total: int | None = None


class ToolCall(BaseModel):
    """One function call a model asked for. ``arguments`` is the raw text it sent."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    arguments: str


class Source(BaseModel):
    """A page a provider says the answer rests on."""

    model_config = ConfigDict(frozen=True)

    url: str
    title: str = ""


class Queued(BaseModel):
    """The call waits before it is sent: for a free place at a local server or, with ``wait_s``,
    until a provider that asked for a pause may be asked again."""

    kind: Literal["queued"] = "queued"
    wait_s: float | None = None


class Connected(BaseModel):
    """The provider accepted the request; no token yet."""

    kind: Literal["connected"] = "connected"


class Text(BaseModel):
    """Some visible text of the answer."""

    kind: Literal["text"] = "text"
    text: str


class Reasoning(BaseModel):
    """Some of the model's reasoning; never part of the answer."""

    kind: Literal["reasoning"] = "reasoning"
    text: str


class Ended(BaseModel):
    """The last value of every call: how it ended, decided by evidence.

    ``done`` needs a finish reason, or an orderly end of a stream that said
    something; ``truncated`` is text that stops short (length limit, cut,
    stall); ``failed`` always carries a failure, ``truncated`` may.
    ``cost_usd`` is None when nobody said. ``upstream`` is who really served the answer
    where the provider is a router and says so. ``will_change``: a field of the request was
    refused, and the same request sent again will be without it.
    """

    kind: Literal["ended"] = "ended"
    outcome: Outcome
    finish_reason: str | None = None
    refusal: str | None = None
    failure: Failure | None = None
    usage: Usage = Usage()
    cost_usd: float | None = None
    cost_source: Literal["provider", "catalogue", "unknown"] = "unknown"
    model_served: str | None = None
    upstream: str | None = None
    host: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    sources: tuple[Source, ...] = ()
    will_change: bool = False


Delta = Queued | Connected | Text | Reasoning | Ended


class Image(BaseModel):
    """A picture beside a message's text. ``ref`` is its attachment; ``data`` is base64, filled
    in only on the way to the wire."""

    model_config = ConfigDict(frozen=True)

    ref: str
    media_type: str
    data: str = Field("", repr=False)


class Message(BaseModel):
    """One turn of what a model is sent.

    An assistant's turn may hold the ``tool_calls`` it made; a tool's turn is the result of
    the call ``tool_call_id``.
    """

    model_config = ConfigDict(frozen=True)

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


class Tool(BaseModel):
    """A function a model may call. ``parameters`` is a JSON schema of its arguments."""

    model_config = ConfigDict(frozen=True)

    name: str
    description: str
    parameters: dict[str, JsonValue]


class Request(BaseModel):
    """One model call, in our words. ``model`` is written ``provider/model-id``.

    ``stop`` are words before which the answer ends. ``json_schema`` asks for structured output
    where the endpoint can do it (``json_strict``: to the letter), ``json_object`` only for JSON.
    ``tools`` are ours to run; with ``tool_choice`` none they are only named, because the
    conversation has used them. ``server_tools`` (such as ``openrouter:web_search``) the
    provider's own; ``routing`` is OpenRouter's ``provider`` object. Both of these are left out
    for providers that do not know them.
    ``first_token_s``, ``stall_s`` and ``total_s`` are deadlines in seconds.
    ``pause_max_s`` is the longest wait for a provider that asked for a pause.
    ``max_chars`` is the cap on the answer's length in characters. ``accepts`` names the
    request fields the model takes, in OpenRouter's words; None when nobody says.
    """

    model_config = ConfigDict(frozen=True)

    call: str
    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    reasoning_effort: str | None = None
    json_schema: dict[str, JsonValue] | None = None
    json_object: bool = False
    json_strict: bool = True
    stop: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: Literal["auto", "none"] = "auto"
    server_tools: tuple[str, ...] = ()
    routing: dict[str, JsonValue] | None = None
    first_token_s: float = 60.0
    stall_s: float = 45.0
    total_s: float = 600.0
    pause_max_s: float = 30.0
    accepts: frozenset[str] | None = None
    max_chars: int = 400_000
