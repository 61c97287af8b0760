"""One request of ours as the JSON body a provider wants to see."""

from collections.abc import Mapping, Set
from typing import Any, Literal

from council.core.delta import Message, Request, Tool, ToolCall
from council.wire.profiles import Format, Profile

JSON = dict[str, Any]
Field = Literal["temperature", "max_tokens", "effort", "usage", "tools", "stop"] | Format
"""What a request may do without."""

_LISTED_AS: Mapping[Field, Set[str]] = {
    "temperature": {"temperature"},
    "max_tokens": {"max_tokens", "max_completion_tokens"},
    "effort": {"reasoning", "reasoning_effort"},
    "tools": {"tools"},
    "stop": {"stop"},
    "json_schema": {"structured_outputs"},
    "json_object": {"response_format"},
}
"""The names under which `Request.accepts` lists them."""
_KEYS: Mapping[str, Field] = {
    "temperature": "temperature",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "reasoning": "effort",
    "reasoning_effort": "effort",
    "stream_options": "usage",
    "usage": "usage",
    "tools": "tools",
    "stop": "stop",
}


def body_of(
    profile: Profile, model: str, request: Request, refused: Set[Field] = frozenset()
) -> JSON:
    """The body that asks ``model`` (without its provider's name) for a streamed answer.

    What the provider does not know, the model does not accept, or the endpoint has
    ``refused`` is left out.
    """
    left_out = _not_accepted(request) | refused
    body: JSON = {
        "model": model,
        "messages": [_message(message, profile) for message in request.messages],
        "stream": True,
    }
    if "usage" not in left_out:
        body |= profile.usage
    fixed = profile.fixed_temperature
    if request.temperature is not None and not (fixed and fixed.match(model)):
        body |= {} if "temperature" in left_out else {"temperature": request.temperature}
    if request.stop and "stop" not in left_out:
        body["stop"] = list(request.stop)
    body |= _max_tokens(profile, request, refused)
    if "effort" not in left_out:
        body |= _effort(profile, request)
    if "tools" not in left_out and (tools := _tools(profile, request)):
        body["tools"] = tools  # tool_choice is left out: auto is what it means, and some refuse it
        if request.tool_choice == "none":
            body["tool_choice"] = "none"
    if (wanted := _format(profile, request, left_out)) is not None:
        body["response_format"] = _response_format(wanted, request)
    if profile.is_router and request.routing:
        body["provider"] = request.routing
    return body


def fields_in(body: JSON) -> frozenset[Field]:
    """The fields of a body that it could do without."""
    found = {_KEYS[key] for key in body if key in _KEYS}
    if "response_format" in body:
        found.add(body["response_format"]["type"])
    return frozenset(found)


def _not_accepted(request: Request) -> Set[Field]:
    if request.accepts is None:
        return frozenset()
    return {field for field, names in _LISTED_AS.items() if names.isdisjoint(request.accepts)}


def _max_tokens(profile: Profile, request: Request, refused: Set[Field]) -> JSON:
    """The cap on tokens has two names; who refuses the one may know the other."""
    if request.max_tokens is None:
        return {}
    other = {"max_tokens": "max_completion_tokens"}.get(profile.max_tokens, "max_tokens")
    return {other if "max_tokens" in refused else profile.max_tokens: request.max_tokens}


def _format(profile: Profile, request: Request, left_out: Set[Field]) -> Format | None:
    """The strictest output format that is asked for and may be sent."""
    asked: tuple[Format, ...] = ("json_object",) if request.json_object else ()
    if request.json_schema is not None:
        asked = ("json_schema", "json_object")
    return next((one for one in asked if one in profile.formats and one not in left_out), None)


def _response_format(wanted: Format, request: Request) -> JSON:
    if wanted == "json_object":
        return {"type": "json_object"}
    schema = {"name": "answer", "strict": request.json_strict, "schema": request.json_schema}
    return {"type": "json_schema", "json_schema": schema}


def _effort(profile: Profile, request: Request) -> JSON:
    effort = request.reasoning_effort
    if effort is None or profile.effort is None:
        return {}
    value = profile.efforts.get(effort, effort)
    return {"reasoning": {"effort": value}} if profile.is_router else {profile.effort: value}


def _tools(profile: Profile, request: Request) -> list[JSON]:
    server = request.server_tools if profile.is_router else ()
    return [_function(tool) for tool in request.tools] + [{"type": name} for name in server]


def _function(tool: Tool) -> JSON:
    function = tool.model_dump(include={"name", "description", "parameters"})
    return {"type": "function", "function": function}


def _message(message: Message, profile: Profile) -> JSON:
    said: JSON = {"role": message.role, "content": _content(message)}
    if message.tool_calls:
        said["tool_calls"] = [_call(call, profile) for call in message.tool_calls]
    if message.role == "tool":
        said["tool_call_id"] = message.tool_call_id
    return said


def _content(message: Message) -> str | list[JSON] | None:
    if message.tool_calls and not message.content:
        return None  # as the API itself says it; an empty text is refused by some
    if not message.images:
        return message.content
    pictures = [
        {
            "type": "image_url",
            "image_url": {"url": f"data:{image.media_type};base64,{image.data}"},
        }
        for image in message.images
    ]
    text = [{"type": "text", "text": message.content}] if message.content else []
    return [*text, *pictures]


def _call(call: ToolCall, profile: Profile) -> JSON:
    function = {"name": call.name, "arguments": call.arguments or "{}"}
    return {"id": call.id, "type": "function", "function": function, **profile.call_extra}
