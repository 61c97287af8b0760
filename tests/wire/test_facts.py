"""What lists say of their models, in the spellings of the providers that write them."""

import json
from typing import Any

import pytest

from council.core.delta import Usage
from council.core.facts import Facts, Price, Rates, Tier
from council.wire.catalogue import Model, models, models_in
from council.wire.client import Client, Provider
from tests.wire.scripted import Exchange, Script, serving


def _only(entry: dict[str, Any]) -> Model:
    found = models_in({"data": [{"id": "m", **entry}]})
    assert found is not None
    return found[0]


def _price(entry: dict[str, Any]) -> Price | None:
    return _only(entry).facts.price


def _rates(prompt: float, completion: float, cached: float | None = None) -> Rates:
    return Rates(prompt=prompt, completion=completion, cached=cached)


def test_openrouter_s_card_is_read_whole() -> None:
    card = {
        "context_length": 200_000,
        "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
        "pricing": {
            "prompt": "0.000003",
            "completion": "0.000015",
            "input_cache_read": "0.0000003",
            "image": "0.004",
            "request": "0.01",
            "overrides": [
                {"min_prompt_tokens": 128_000, "prompt": "0.000006", "completion": "0.00003"}
            ],
        },
        "top_provider": {"context_length": 200_000, "max_completion_tokens": 64_000},
        "supported_parameters": ["tools", "structured_outputs", "reasoning", "max_tokens"],
    }
    assert _only(card).facts == Facts(
        context=200_000,
        max_output=64_000,
        sees=True,
        can_tools=True,
        can_schema=True,
        reasons=True,
        parameters=frozenset({"tools", "structured_outputs", "reasoning", "max_tokens"}),
        price=Price(
            rates=_rates(3e-6, 1.5e-5, 3e-7),
            request=0.01,
            image=0.004,
            tiers=(Tier(min_prompt_tokens=128_000, rates=_rates(6e-6, 3e-5)),),
        ),
    )


def test_a_long_prompt_is_priced_by_its_tier_and_keeps_the_rate_for_cached_tokens() -> None:
    over = [{"min_prompt_tokens": 100, "prompt": "0.2", "completion": "2"}]
    pricing = {"prompt": "0.1", "completion": "1", "input_cache_read": "0.01", "overrides": over}
    price = _price({"pricing": pricing})
    assert price is not None
    assert price.of(Usage(prompt=99, completion=1)) == pytest.approx(99 * 0.1 + 1)
    assert price.of(Usage(prompt=100, completion=1, cached=50)) == pytest.approx(10 + 0.5 + 2)


@pytest.mark.parametrize("said", ["-1", -1, "nan", "inf", "", None, True, [], {}, "1e99", 10**400])
def test_a_price_that_is_no_number_from_zero_on_is_unknown_and_never_zero(said: Any) -> None:
    assert _price({"pricing": {"prompt": said, "completion": said}}) is None
    half = _price({"pricing": {"prompt": "0.5", "completion": said}})
    assert half is not None
    assert half.of(Usage(prompt=1, completion=1)) is None


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"pricing": {"prompt": "0", "completion": "0"}}, _rates(0, 0)),
        (
            {
                "pricing": {
                    "input": 2,
                    "output": 10,
                    "cache_read": 0.2,
                    "unit": "usd_per_1m_tokens",
                }
            },
            _rates(2e-6, 1e-5, 2e-7),
        ),
        ({"pricing": {"input": 2, "output": 10, "unit": "credits"}}, None),
        ({"pricing": {"hourly": 0, "input": 0.3, "output": 0.9, "base": 0}}, _rates(3e-7, 9e-7)),
        ({"pricing": {"hourly": 0, "input": 0, "output": 0, "base": 0}}, None),
        (
            {
                "providers": [
                    {"pricing": {"input": 0.1, "output": 0.4}},
                    {"pricing": {"input": 0.3, "output": 0.2}},
                    {"provider": "silent"},
                ]
            },
            _rates(3e-7, 4e-7),
        ),
        (
            {
                "prompt_text_token_price": 30_000,
                "cached_prompt_text_token_price": 7_500,
                "completion_text_token_price": 150_000,
            },
            _rates(3e-6, 1.5e-5, 7.5e-7),
        ),
    ],
    ids=["free", "perplexity", "other-unit", "together", "together-0", "hosts", "xai"],
)
def test_every_unit_becomes_dollars_for_one_token(
    entry: dict[str, Any], expected: Rates | None
) -> None:
    price = _price(entry)
    if expected is None:
        assert price is None
    else:
        assert price is not None
        assert price.rates.model_dump() == pytest.approx(expected.model_dump())


