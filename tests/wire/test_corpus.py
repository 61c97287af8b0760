"""Recorded traffic of real providers, where a folder of it is at hand (WIRE_CORPUS)."""

import json
import os
import random
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from council.core.delta import Delta, Ended, Reasoning, Text
from council.wire.catalogue import models_in
from council.wire.faults import Faults
from council.wire.reading import Reader

_FOLDER = Path(os.environ.get("WIRE_CORPUS", "")) / "streams"
_SIDES = sorted(_FOLDER.glob("*.json")) if "WIRE_CORPUS" in os.environ else []
_BYTEWISE_MAX = 60_000

pytestmark = pytest.mark.skipif(
    not _SIDES, reason="WIRE_CORPUS names no folder of recorded traffic"
)

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
_OTHERWISE: dict[str, dict[str, Any]] = {
    # A single newline is nothing a council could compare: not an answer.
    "169": {"outcome": "empty"},
}
_KINDS = {
    "no_such_model": ("246", "274", "275", "282"),
    "bad_request": ("248", "262", "269", "281", "298", "301"),
    "bad_key": ("252", "255", "260", "270", "287"),
    "context_too_long": ("259", "268", "289", "295"),
    "policy": ("272", "284"),
    "rate_limited": ("290", "302", "318"),
    "provider_error": ("283", "292", "293", "294", "300", "303", "304", "306", "313", "314"),
    "no_credit": ("317", "328"),
}


def _cases(*kinds: str) -> list[Any]:
    sides = [json.loads(path.read_text()) for path in _SIDES]
    return [pytest.param(s, id=s["stem"][:40]) for s in sides if s["kind"] in kinds]


def _bytes(side: dict[str, Any]) -> bytes:
    return next(p for p in _FOLDER.glob(f"{side['stem']}.*") if p.suffix != ".json").read_bytes()


def _read(pieces: Iterator[bytes] | list[bytes]) -> tuple[str, str, Ended]:
    reader = Reader(Faults("The provider"), max_chars=1_000_000)
    deltas: list[Delta] = [delta for piece in pieces for delta in reader.feed(piece)]
    *deltas, ended = [*deltas, *reader.end()]
    assert isinstance(ended, Ended)
    text = "".join(d.text for d in deltas if isinstance(d, Text))
    return text, "".join(d.text for d in deltas if isinstance(d, Reasoning)), ended


def _split(data: bytes, sizes: Iterator[int] | list[int]) -> list[bytes]:
    cuts, at = [0], 0
    for size in sizes:
        at += size
        cuts.append(min(at, len(data)))
        if at >= len(data):
            break
    return [data[a:b] for a, b in pairwise([*cuts, len(data)])]


def _splits(side: dict[str, Any], data: bytes) -> dict[str, list[bytes]]:
    draw = random.Random(7)
    inside = [i for i in range(1, len(data)) if data[i] & 0xC0 == 0x80 or data[i - 1] in b"\r\n"]
    found = {
        "recorded": _split(data, side.get("recorded_chunks") or [len(data)]),
        "random": _split(data, iter(lambda: draw.randint(1, 64), 0)),
        "utf8": [data[a:b] for a, b in pairwise([0, *inside, len(data)])],
    }
    if len(data) < _BYTEWISE_MAX:
        found["byte"] = [data[i : i + 1] for i in range(len(data))]
    return found


def _expected(side: dict[str, Any]) -> dict[str, Any]:
    usage = side["expected_usage"] or {}
    said = bool(side["expected_text"])
    outcome = _OUTCOMES[side["expected_outcome"]]
    if outcome == "truncated" and not said:
        # Nothing to keep: all tokens went into reasoning, or the cut came before the first word.
        outcome = "empty" if side["expected_outcome"] == "length" else "failed"
    return {
        "text": side["expected_text"] or "",
        "reasoning": side["expected_reasoning"] or "",
        "refusal": side.get("expected_refusal"),
        "finish": side["expected_finish_reason"] or None,
        "usage": {n: usage.get(n) for n in ("prompt", "completion", "total")},
        "cost": usage.get("cost"),
        "outcome": outcome,
    } | _OTHERWISE.get(side["id"], {})


@pytest.mark.parametrize("side", _cases("stream", "json"))
def test_a_recorded_answer_reads_as_its_sidecar_says_however_it_is_split(
    side: dict[str, Any],
) -> None:
    for pieces in _splits(side, _bytes(side)).values():
        text, reasoning, ended = _read(pieces)
        usage = ended.usage.model_dump(include={"prompt", "completion", "total"})
        assert {
            "text": text,
            "reasoning": reasoning,
            "refusal": ended.refusal,
            "finish": ended.finish_reason,
            "usage": usage,
            "cost": ended.cost_usd,
            "outcome": ended.outcome,
        } == _expected(side)


@pytest.mark.parametrize("side", _cases("error"))
def test_a_recorded_error_has_its_kind_and_a_plain_sentence(side: dict[str, Any]) -> None:
    data = _bytes(side)
    if side["status"] == 200:
        failure = _read([data])[2].failure
    else:
        failure = Faults("The provider").from_answer(side["status"], side["headers"], data)
    assert failure is not None
    expected = [kind for kind, ids in _KINDS.items() if side["id"] in ids]
    assert not expected or failure.kind == expected[0], failure
    assert "<html" not in failure.message
    assert failure.message.startswith("The provider ")


def test_every_recorded_catalogue_lists_its_models() -> None:
    paths = sorted((_FOLDER.parent / "models").glob("*.json"))
    for path in paths:
        if not path.name.endswith(".meta.json"):
            assert models_in(json.loads(path.read_text())), path.name
    assert paths
