"""An endpoint nobody knows refuses a field: the next request does without, and no more than that.

The server counts; a client stands for the process that remembers.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest

from council.core.delta import Ended, Tool
from council.core.failures import Failure, Kind
from council.wire.client import Client, Provider
from council.wire.refusals import REMEMBERED_S, Asked, Endpoint, Refusals
from tests.wire.scripted import DONE, FINISH, Exchange, Script, chunk, ended, request, serving

SCHEMA = {"type": "object"}
TOOL = Tool(name="web_search", description="", parameters={"type": "object"})
Problem = tuple[int, str]


def refusing(problem: Callable[[dict[str, Any]], Problem | None]) -> Script:
    """A server that answers, unless ``problem`` finds one in the request's body."""

    async def script(exchange: Exchange) -> None:
        found = problem(exchange.body)
        if found is None:
            await exchange.head()
            await exchange.send(chunk("{}") + FINISH + DONE)
        else:
            status, message = found
            await exchange.head(status, "application/json")
            await exchange.send(json.dumps({"error": {"message": message}}).encode())
        await exchange.done()

    return script


async def ask_until_it_stays(
    client: Client, most: int = 9, *, retries: int = 0, **asked: Any
) -> list[Ended]:
    """Ask as a turn does: at once after a refusal, ``retries`` times after another failure."""
    ends: list[Ended] = []
    while len(ends) < most:
        ends.append(ended([d async for d in client.ask(request(**asked))]))
        failure = ends[-1].failure
        if failure is None:
            break
        if not ends[-1].will_change:
            if not failure.may_retry or retries == 0:
                break
            retries -= 1
    return ends


def formats(bodies: list[Any]) -> list[str | None]:
    """The output format of each request."""
    return [body.get("response_format", {}).get("type") for body in bodies]


@pytest.mark.parametrize(
    ("field", "message", "asked"),
    [
        ("temperature", "Unsupported value: 'temperature' does not support 0.", {"temperature": 0}),
        ("temperature", "`temperature` is deprecated for this model.", {"temperature": 0}),
        ("reasoning_effort", "unknown field reasoning_effort", {"reasoning_effort": "low"}),
        ("stream_options", "stream_options: Extra inputs are not permitted", {}),
    ],
)
async def test_a_field_that_is_refused_by_name_is_left_out_from_then_on(
    field: str, message: str, asked: dict[str, Any]
) -> None:
    async with serving(refusing(lambda b: (400, message) if field in b else None)) as server:
        client = Client({"x": Provider("x", server.url)})
        first, second = await ask_until_it_stays(client, **asked)
        (later,) = await ask_until_it_stays(client, **asked)
        await client.aclose()
    assert (first.will_change, second.outcome, later.outcome) == (True, "done", "done")
    assert [field in exchange.body for exchange in server.seen] == [True, False, False]
    kept = {"stream_options"} - {field}
    assert kept <= set(server.seen[1].body), "nothing else is left out"


async def test_the_place_in_a_validation_error_names_the_field() -> None:
    fault = {"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Not permitted"}

    async def script(exchange: Exchange) -> None:
        await exchange.head(422, "application/json")
        await exchange.send(json.dumps({"detail": [fault]}).encode())
        await exchange.done()

    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        first = ended([d async for d in client.ask(request())])
        await client.aclose()
    assert first.failure is not None
    message = "x did not accept the request (422): stream_options: Not permitted."
    assert first.failure.message == message
    assert first.will_change


async def test_a_cap_on_tokens_is_sent_under_its_other_name() -> None:
    refusal = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
    script = refusing(lambda body: (400, refusal) if "max_tokens" in body else None)
    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        ends = await ask_until_it_stays(client, max_tokens=5)
        await client.aclose()
    assert len(ends) == 2
    assert server.seen[1].body["max_completion_tokens"] == 5


async def test_a_cap_refused_under_both_names_is_refused_for_good() -> None:
    script = refusing(lambda _body: (400, "max_tokens is too large: at most 4 are possible"))
    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        ends = await ask_until_it_stays(client, max_tokens=5)
        await client.aclose()
    assert [end.will_change for end in ends] == [True, False]


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("known", ["", "json_object"])
async def test_a_format_goes_down_step_by_step_and_what_worked_is_remembered(
    status: int, known: str
) -> None:
    def problem(body: dict[str, Any]) -> Problem | None:
        is_known = body.get("response_format", {}).get("type", "") in ("", known)
        return None if is_known else (status, "response_format is not supported")

    async with serving(refusing(problem)) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask_until_it_stays(client, json_schema=SCHEMA)
        await ask_until_it_stays(client, json_schema=SCHEMA)
        await client.aclose()
    way = ["json_schema", "json_object"] + ([] if known else [None])
    assert formats([e.body for e in server.seen]) == [*way, way[-1]]


async def test_a_refusal_without_a_name_is_taken_to_be_about_the_format() -> None:
    script = refusing(lambda body: (400, "Bad input.") if "response_format" in body else None)
    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        ends = await ask_until_it_stays(client, json_schema=SCHEMA)
        await client.aclose()
    assert [end.outcome for end in ends] == ["failed", "failed", "done"]


async def test_a_server_that_breaks_at_a_schema_costs_no_more_calls_than_one_that_is_down() -> None:
    script = refusing(lambda body: (500, "oops") if "response_format" in body else None)
    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        ends = await ask_until_it_stays(client, retries=2, json_schema=SCHEMA)
        await ask_until_it_stays(client, json_schema=SCHEMA)
        await client.aclose()
    assert [end.will_change for end in ends] == [False, False, False]
    assert formats([e.body for e in server.seen]) == ["json_schema", "json_object", None, None]