def test_a_price_by_the_hour_counts_at_its_highest() -> None:
    cheap = {"utc_start": 1000, "utc_end": 100, "prompt": "0.1", "completion": "0.3"}
    dear = {"utc_start": 100, "utc_end": 1000, "prompt": "0.4", "completion": "0.2"}
    price = _price({"pricing": {"prompt": "0.2", "completion": "0.2", "overrides": [cheap, dear]}})
    assert price == Price(rates=_rates(0.4, 0.3))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {
                "max_input_tokens": 9,
                "max_tokens": 4,
                "capabilities": {
                    "image_input": {"supported": True},
                    "structured_outputs": {"supported": False},
                    "thinking": {"supported": True, "types": {}},
                },
            },
            Facts(context=9, max_output=4, sees=True, can_schema=False, reasons=True),
        ),
        (
            {
                "max_context_length": 9,
                "capabilities": {"function_calling": True, "vision": False},
            },
            Facts(context=9, sees=False, can_tools=True),
        ),
        ({"max_model_len": 9}, Facts(context=9)),
        ({"context_window": 9, "max_completion_tokens": 4}, Facts(context=9, max_output=4)),
        (
            {"inputTokenLimit": 9, "outputTokenLimit": 4, "thinking": True},
            Facts(context=9, max_output=4, reasons=True),
        ),
        (
            {"max_tokens": 9, "max_input_tokens": 8, "max_output_tokens": 4},
            Facts(context=8, max_output=4),
        ),
        (
            {"providers": [{"supports_tools": True}, {"supports_tools": False}, {}]},
            Facts(),
        ),
        (
            {"providers": [{"supports_tools": True, "context_length": 9}, {"provider": "x"}]},
            Facts(context=9, can_tools=True),
        ),
        ({"input_modalities": ["text"], "max_prompt_length": 9}, Facts(context=9, sees=False)),
        (
            {"context_length": True, "capabilities": "all", "supported_parameters": [1]},
            Facts(),
        ),
    ],
    ids=[
        "anthropic",
        "mistral",
        "vllm",
        "groq",
        "gemini",
        "litellm",
        "differ",
        "hosts",
        "xai",
        "garbage",
    ],
)
def test_limits_and_abilities_are_read_under_every_name(
    entry: dict[str, Any], expected: Facts
) -> None:
    assert _only(entry).facts == expected


@pytest.mark.parametrize(
    ("entry", "talks"),
    [
        ({}, True),
        ({"architecture": {"output_modalities": ["image"]}}, False),
        ({"architecture": {"output_modalities": ["image", "text"]}}, True),
        ({"capabilities": {"completion_chat": False}}, False),
        ({"supportedGenerationMethods": ["embedContent"]}, False),
        ({"supportedGenerationMethods": ["generateContent"]}, True),
        ({"type": "embedding"}, False),
        ({"type": "chat"}, True),
        ({"mode": "image_generation"}, False),
        ({"capabilities": ["embedding"]}, False),
    ],
)
def test_a_model_without_text_is_known_as_one(entry: dict[str, Any], talks: bool) -> None:
    assert _only(entry).outputs_text is talks


async def _list(provider: Provider, timeout_s: float = 2.0) -> list[Model]:
    client = Client({provider.name: provider})
    try:
        return await models(client, provider.name, timeout_s)
    finally:
        await client.aclose()


