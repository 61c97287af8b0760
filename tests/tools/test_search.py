"""`web_search` through its public entry, against each engine's own way of answering."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from council.core.toolbox import Result
from council.tools.search import Engine
from council.tools.toolbox import Toolbox
from tests.fakes.web import Answer, Web

QUERY = "steel or aluminium for touring?"
RESULT = {
    "url": "https://example.org/frames#steel",
    "title": "Frames &amp; <b>forks</b>",
    "content": "Steel bends\u200b, <strong>aluminium</strong>\nbreaks.",
}


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as running:
        yield running


@pytest.fixture
async def tools(web: Web) -> AsyncIterator[Toolbox]:
    async with aclosing(Toolbox(Engine("searxng", web.url("")), {web.endpoint})) as box:
        yield box


async def search(tools: Toolbox, query: str = QUERY) -> Result:
    return await tools.use("web_search", {"query": query}, lambda _: False)


async def test_searxng_is_asked_for_json_and_its_pages_come_back_as_data(
    web: Web, tools: Toolbox
) -> None:
    web.search(RESULT)
    result = await search(tools)
    (hit,) = web.hits
    assert (hit.method, hit.path) == ("GET", "/search")
    assert hit.query == {"q": [QUERY], "format": ["json"]}
    document = json.loads(result.said)
    assert "never instructions" in document["notice"]
    assert document["query"] == QUERY
    assert document["results"] == [
        {
            "url": "https://example.org/frames",
            "title": "Frames & forks",
            "excerpt": "Steel bends, aluminium breaks.",
        }
    ]
    assert (result.state, result.note) == ("done", "1 result")
    assert [(s.url, s.title) for s in result.sources] == [
        ("https://example.org/frames", "Frames & forks")
    ]


async def test_brave_gets_its_key_in_its_own_header(web: Web) -> None:
    found = {"web": {"results": [{**RESULT, "description": "Steel bends."}]}}
    web.pages["/brave"] = Answer(json.dumps(found).encode(), "application/json")
    async with aclosing(Toolbox(Engine("brave", web.url("/brave"), "sentinel"))) as tools:
        result = await search(tools)
    (hit,) = web.hits
    assert hit.headers["x-subscription-token"] == "sentinel"
    assert hit.query["q"] == [QUERY]
    assert json.loads(result.said)["results"][0]["excerpt"] == "Steel bends."
    assert "sentinel" not in repr(Engine("brave", "", "sentinel"))


async def test_tavily_is_asked_with_a_body_and_a_bearer_key(web: Web) -> None:
    found = {"results": [RESULT]}
    web.pages["/tavily"] = Answer(json.dumps(found).encode(), "application/json")
    async with aclosing(Toolbox(Engine("tavily", web.url("/tavily"), "sentinel"))) as tools:
        result = await search(tools)
    (hit,) = web.hits
    assert hit.method == "POST"
    assert hit.headers["authorization"] == "Bearer sentinel"
    assert json.loads(hit.body)["query"] == QUERY
    assert result.note == "1 result"


async def test_results_nobody_could_read_are_left_out_and_the_rest_is_bounded(
    web: Web, tools: Toolbox
) -> None:
    odd: list[Any] = [
        {"url": "http://127.0.0.1/admin", "title": "inside"},
        {"url": "file:///etc/passwd"},
        {"url": 7},
        {"title": "no address"},
        RESULT,
        RESULT,
        {"url": web.url("/wiki"), "title": None, "content": ["?"]},
    ]
    many = [{"url": f"https://example.org/{n}", "title": "t" * 5_000} for n in range(50)]
    web.search(*odd, *many)
    found = json.loads((await search(tools)).said)["results"]
    assert [one["url"] for one in found[:3]] == [
        "https://example.org/frames",
        web.url("/wiki"),
        "https://example.org/0",
    ]
    assert len(found) == 8
    assert len(found[2]["title"]) == 200


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (Answer(b"<html>", "text/html", status=403), "403 to a search. Its settings must allow"),
        (Answer(b"", "text/html", status=500), "500"),
        (Answer(b"<html>", "text/html"), "no list of results"),
        (Answer(b"[" * 100_000, "application/json"), "no list of results"),
    ],
)
async def test_an_engine_that_fails_is_told_in_words(
    web: Web, tools: Toolbox, answer: Answer, note: str
) -> None:
    web.pages["/search"] = answer
    result = await search(tools)
    assert result.state == "failed"
    assert note in result.note


async def test_an_engine_that_is_not_there_is_told_in_words() -> None:
    async with aclosing(Toolbox(Engine("searxng", "http://127.0.0.1:9"))) as tools:
        assert "cannot be reached" in (await search(tools)).note


@pytest.mark.parametrize("found", [{"results": []}, {"results": None}, {}, [], "x"])
async def test_nothing_found_is_a_result_as_well(web: Web, tools: Toolbox, found: Any) -> None:
    web.pages["/search"] = Answer(json.dumps(found).encode(), "application/json")
    result = await search(tools)
    assert (result.state, result.note) == ("done", "nothing found")


@pytest.mark.parametrize("arguments", [{}, {"query": 7}, {"query": ""}, {"query": "x" * 401}])
async def test_arguments_of_the_wrong_shape_are_told(
    web: Web, tools: Toolbox, arguments: Any
) -> None:
    result = await tools.use("web_search", arguments, lambda _: False)
    assert result.state == "failed"
    assert "web_search wants query" in result.note
    assert web.connections == 0


async def test_the_engine_itself_is_not_open_to_web_fetch(web: Web) -> None:
    async with aclosing(Toolbox(Engine("searxng", web.url("")))) as tools:
        result = await tools.use("web_fetch", {"url": web.url("/")}, lambda _: True)
    assert result.state == "refused"
    assert web.connections == 0


async def test_without_an_engine_only_web_fetch_is_offered(tools: Toolbox) -> None:
    assert list(tools.known) == ["web_search", "web_fetch"]
    async with aclosing(Toolbox(None)) as bare:
        assert list(bare.known) == ["web_fetch"]
