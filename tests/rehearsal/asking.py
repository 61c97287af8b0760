"""How these tests ask, and how they read what comes back."""

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

PATH = "/chat/completions"


def question(model: str, content: str = "Hello?", **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": content}]
    return {"model": model, "stream": True, "messages": messages, **more}


@dataclass
class Heard:
    """A stream as it came: its data lines parsed, what else was in it, how it broke."""

    events: list[dict[str, Any]] = field(default_factory=list)
    garbage: list[str] = field(default_factory=list)
    comments: int = 0
    is_done: bool = False
    broke: bool = False

    def said(self, key: str = "content") -> str:
        deltas = [c["delta"] for e in self.events for c in e.get("choices", [])]
        return "".join(delta.get(key) or "" for delta in deltas)

    @property
    def finish(self) -> list[str]:
        found = [c["finish_reason"] for e in self.events for c in e.get("choices", [])]
        return [reason for reason in found if reason]

    @property
    def usage(self) -> dict[str, Any] | None:
        return next((e["usage"] for e in self.events if "usage" in e), None)


def listen(client: httpx.Client, model: str, content: str = "Hello?") -> Heard:
    """Ask for a stream and read it to its end, however it ends."""
    heard = Heard()
    with client.stream("POST", PATH, json=question(model, content)) as response:
        assert response.status_code == 200, response.read()
        try:
            for line in response.iter_lines():
                _take_in(heard, line)
        except httpx.TransportError:
            heard.broke = True
    return heard


def _take_in(heard: Heard, line: str) -> None:
    data = line.removeprefix("data: ")
    if line.startswith(":"):
        heard.comments += 1
    elif data == "[DONE]":
        heard.is_done = True
    elif line.startswith("data: "):
        try:
            heard.events.append(json.loads(data))
        except ValueError:
            heard.garbage.append(data)
