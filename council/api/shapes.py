"""What a request may say, as OpenAI and OpenRouter document it; anything else is refused by name.

A field is here because it does something, or because leaving it out changes nothing that the
answer says (`ChatRequest.user` and its like). What would change the answer and cannot be done is
refused in `council.api.reading`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)


class ImageUrl(_Closed):
    """A picture as a ``data:`` address."""

    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class Part(BaseModel):
    """A piece of a message: ``text``, ``image_url``, or an assistant's ``refusal`` sent back. Any
    other type is refused by its name."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: str
    text: str | None = None
    image_url: ImageUrl | None = None
    refusal: str | None = None


class Message(_Closed):
    """One turn of the conversation. Fields an assistant's answer came with may be sent back."""

    model_config = ConfigDict(extra="ignore", strict=True)

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: JsonValue = None
    function_call: JsonValue = None


class Reasoning(BaseModel):
    """OpenRouter's way to say how much to think."""

    model_config = ConfigDict(extra="ignore", strict=True)

    effort: Effort | None = None


class FusionTool(BaseModel):
    """A web tool members may use."""

    model_config = ConfigDict(extra="ignore", strict=True)

    type: str


class FusionConfig(_Closed):
    """How Fusion is set up, by its plugin or its server tool."""

    enabled: bool = True
    preset: str | None = None
    analysis_models: list[str] | None = Field(None, min_length=1, max_length=8)
    model: str | None = None
    max_tool_calls: int = Field(4, ge=1, le=16)
    tools: list[FusionTool] | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    max_completion_tokens: int | None = Field(None, ge=1, le=10_000_000)
    reasoning: Reasoning | None = None


class Plugin(FusionConfig):
    """OpenRouter's ``fusion`` plugin; there is no other here."""

    id: str


class Tool(BaseModel):
    """OpenRouter's server tool ``openrouter:fusion``, or a ``function`` of the program's.

    A model need not call the functions it is told of, and a council never does: chat pages send
    theirs with every question.
    """

    model_config = ConfigDict(extra="ignore", strict=True)

    type: str
    parameters: FusionConfig = FusionConfig()


class JsonSchema(_Closed):
    """The form an answer has to have."""

    name: str = Field(min_length=1, max_length=64)
    description: str | None = None
    schema_: dict[str, JsonValue] = Field(default_factory=dict, alias="schema")
    strict: bool | None = None


class ResponseFormat(_Closed):
    """Text, any JSON object, or one that fits a schema."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StreamOptions(BaseModel):
    """What a stream carries besides."""

    model_config = ConfigDict(extra="ignore", strict=True)

    include_usage: bool = False


class ChatRequest(_Closed):
    """The body of ``POST /v1/chat/completions``."""

    model: str = Field(min_length=1, max_length=400)
    messages: list[Message] = Field(min_length=1)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    max_tokens: int | None = Field(None, ge=1, le=10_000_000)
    max_completion_tokens: int | None = Field(None, ge=1, le=10_000_000)
    temperature: float | None = Field(None, ge=0, le=2)
    reasoning_effort: Effort | None = None
    reasoning: Reasoning | None = None
    stop: str | list[str] | None = None
    response_format: ResponseFormat | None = None
    plugins: list[Plugin] | None = None
    tools: list[Tool] | None = None
    tool_choice: JsonValue = None

    n: int | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    logit_bias: dict[str, float] | None = None
    modalities: list[str] | None = None
    audio: dict[str, Any] | None = None
    prediction: dict[str, Any] | None = None
    web_search_options: dict[str, Any] | None = None
    functions: list[dict[str, Any]] | None = None
    function_call: JsonValue = None
    verbosity: Literal["low", "medium", "high"] | None = None

    user: str | None = None
    metadata: dict[str, JsonValue] | None = None
    store: bool | None = None
    seed: int | None = None
    parallel_tool_calls: bool | None = None
    service_tier: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None
    prompt_cache_retention: str | None = None
    usage: dict[str, JsonValue] | None = None
    session_id: str | None = None