async def test_a_server_that_breaks_at_a_schema_inside_a_stream_is_asked_for_less_as_well() -> None:
    async def script(exchange: Exchange) -> None:
        is_asked = "response_format" in exchange.body
        await exchange.head()
        broken = b'data: {"error": {"message": "Internal error"}}\n\n'
        await exchange.send(broken if is_asked else chunk("{}") + FINISH + DONE)
        await exchange.done()

    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask_until_it_stays(client, retries=2, json_schema=SCHEMA)
        await client.aclose()
    assert formats([e.body for e in server.seen]) == ["json_schema", "json_object", None]


async def test_a_server_that_is_down_whatever_is_asked_has_refused_no_format() -> None:
    is_down = True
    async with serving(refusing(lambda _body: (500, "oops") if is_down else None)) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask_until_it_stays(client, retries=2, json_schema=SCHEMA)
        is_down = False
        await ask_until_it_stays(client, json_schema=SCHEMA)
        await client.aclose()
    way = ["json_schema", "json_object", None, "json_schema"]
    assert formats([e.body for e in server.seen]) == way


async def test_a_format_that_has_worked_is_not_doubted_for_one_error() -> None:
    problems: list[Problem | None] = [None, (500, "oops"), None]
    async with serving(refusing(lambda _body: problems.pop(0))) as server:
        client = Client({"x": Provider("x", server.url)})
        for _ in range(2):
            await ask_until_it_stays(client, retries=2, json_schema=SCHEMA)
        await client.aclose()
    assert formats([e.body for e in server.seen]) == ["json_schema"] * 3


@pytest.mark.parametrize("code", [{"code": 400}, {"type": "invalid_request_error", "code": None}])
async def test_a_refusal_inside_a_stream_that_began_well_counts_as_well(
    code: dict[str, Any],
) -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        error = {**code, "message": "response_format: unsupported"}
        is_refused = "response_format" in exchange.body
        said = b"data: " + json.dumps({"error": error}).encode() + b"\n\n"
        await exchange.send(said if is_refused else chunk("{}") + FINISH + DONE)
        await exchange.done()

    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        ends = await ask_until_it_stays(client, json_schema=SCHEMA)
        await client.aclose()
    assert [end.outcome for end in ends] == ["failed", "failed", "done"]


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "bad key"), (402, "pay"), (429, "slow down"), (400, "maximum context exceeded")],
)
async def test_other_refusals_change_nothing(status: int, message: str) -> None:
    async with serving(refusing(lambda _body: (status, message))) as server:
        client = Client({"x": Provider("x", server.url)})
        (only,) = await ask_until_it_stays(client, json_schema=SCHEMA, temperature=0)
        await client.aclose()
    assert not only.will_change


async def test_openrouter_without_an_endpoint_for_all_that_was_asked_is_asked_for_less() -> None:
    message = "No endpoints found that can handle the requested parameters."
    script = refusing(lambda body: (404, message) if "response_format" in body else None)
    async with serving(script) as server:
        client = Client({"openrouter": Provider("openrouter", server.url)})
        ends = await ask_until_it_stays(client, model="openrouter/a/b", json_schema=SCHEMA)
        await client.aclose()
    assert [end.outcome for end in ends] == ["failed", "failed", "done"]


async def test_a_model_without_any_endpoint_is_asked_once() -> None:
    script = refusing(lambda _body: (404, "No endpoints found for a/b."))
    async with serving(script) as server:
        client = Client({"openrouter": Provider("openrouter", server.url)})
        (only,) = await ask_until_it_stays(client, model="openrouter/a/b", json_schema=SCHEMA)
        await client.aclose()
    assert not only.will_change


async def test_a_refusal_of_tools_is_left_to_whoever_runs_them() -> None:
    script = refusing(lambda _body: (400, "registry/gemma does not support tools"))
    async with serving(script) as server:
        client = Client({"x": Provider("x", server.url)})
        (only,) = await ask_until_it_stays(client, tools=(TOOL,), json_schema=SCHEMA)
        await client.aclose()
    assert not only.will_change


def test_what_was_refused_is_tried_again_after_an_hour() -> None:
    now_s = 0.0
    refusals = Refusals(lambda: now_s)
    endpoint = Endpoint("http://x/v1", None, "m")
    failure = Failure(kind=Kind.BAD_REQUEST, message="temperature", status=400)
    asked = Asked(endpoint, frozenset({"temperature"}))
    assert refusals.failed(asked, failure)
    assert refusals.of(endpoint) == {"temperature"}
    now_s = REMEMBERED_S
    assert refusals.of(endpoint) == frozenset()
    assert refusals.of(Endpoint("http://x/v1", None, "other")) == frozenset()


async def test_what_the_catalogue_does_not_list_is_not_sent() -> None:
    async with serving(refusing(lambda _body: None)) as server:
        client = Client({"x": Provider("x", server.url)})
        await ask_until_it_stays(
            client,
            max_tokens=5,
            temperature=0,
            reasoning_effort="low",
            tools=(TOOL,),
            json_schema=SCHEMA,
            accepts=frozenset({"max_tokens", "response_format"}),
        )
        await client.aclose()
    body = server.seen[0].body
    assert formats([body]) == ["json_object"]
    assert body["max_tokens"] == 5
    assert not {"temperature", "reasoning_effort", "tools"} & set(body)
