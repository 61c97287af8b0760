# ruff: noqa: E501
"""What changed between two versions of a council, in words."""

from typing import Any

import pytest

from council.changes import changes
from council.core.plan import Council

BASE: dict[str, Any] = {
    "name": "Metals",
    "seats": [
        {"model": "lab/ada", "role": "Welder", "instructions": "Weld."},
        {"model": "lab/boole", "role": "Sceptic"},
        {"model": "lab/curie"},
    ],
    "judge": {"model": "lab/judge"},
}
ADA, BOOLE, CURIE = BASE["seats"]


def _words(**new: Any) -> list[str]:
    return changes(Council.model_validate(BASE), Council.model_validate(BASE | new))


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ({}, []),
        ({"name": "Alloys"}, ["Renamed from “Metals” to “Alloys”."]),
        ({"description": "For frames."}, ["Description added."]),
        ({"seats": [ADA, BOOLE]}, ["Seat C removed: curie."]),
        ({"seats": [BOOLE, CURIE]}, ["Seat A removed: ada as Welder."]),
        ({"seats": [ADA, BOOLE, CURIE, ADA]}, ["Seat D added: ada as Welder."]),
        (
            {"seats": [CURIE, ADA, BOOLE]},
            ["Seats in another order: C is now A, A is now B and B is now C."],
        ),
        ({"seats": [ADA, BOOLE | {"model": "lab/dirac"}, CURIE]}, ["Seat B: dirac, was boole."]),
        (
            {"seats": [ADA, BOOLE, CURIE | {"model": "other/curie"}]},
            ["Seat C: other/curie, was lab/curie."],
        ),
        (
            {"seats": [ADA | {"instructions": ""}, BOOLE | {"role": "Critic"}, CURIE]},
            ["Seat A: instructions removed.", "Seat B: role “Critic”, was “Sceptic”."],
        ),
        (
            {"seats": [ADA, BOOLE, CURIE | {"temperature": 0.2, "max_tokens": 2000}]},
            ["Seat C: temperature 0.2, was the model’s own; longest answer 2,000 tokens, was without a limit."],
        ),
        (
            {"seats": [ADA, BOOLE, CURIE | {"reasoning_effort": "high", "tools": False}]},
            ["Seat C: effort high, was the model’s own; without tools."],
        ),
        (
            {"judge": {"model": "lab/ada", "instructions": "Be strict."}},
            ["Judge: ada, was judge.", "Instructions of the judge added."],
        ),
        ({"writer": {"model": "lab/ada"}}, ["Writer: ada, was judge."]),
        ({"tools": ["web_search"]}, ["Web search on."]),
        ({"server_tools": ["openrouter:web_search"]}, ["Tools of OpenRouter: web_search."]),
        ({"routing": {"sort": "price"}}, ["Routing of OpenRouter changed."]),
        ({"max_tool_steps": 2}, ["Tool steps: 2, was 4."]),
        ({"history": "own"}, ["Follow-ups show each member its own earlier answers."]),
        (
            {"limits": {"cost_usd": 0.5, "run_s": 60}},
            ["Most one run may cost: $0.500, was no cap.", "Longest run: 1 min 00 s, was 20 min 00 s."],
        ),
    ],
)  # fmt: skip
def test_a_change_is_said_in_words(new: dict[str, Any], words: list[str]) -> None:
    assert _words(**new) == words


def test_every_key_of_a_council_is_compared() -> None:
    """A key that `changes` does not know would make a version in which nothing changed."""
    told = {
        "version": None, "kind": None, "name": "x", "description": "x", "seats": [ADA],
        "judge": {"model": "lab/x"}, "writer": {"instructions": "x"}, "tools": ["web_fetch"],
        "server_tools": ["openrouter:x"], "routing": {}, "max_tool_steps": 1, "history": "own",
        "limits": {"run_s": 1},
    }  # fmt: skip
    assert told.keys() == Council.model_fields.keys()
    for key, value in told.items():
        assert value is None or value == {} or _words(**{key: value}), key
