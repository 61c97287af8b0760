"""One request of ours as the JSON body a provider wants to see."""

from typing import Any

from council.core.delta import Message, Request, Tool, ToolCall
from council.wire.profiles import Format, Profile

JSON = dict[str, Any]


def body_of(profile: Profile, model: str, request: Request) -> JSON:
    """The body that asks ``model`` (without its provider's name) for a streamed answer.

    What the provider does not know, or the model does not accept, is left out.
    """
    body: JSON = {
        "model": model,
        "messages": [_message(message, profile) for message in request.messages],
        "stream": True,
        **profile.usage,
    }
    fixed = profile.fixed_temperature
    if request.temperature is not None and not (fixed and fixed.match(model)):
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body[profile.max_tokens] = request.max_tokens
    body |= _effort(profile, request)
    if tools := _tools(profile, request):
        body["tools"] = tools  # tool_choice is left out: auto is what it means, and some refuse it
        if request.tool_choice == "none":
            body["tool_choice"] = "none"
    if (wanted := format_for(profile, request)) is not None:
        body["response_format"] = _response_format(wanted, request)
    if profile.is_router and request.routing:
        body["provider"] = request.routing
    return body


def format_for(profile: Profile, request: Request) -> Format | None:
    """The strictest output format that is asked for and that the provider has."""
    asked: tuple[Format, ...] = ()
    if request.json_schema is not None:
        asked = ("json_schema", "json_object")
    elif request.json_object:
        asked = ("json_object",)
    return next((one for one in asked if one in profile.formats), None)


def _response_format(wanted: Format, request: Request) -> JSON:
    if wanted == "json_object":
        return {"type": "json_object"}
    schema = {"name": "answer", "strict": True, "schema": request.json_schema}
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
