"""Whatever is sent: the answer is one that the served description knows, and nobody is asked."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.client import QUESTION, Client
from tests.whole.house import House

_TEXTS = st.text(max_size=12)
_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)


def near(known: dict[str, Any], schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What nearly fits this schema: its shape followed, and anything at all now and then."""
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return st.one_of(*(near(known, one) for one in schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]]) | _ANYTHING
    if schema.get("type") == "array":
        return st.lists(near(known, schema.get("items", {})), max_size=3) | _ANYTHING
    if "properties" in schema:
        fields = {name: near(known, one) for name, one in schema["properties"].items()}
        must = {name: fields.pop(name) for name in schema.get("required", ())}
        return st.fixed_dictionaries(must, optional=fields)
    return _ANYTHING


def test_no_request_is_answered_in_a_way_that_is_not_described(
    house: House, client: Client
) -> None:
    described = client.get("/openapi.json").json()
    known = described["components"]["schemas"]
    fields = known["ChatRequest"]["properties"]
    post = described["paths"]["/chat/completions"]["post"]
    statuses = {int(status) for status in post["responses"]}

    @settings(
        max_examples=120,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.sampled_from(sorted(fields)).flatmap(
            lambda n: st.tuples(st.just(n), near(known, fields[n]))
        )
    )
    def ask(sent: tuple[str, Any]) -> None:
        body = json.dumps({"model": "council/none", "messages": QUESTION} | dict([sent])).encode()
        answer = client.post("/chat/completions", content=body)
        assert answer.status_code in statuses - {200, 500}, (body, answer.text)
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}, body

    ask()
    assert house.provider.requests() == []
