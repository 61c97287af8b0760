"""What a call costs when its provider counts tokens and names no price: the catalogue says."""

import json

import pytest

from tests.whole.house import House, saying, usual
from tests.whole.test_ask import SEATS

COUNTED = {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010}
PRICED = {"pricing": {"prompt": "0.001", "completion": "0.01"}}


def test_a_call_is_priced_by_the_list_unless_its_provider_names_the_cost(alone: House) -> None:
    names = ("priced", "named", "varies")
    takes = {name: [saying("Steel.", usage=COUNTED)] for name in names}
    takes["named"] = [saying("Steel.", usage={**COUNTED, "cost": 0.5})]
    alone.script(**usual(**takes))
    alone.provider.models(
        {"id": "priced", **PRICED},
        {"id": "named", **PRICED},
        {"id": "varies", "pricing": {"prompt": "-1", "completion": "-1"}},
    )
    seats = [word for name in names for word in ("--seat", f"fake/{name}")]
    asked = alone.server.manage("ask", "Which?", *seats, *SEATS[-4:], "--json")
    assert asked.returncode in (0, 3), asked.stderr
    document = json.loads(asked.stdout)
    found = [(a["cost_usd"], a["cost_source"]) for a in document["answers"]]
    assert found == [(pytest.approx(1.1), "catalogue"), (0.5, "provider"), (None, "unknown")]
    rows = {c["model"]: c["cost_usd"] for c in alone.calls(document["id"])}
    assert rows["fake/priced"] == pytest.approx(1.1)
    assert rows["fake/varies"] is None
    assert not document["cost_complete"]


def test_a_model_that_ollama_passes_on_is_not_free(alone: House) -> None:
    names = ("gemma3:4b", "gpt-oss:120b-cloud", "glm-4.6:cloud")
    alone.script(**usual(**{name: [saying("Steel.", usage=COUNTED)] for name in names}))
    alone.provider.models(*({"id": name, "owned_by": "library"} for name in names))
    seats = [word for name in names for word in ("--seat", f"fake/{name}")]
    asked = alone.server.manage("ask", "Which?", *seats, *SEATS[-4:], "--json")
    assert asked.returncode in (0, 3), asked.stderr
    document = json.loads(asked.stdout)
    found = [(a["cost_usd"], a["cost_source"]) for a in document["answers"]]
    assert found == [(0, "catalogue"), (None, "unknown"), (None, "unknown")]
