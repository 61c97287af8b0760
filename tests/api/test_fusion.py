"""Requests as OpenRouter documents them for Fusion, with another base URL and nothing else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.client import Client, a_key
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House

OPUS, HAIKU, GPT = (
    "~anthropic/claude-opus-latest",
    "~anthropic/claude-haiku-latest",
    "~openai/gpt-latest",
)
KIMI, FLASH = "moonshotai/kimi-k2.6", "~google/gemini-flash-latest"
PANEL = [FLASH, KIMI]


@pytest.fixture(scope="module")
def program() -> Iterator[Client]:
    """Whoever asks a house with OpenRouter behind a proxy that is not there: what is asked never
    leaves, and its answer says who would have been asked."""
    nowhere = {"OPENROUTER_API_KEY": "sk-or-nobody", "OUTBOUND_PROXY": "http://127.0.0.1:9"}
    nowhere["LIMIT_RETRIES"] = "0"
    with ScriptedProvider() as unasked, House(unasked, **nowhere) as built:
        token = a_key(built, "Fusion", per_minute="600")
        with Client(built.server.url, token) as found:
            yield found


def plugin(**fields: Any) -> dict[str, Any]:
    return {"model": "openrouter/fusion", "plugins": [{"id": "fusion", **fields}]}


def tool(**fields: Any) -> dict[str, Any]:
    return {"model": GPT, "tools": [{"type": "openrouter:fusion", **fields}]}


FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
TOLD = {
    "analysis_models": PANEL,
    "max_tool_calls": 12,
    "max_completion_tokens": 16384,
    "reasoning": {"effort": "high", "max_tokens": 4000},
    "temperature": 0.7,
}
BODIES: list[tuple[dict[str, Any], list[str] | str, str, str | None]] = [
    ({"model": "openrouter/fusion"}, "quality", "quality", None),
    (plugin(), "quality", "quality", None),
    (plugin(enabled=True, preset="general-high"), "quality", "quality", None),
    (plugin(preset="general-budget"), "budget", "budget", None),
    (plugin(preset="general-fast"), "fast", "fast", None),
    (plugin(analysis_models=PANEL, model=OPUS), PANEL, OPUS, None),
    (plugin(analysis_models=PANEL), PANEL, "quality", None),
    (plugin(preset="general-fast", analysis_models=PANEL), PANEL, "fast", None),
    (plugin(model=HAIKU), "quality", HAIKU, None),
    ({**plugin(analysis_models=PANEL), "model": OPUS}, PANEL, OPUS, OPUS),
    (tool(), "quality", GPT, GPT),
    ({**tool(), "tool_choice": "required"}, "quality", GPT, GPT),
    (tool(parameters={"analysis_models": PANEL, "model": OPUS}), PANEL, OPUS, GPT),
    ({"model": GPT, "tools": [*tool()["tools"], FUNCTION]}, "quality", GPT, GPT),
    (tool(parameters=TOLD), PANEL, GPT, GPT),
]
"""What is sent; whose seats, judge and writer that means: models, or those of a template."""


def test_every_documented_request_is_taken_and_asks_the_council_it_describes(
    program: Client,
) -> None:
    slugs = ("quality", "budget", "fast")
    bodies = [*({"model": f"council/{slug}"} for slug in slugs), *(body for body, *_ in BODIES)]
    with ThreadPoolExecutor(4) as pool:
        answers = [one.json() for one in pool.map(lambda body: program.ask(**body), bodies)]
    councils = [one["council_run"]["council"] for one in answers]
    template = dict(zip(slugs, councils, strict=False))
    assert len({str(one["seats"]) for one in template.values()}) == len(slugs)

    def model(name: str) -> str:
        return str(template[name]["judge"]["model"]) if name in template else f"openrouter/{name}"

    for (body, seats, judge, writer), council in zip(BODIES, councils[len(slugs) :], strict=True):
        if isinstance(seats, str):
            assert council["seats"] == template[seats]["seats"], body
        else:
            assert [seat["model"] for seat in council["seats"]] == [model(s) for s in seats], body
        assert council["judge"]["model"] == model(judge), body
        assert council["writer"]["model"] == (writer and model(writer)), body
        assert council["tools"] == ["web_search", "web_fetch"]
    told = councils[-1]
    assert told["max_tool_steps"] == 12
    assert (told["seats"][0]["temperature"], told["seats"][0]["max_tokens"]) == (0.7, 16384)
    assert told["seats"][0]["reasoning_effort"] == "high"
    assert {one["error"]["code"] for one in answers} == {"all_panels_failed"}


def test_a_slug_of_a_connected_provider_is_its_own_and_any_other_openrouters(
    house: House, client: Client, program: Client
) -> None:
    mixed = plugin(analysis_models=["fake/m1", KIMI, "openrouter/" + FLASH], model=OPUS)
    council = program.ask(**mixed).json()["council_run"]["council"]
    assert [seat["model"] for seat in council["seats"]] == [
        "fake/m1",
        f"openrouter/{KIMI}",
        f"openrouter/{FLASH}",
    ]
    house.script()
    refused = client.ask(**plugin(analysis_models=["fake/m1", KIMI], model="fake/judge"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "model_not_found")
    assert KIMI in refused.json()["error"]["message"]
    assert house.provider.requests() == []


def test_what_is_no_set_up_of_fusions_is_refused_by_name(house: House, client: Client) -> None:
    house.script()
    twice = {**plugin(), "tools": [{"type": "openrouter:fusion"}]}
    for body, param in [
        (plugin(preset="general-none"), "plugins"),
        (plugin(enabled=False), "plugins"),
        (plugin(analysis_models=[]), "plugins[0].analysis_models"),
        (plugin(analysis_models=["fake/m1"] * 9), "plugins[0].analysis_models"),
        (plugin(max_tool_calls=17), "plugins[0].max_tool_calls"),
        (plugin(panel=[]), "plugins[0].panel"),
        (plugin(tools=[{"type": "shell"}], analysis_models=["fake/m1"]), "plugins"),
        (twice, "plugins"),
    ]:
        refused = client.ask(**body)
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)
    assert house.provider.requests() == []
