"""Recorded traffic of real providers, where a folder of it is at hand (WIRE_CORPUS).

Each recording has a sidecar that says what a correct reader gets from it.
"""

import json
import os
import random
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from council.core.delta import Delta, Ended, Reasoning, Text

FOLDER = Path(os.environ.get("WIRE_CORPUS", ""))
_STREAMS = FOLDER / "streams"
_SIDES = sorted(_STREAMS.glob("*.json")) if "WIRE_CORPUS" in os.environ else []
_BYTEWISE_MAX = 60_000

needs_corpus = pytest.mark.skipif(
    not _SIDES, reason="WIRE_CORPUS names no folder of recorded traffic"
)

SPLITS = ("recorded", "byte", "utf8", *(f"random:{seed}" for seed in range(1, 21)))

_OUTCOMES = {
    "complete": "done",
    "complete_without_finish_reason": "done",
    "length": "truncated",
    "error": "failed",
    "refusal": "refused",
    "content_filter": "filtered",
    "cut_off": "truncated",
    "empty_answer": "empty",
}


def sides(*kinds: str) -> list[dict[str, Any]]:
    """The sidecars of these kinds: stream, json, error."""
    found = [json.loads(path.read_text()) for path in _SIDES]
    return [side for side in found if side["kind"] in kinds]


def short(side: dict[str, Any]) -> str:
    """The number of a recording, by which its differences are listed."""
    return str(side["stem"].split("-", 1)[0])


def data_of(side: dict[str, Any]) -> bytes:
    """The bytes of a recording."""
    paths = _STREAMS.glob(f"{side['stem']}.*")
    return next(path for path in paths if path.suffix != ".json").read_bytes()


def pieces(side: dict[str, Any], data: bytes, split: str) -> list[bytes]:
    """``data`` cut as ``split`` says. A very long recording is cut to 16 bytes, not to one."""
    if split == "recorded":
        return _cut(data, side.get("recorded_chunks") or [len(data)])
    if split == "byte":
        step = 1 if len(data) < _BYTEWISE_MAX else 16
        return [data[i : i + step] for i in range(0, len(data), step)]
    if split == "utf8":
        inside = {i for i in range(1, len(data)) if data[i] & 0xC0 == 0x80}
        inside |= {m.start() for m in re.finditer(rb"(?<=[\r\n])[\r\n]|(?<=\\u..)", data)}
        inside |= {m.start() + 3 for m in re.finditer(rb"data:|\[DONE\]", data)}
        return [data[a:b] for a, b in pairwise([0, *sorted(inside), len(data)])]
    draw = random.Random(split)
    return _cut(data, iter(lambda: draw.randint(1, 64), 0))


def _cut(data: bytes, sizes: Iterable[int]) -> list[bytes]:
    cuts, at = [0], 0
    for size in sizes:
        at += size
        cuts.append(min(at, len(data)))
        if at >= len(data):
            break
    return [data[a:b] for a, b in pairwise([*cuts, len(data)]) if a < b]