def _by_path(pages: dict[str, Any]) -> Script:
    async def script(exchange: Exchange) -> None:
        body = pages.get(exchange.path)
        await exchange.head(404 if body is None else 200, "application/json")
        await exchange.send(json.dumps(body).encode())
        await exchange.done()

    return script


async def test_gemini_s_own_list_is_read_to_its_last_page_with_the_key_in_its_header() -> None:
    first = "/v1beta/models?pageSize=1000"
    pages = {
        first: {"models": [{"name": "models/a", "inputTokenLimit": 7}], "nextPageToken": "x+y"},
        f"{first}&pageToken=x%2By": {"models": [{"name": "models/b"}]},
    }
    async with serving(_by_path(pages)) as server:
        url = server.url.removesuffix("/v1") + "/v1beta/openai"
        found = await _list(Provider("gemini", url, "secret"))
    assert [(m.id, m.facts.context) for m in found] == [("a", 7), ("b", None)]
    assert server.seen[0].headers["x-goog-api-key"] == "secret"
    assert "authorization" not in server.seen[0].headers


async def test_anthropic_s_list_is_read_to_its_end() -> None:
    first = "/v1/models?limit=1000"
    pages = {
        first: {"data": [{"id": "a"}], "has_more": True, "last_id": "a"},
        f"{first}&after_id=a": {"data": [{"id": "b"}], "has_more": False, "last_id": "b"},
    }
    async with serving(_by_path(pages)) as server:
        found = await _list(Provider("anthropic", server.url, "secret"))
    assert [m.id for m in found] == ["a", "b"]
    seen = server.seen[0].headers
    assert (seen["x-api-key"], seen["anthropic-version"]) == ("secret", "2023-06-01")


async def test_a_list_whose_pages_go_round_in_a_circle_ends() -> None:
    first = "/v1/models?limit=1000"
    page = {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}
    async with serving(_by_path({first: page, f"{first}&after_id=a": page})) as server:
        assert [m.id for m in await _list(Provider("anthropic", server.url))] == ["a"]
    assert len(server.seen) <= 20


async def test_without_the_list_that_has_prices_the_plain_one_is_read() -> None:
    async with serving(_by_path({"/v1/models": {"data": [{"id": "grok"}]}})) as server:
        found = await _list(Provider("xai", server.url, "secret"))
    assert [m.id for m in found] == ["grok"]
    assert [seen.path for seen in server.seen] == ["/v1/language-models", "/v1/models"]


async def test_ollama_is_asked_for_what_its_list_leaves_out() -> None:
    shown = {
        "capabilities": ["completion", "vision", "tools"],
        "parameters": 'num_ctx                        8192\nstop "<eos>"',
        "model_info": {
            "gemma3.context_length": 131_072,
            "gemma3.rope.scaling.original_context_length": 4096,
        },
    }

    async def script(exchange: Exchange) -> None:
        if exchange.method == "POST" and exchange.body["model"] == "bad":
            await exchange.head(500, "text/html")
            await exchange.send(b"<html>")
        else:
            listed = {"data": [{"id": "gemma3:4b", "owned_by": "library"}, {"id": "bad"}]}
            body = shown if exchange.path == "/api/show" else listed
            await exchange.head(200, "application/json")
            await exchange.send(json.dumps(body).encode())
        await exchange.done()

    async with serving(script) as server:
        gemma, bad = await _list(Provider("ollama", server.url, local=True))
    assert gemma.facts == Facts(context=8192, sees=True, can_tools=True, reasons=False)
    assert gemma.owner == "library"
    assert bad.facts == Facts()


async def test_an_ollama_that_describes_nothing_lists_its_models_all_the_same() -> None:
    async def script(exchange: Exchange) -> None:
        if exchange.method == "POST":
            await exchange.until_closed()
        await exchange.head(200, "application/json")
        await exchange.send(b'{"data": [{"id": "a"}]}')
        await exchange.done()

    async with serving(script) as server:
        found = await _list(Provider("ollama", server.url, local=True), 0.5)
    assert [m.id for m in found] == ["a"]
