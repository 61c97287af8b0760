"""Chunks as a provider sends them, and an answer read from them at once."""

import json
from typing import Any

from council.core.delta import Delta, Ended, Reasoning, Text
from council.wire.faults import Faults
from council.wire.reading import Reader

STOP = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
COUNTS = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 9}}
DONE = "[DONE]"


def words(**delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


def finish(reason: str) -> dict[str, Any]:
    return {"choices": [{"delta": {}, "finish_reason": reason}]}


def stream(*chunks: Any) -> bytes:
    lines = [c if isinstance(c, str) else json.dumps(c) for c in chunks]
    return "".join(f"data: {line}\n\n" for line in lines).encode()


class Read:
    """A whole answer read ``size`` bytes at a time: its words and its end."""

    def __init__(self, data: bytes, max_chars: int = 10_000, size: int = 1 << 30) -> None:
        reader = Reader(Faults("Acme"), max_chars=max_chars)
        deltas: list[Delta] = []
        for at in range(0, len(data), size):
            deltas += reader.feed(data[at : at + size])
        deltas += reader.end()
        self.text = "".join(d.text for d in deltas if isinstance(d, Text))
        self.reasoning = "".join(d.text for d in deltas if isinstance(d, Reasoning))
        assert isinstance(deltas[-1], Ended)
        self.ended = deltas[-1]
        self.outcome = self.ended.outcome
        self.kind = self.ended.failure.kind if self.ended.failure else None


def read(*chunks: Any) -> Read:
    return Read(stream(*chunks))


def body(value: Any) -> Read:
    """An answer that is no stream, after the blank lines some send while they wait."""
    return Read(b"\n  \n" + json.dumps(value).encode())
