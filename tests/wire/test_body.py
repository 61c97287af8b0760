"""What a provider is sent, as its own server sees it."""

from typing import Any

import pytest

from council.core.delta import Image, Message, Request, Tool, ToolCall
from council.wire.client import Client, Provider
from tests.wire.scripted import DONE, FINISH, Exchange, chunk, ended, request, serving

SEARCH = Tool(
    name="web_search",
    description="Looks something up.",
    parameters={"type": "object", "properties": {"query": {"type": "string"}}},
)


async def _hello(exchange: Exchange) -> None:
    await exchange.head()
    for piece in (chunk("Hello"), FINISH, DONE):
        await exchange.send(piece)
    await exchange.done()


async def seen_by(provider: str, **asked: Any) -> Any:
    """The body a server under this provider's name receives."""
    async with serving(_hello) as server:
        client = Client({provider: Provider(provider, server.url)})
        question: Request = request(model=f"{provider}/m", **asked)
        assert ended([d async for d in client.ask(question)]).outcome == "done"
        await client.aclose()
    return server.seen[0].body


async def test_pictures_follow_the_text_as_parts_of_one_message() -> None:
    image = Image(ref="a1", media_type="image/png", data="aGk=")
    body = await seen_by("x", messages=(Message(role="user", content="What?", images=(image,)),))
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "What?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]


async def test_a_tool_call_and_its_result_are_sent_back_with_their_id() -> None:
    call = ToolCall(id="call_1", name="web_search", arguments='{"query": "tea"}')
    body = await seen_by(
        "x",
        messages=(
            Message(role="user", content="Why?"),
            Message(role="assistant", content="", tool_calls=(call,)),
            Message(role="tool", content="Tea is warm.", tool_call_id="call_1"),
        ),
        tools=(SEARCH,),
    )
    function = {"name": "web_search", "arguments": '{"query": "tea"}'}
    assert body["messages"][1:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "Tea is warm.", "tool_call_id": "call_1"},
    ]
    assert body["tools"] == [{"type": "function", "function": SEARCH.model_dump()}]


async def test_gemini_gets_a_signature_with_a_call_that_is_sent_back() -> None:
    call = ToolCall(id="c", name="web_search", arguments="")
    turn = Message(role="assistant", content="I look.", tool_calls=(call,))
    (sent,) = (await seen_by("gemini", messages=(turn,)))["messages"]
    assert sent["content"] == "I look."
    assert sent["tool_calls"][0]["function"]["arguments"] == "{}"
    signature = sent["tool_calls"][0]["extra_content"]["google"]["thought_signature"]
    assert signature == "skip_thought_signature_validator"


async def test_server_tools_and_routing_reach_openrouter_and_nobody_else() -> None:
    asked: dict[str, Any] = {
        "tools": (SEARCH,),
        "server_tools": ("openrouter:web_search",),
        "routing": {"sort": "price"},
    }
    body = await seen_by("openrouter", **asked)
    assert [tool["type"] for tool in body["tools"]] == ["function", "openrouter:web_search"]
    assert body["provider"] == {"sort": "price"}
    other = await seen_by("openai", **asked)
    assert [tool["type"] for tool in other["tools"]] == ["function"]
    assert "provider" not in other


@pytest.mark.parametrize(
    ("provider", "field"),
    [
        ("openrouter", {"reasoning": {"effort": "minimal"}}),
        ("openai", {"reasoning_effort": "minimal"}),
        ("groq", {"reasoning_effort": "low"}),
        ("mistral", {"reasoning_effort": "none"}),
        ("anthropic", {}),
    ],
)
async def test_effort_is_spelt_as_each_provider_spells_it(
    provider: str, field: dict[str, Any]
) -> None:
    body = await seen_by(provider, reasoning_effort="minimal")
    assert {k: v for k, v in body.items() if k.startswith("reasoning")} == field


@pytest.mark.parametrize(
    ("provider", "kind"),
    [
        ("openai", "json_schema"),
        ("x", "json_schema"),
        ("groq", "json_object"),
        ("deepseek", "json_object"),
        ("anthropic", None),
    ],
)
async def test_a_schema_is_asked_for_as_strictly_as_the_provider_can(
    provider: str, kind: str | None
) -> None:
    body = await seen_by(provider, json_schema={"type": "object"})
    assert body.get("response_format", {}).get("type") == kind


async def test_json_alone_is_asked_for_without_a_schema() -> None:
    body = await seen_by("x", json_object=True)
    assert body["response_format"] == {"type": "json_object"}
