"""A program that asks over plain HTTP and reads what comes as it comes."""

import json
import re
from typing import Any

import httpx

from tests.whole.house import House

QUESTION = [{"role": "user", "content": "Steel or aluminium?"}]


class Client(httpx.Client):
    """Asks with a key; `events` are the lines of a stream."""

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        super().__init__(base_url=f"{url}/v1", headers=headers, trust_env=False, timeout=40)

    def ask(self, model: str = "council/metals", **fields: Any) -> httpx.Response:
        """One question, answered whole."""
        headers = fields.pop("headers", None)
        body = {"model": model, "messages": QUESTION, **fields}
        return self.post("/chat/completions", json=body, headers=headers)

    def events(self, model: str = "council/metals", **fields: Any) -> list[str]:
        """Every line of a streamed answer that holds something."""
        body = {"model": model, "messages": QUESTION, "stream": True, **fields}
        with self.stream("POST", "/chat/completions", json=body) as answer:
            assert answer.status_code == 200, answer.read()
            return [line for line in answer.iter_lines() if line]


def chunks(lines: list[str]) -> list[dict[str, Any]]:
    """The JSON of the data lines, without the last, which says that it is over."""
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    return [json.loads(one) for one in data[:-1]]


def text_of(found: list[dict[str, Any]]) -> str:
    """The answer that the chunks spell."""
    return "".join(c["delta"].get("content") or "" for f in found for c in f.get("choices", []))


def a_key(house: House, name: str, **fields: str) -> str:
    """A key made on the settings page, for ``council`` with ``cap`` and ``per_minute``."""
    made = house.person.post("/settings/api/make", name=name, **fields)
    return str(re.findall(r"fc-[\w-]{43}", made.text)[0])
