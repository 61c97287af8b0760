import asyncio
import json
from typing import Any

import pytest

from council.core.facts import Facts
from council.wire import keys
from council.wire.catalogue import CatalogueError, DeniedError, Model, models, models_in
from council.wire.client import Client, Provider
from tests.wire.scripted import Exchange, Script, serving

SECRET = "sk-sentinel-0123456789"


def _answers(body: bytes, status: int = 200) -> Script:
    async def script(exchange: Exchange) -> None:
        await exchange.head(status, "application/json")
        await exchange.send(body)
        await exchange.done()

    return script


def _model(model: str, name: str = "", context: int | None = None) -> Model:
    return Model(id=model, name=name or model, facts=Facts(context=context))


async def _models(url: str, timeout_s: float = 2.0) -> list[Model]:
    client = Client({"x": Provider("x", url, SECRET)})
    try:
        return await models(client, "x", timeout_s)
    finally:
        await client.aclose()


async def test_the_models_of_a_provider_are_asked_for_with_its_key() -> None:
    body = {"data": [{"id": "b", "name": "B", "context_length": 9}, {"id": "a"}, {"id": "b"}]}
    async with serving(_answers(json.dumps(body).encode())) as server:
        found = await _models(server.url)
    assert found == [_model("b", "B", 9), _model("a")]
    seen = server.seen[0]
    assert (seen.method, seen.path) == ("GET", "/v1/models")
    assert seen.headers["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([{"id": "a", "max_model_len": 4}, "b"], [_model("a", "a", 4), _model("b")]),
        ({"models": [{"name": "l:8b", "model": "l:8b"}]}, [_model("l:8b")]),
        (
            {"models": [{"name": "models/g", "displayName": "G", "inputTokenLimit": 8}]},
            [_model("g", "G", 8)],
        ),
        (
            {"data": [{"id": "r", "providers": [{"context_length": 3}, {"context_length": 5}]}]},
            [_model("r", "r", 5)],
        ),
        ({"data": [None, {"id": 4}, {"id": "a b"}, {"id": "x" * 301}, {}]}, []),
        ({"data": [{"id": "a", "context_length": "much"}]}, [_model("a")]),
        ({"data": None}, None),
        ("models", None),
    ],
)
def test_every_shape_of_list_is_read(document: Any, expected: list[Model] | None) -> None:
    assert models_in(document) == expected


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b'{"error": "no"}', 401, "x says the key is not valid (401): no."),
        (b"<html>", 200, "x answers with something that is no list of models."),
        (b"[" * 100_000, 200, "x answers with something that is no list of models."),
    ],
)
async def test_a_list_that_cannot_be_had_says_why(body: bytes, status: int, sentence: str) -> None:
    async with serving(_answers(body, status)) as server:
        with pytest.raises(CatalogueError) as caught:
            await _models(server.url)
    assert str(caught.value) == sentence


async def test_a_silent_provider_is_waited_for_only_so_long() -> None:
    async with serving(Exchange.until_closed) as server:
        with pytest.raises(CatalogueError, match="did not list its models"):
            await _models(server.url, timeout_s=0.5)
        await asyncio.wait_for(server.seen[0].closed.wait(), 1)


async def test_nobody_listening_is_said_so() -> None:
    async with serving(_answers(b"")) as server:
        url = server.url
    with pytest.raises(CatalogueError, match="cannot be reached"):
        await _models(url)


@pytest.mark.parametrize(
    ("status", "body", "left", "denied"),
    [
        (200, {"data": {"limit_remaining": 4.9}}, 4.9, False),
        (200, {"data": {"limit_remaining": None}}, None, False),
        (200, [], None, False),
        (401, {"error": {"message": f"No auth: {SECRET}"}}, None, True),
    ],
)
async def test_openrouter_is_asked_about_the_key_itself(
    status: int, body: Any, left: float | None, denied: bool
) -> None:
    async with serving(_answers(json.dumps(body).encode(), status)) as server:
        client = Client({"openrouter": Provider("openrouter", server.url, SECRET)})
        try:
            if denied:
                with pytest.raises(DeniedError, match=r"not valid \(401\): No auth: \[key\]"):
                    await keys.standing(client, "openrouter", 2.0)
            else:
                found = await keys.standing(client, "openrouter", 2.0)
                assert found.left_usd == left
        finally:
            await client.aclose()
    assert server.seen[0].path == "/v1/key"
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"