def packed(parts: list[bytes]) -> Iterator[bytes]:
    """The same pieces, each of them compressed as a piece of its own."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for part in parts:
        yield packer.compress(part) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


def read_from(deltas: list[Delta]) -> dict[str, Any]:
    """All that a reader got, in the words of `expected`."""
    *said, ended = deltas
    assert isinstance(ended, Ended)
    return {
        "text": "".join(d.text for d in said if isinstance(d, Text)),
        "reasoning": "".join(d.text for d in said if isinstance(d, Reasoning)),
        "refusal": ended.refusal,
        "tool_calls": [(c.id, c.name, c.arguments) for c in ended.tool_calls],
        "sources": [source.url for source in ended.sources],
        "usage": ended.usage.model_dump(),
        "cost": ended.cost_usd,
        "finish": ended.finish_reason,
        "outcome": ended.outcome,
        "model": ended.model_served,
        "upstream": ended.upstream,
    }


def expected(side: dict[str, Any], data: bytes) -> dict[str, Any]:
    """What the sidecar asks for, in our words."""
    usage = side["expected_usage"] or {}
    outcome = _OUTCOMES[side["expected_outcome"]]
    if outcome == "truncated" and not side["expected_text"]:
        # Nothing to keep: all tokens went into reasoning, or the cut came before the first word.
        outcome = "empty" if side["expected_outcome"] == "length" else "failed"
    calls = side.get("expected_tool_calls") or []
    return {
        "text": side["expected_text"] or "",
        "reasoning": side["expected_reasoning"] or "",
        "refusal": side.get("expected_refusal"),
        "tool_calls": [(c["id"] or "", c["name"], c["arguments"]) for c in calls],
        "sources": _sources(side),
        "usage": {
            n: usage.get(n) for n in ("prompt", "completion", "reasoning", "cached", "total")
        },
        "cost": usage.get("cost"),
        "finish": side["expected_finish_reason"] or None,
        "outcome": outcome,
        "model": _model(side, data),
        "upstream": _last(rb'"(?:finalProvider|provider)":\s*"([^"]+)"', data),
    }


def _sources(side: dict[str, Any]) -> list[str]:
    notes = [note["url_citation"]["url"] for note in side.get("expected_annotations") or []]
    return list(dict.fromkeys([*notes, *(side.get("expected_citations") or [])]))


def _model(side: dict[str, Any], data: bytes) -> str | None:
    if side["kind"] == "json":
        named: str | None = json.loads(data).get("model")
        return named
    return _last(rb'"model":\s*"([^"]+)"', data)


def _last(pattern: bytes, data: bytes) -> str | None:
    found = re.findall(pattern, data)
    return found[-1].decode() if found else None


Call = tuple[str, str, str]


def _taken_apart(ours: list[Call], said: list[Call]) -> bool:
    """Several whole calls where the sidecar has one, with all their arguments in a row."""
    whole = [isinstance(json.loads(arguments), dict) for _, _, arguments in ours]
    ((_, name, in_a_row),) = said
    together = "".join(arguments for _, _, arguments in ours)
    return len(whole) > 1 and together == in_a_row and {n for _, n, _ in ours} == {name}


def _of_one_choice(ours: list[Call], said: list[Call]) -> bool:
    """One call that is JSON where the sidecar has the letters of two choices mixed."""
    return [c[:2] for c in ours] == [c[:2] for c in said] and bool(json.loads(ours[0][2]))


DIFFERENCES: dict[str, dict[str, Callable[[Any, Any], bool]]] = {
    # Gemini numbers parallel calls 0 all of them, each with an id of its own and whole arguments.
    # Run together they are no JSON; they are calls of their own.
    "007": {"tool_calls": _taken_apart},
    "320": {"tool_calls": _taken_apart},  # the same stream behind LiteLLM
    "d023": {"tool_calls": _taken_apart},  # the same from Cerebras
    # Two choices were asked for; we read choice 0.
    "049": {"tool_calls": _of_one_choice},
    # A single newline is nothing a council could compare: not an answer.
    "169": {"outcome": lambda ours, said: (ours, said) == ("empty", "done")},
    # Snowflake puts an empty ``function_call`` into every answer: nobody is called.
    "201": {"tool_calls": lambda ours, said: (ours, said) == ([], [("", "", "")])},
}
"""Where we read a recording otherwise than its sidecar says: its number, the field, and what must
hold between ours and theirs. Whatever differs is listed."""


def differing(read: dict[str, Any], side: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Every field that is neither as the sidecar says nor listed, as ours and theirs."""
    said = expected(side, data)
    listed = DIFFERENCES.get(short(side), {})
    return {
        name: (ours, said[name])
        for name, ours in read.items()
        if not (listed[name](ours, said[name]) if name in listed else ours == said[name])
    }
