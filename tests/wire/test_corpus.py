"""Recorded traffic of real providers, read from its bytes."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from council.core.delta import Delta, Ended
from council.wire.catalogue import models_in
from council.wire.faults import Faults
from council.wire.reading import Reader
from council.wire.unpacking import Unpacker
from tests.wire import corpus

pytestmark = corpus.needs_corpus

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
    return [pytest.param(s, id=s["stem"][:40]) for s in corpus.sides(*kinds)]


def _read(pieces: Iterable[bytes]) -> list[Delta]:
    reader = Reader(Faults("The provider"), max_chars=1_000_000)
    deltas = [delta for piece in pieces for delta in reader.feed(piece)]
    return [*deltas, *reader.end()]


def _unpacked(pieces: Iterable[bytes]) -> Iterable[bytes]:
    unpacker = Unpacker("gzip")
    for piece in pieces:
        unpacker.feed(piece)
        while out := unpacker.take():
            yield out


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("side", _cases("stream", "json"))
def test_a_recorded_answer_reads_as_its_sidecar_says_however_it_is_split(
    side: dict[str, Any], is_packed: bool
) -> None:
    data = corpus.data_of(side)
    for split in corpus.SPLITS:
        pieces = corpus.pieces(side, data, split)
        assert b"".join(pieces) == data
        deltas = _read(_unpacked(corpus.packed(pieces)) if is_packed else pieces)
        assert corpus.differing(corpus.read_from(deltas), side, data) == {}, split


def test_only_recordings_that_are_there_have_listed_differences() -> None:
    there = {corpus.short(side) for side in corpus.sides("stream", "json")}
    assert set(corpus.DIFFERENCES) <= there


@pytest.mark.parametrize("side", _cases("error"))
def test_a_recorded_error_has_its_kind_and_a_plain_sentence(side: dict[str, Any]) -> None:
    data = corpus.data_of(side)
    if side["status"] == 200:
        ended = _read([data])[-1]
        assert isinstance(ended, Ended)
        failure = ended.failure
    else:
        failure = Faults("The provider").from_answer(side["status"], side["headers"], data)
    assert failure is not None
    expected = [kind for kind, ids in _KINDS.items() if side["id"] in ids]
    assert not expected or failure.kind == expected[0], failure
    assert "<html" not in failure.message
    assert failure.message.startswith("The provider ")


def _catalogues() -> Iterator[tuple[str, Any]]:
    for path in sorted((corpus.FOLDER / "models").glob("*.json")):
        if not path.name.endswith(".meta.json"):
            yield path.name, json.loads(path.read_text())


def test_every_recorded_catalogue_lists_its_models() -> None:
    assert [name for name, _ in _catalogues()]
    for name, document in _catalogues():
        assert models_in(document), name


def test_prices_and_context_lengths_are_those_of_the_recorded_catalogues() -> None:
    """Read again by a few lines that know nothing of the program's own reading."""
    compared = 0
    for name, document in _catalogues():
        entries = document.get("data") or document["models"]
        by_id = {(e.get("id") or e["name"]).removeprefix("models/"): e for e in reversed(entries)}
        read = models_in(document)
        assert read is not None
        assert {m.id for m in read} == by_id.keys(), name
        for model in read:
            entry = by_id[model.id]
            assert model.facts.context == _written_context(entry), (name, model.id)
            price = model.facts.price
            rates = (price.rates.prompt, price.rates.completion) if price else (None, None)
            assert rates == pytest.approx(_written_price(entry)), (name, model.id)
            compared += 1
    assert compared > 900


def _written_context(entry: dict[str, Any]) -> int | None:
    for name in ["context_length", "max_model_len", "max_context_length", "inputTokenLimit"]:
        if entry.get(name):
            return int(entry[name])
    if "max_input_tokens" in entry:
        return int(entry["max_input_tokens"])
    return (
        max((h.get("context_length") or 0 for h in entry.get("providers", [])), default=0) or None
    )


def _written_price(entry: dict[str, Any]) -> tuple[float | None, float | None]:
    pricing = entry.get("pricing", {})
    if "completion" in pricing:
        said = float(pricing["prompt"]), float(pricing["completion"])
        return (None, None) if said[0] < 0 else said
    if pricing.get("unit") == "usd_per_1m_tokens":
        return pricing["input"] / 10**6, pricing["output"] / 10**6
    hosts = [host["pricing"] for host in entry.get("providers", []) if "pricing" in host]
    if not hosts:
        return None, None
    return max(h["input"] for h in hosts) / 10**6, max(h["output"] for h in hosts) / 10**6


def test_the_price_of_a_recorded_long_prompt_is_that_of_its_tier() -> None:
    compared = 0
    for _, document in _catalogues():
        for entry, model in zip(document.get("data", []), models_in(document) or (), strict=False):
            for tier in entry.get("pricing", {}).get("overrides", []):
                if "min_prompt_tokens" in tier and model.id == entry["id"]:
                    assert model.facts.price is not None
                    rates = model.facts.price.rates_for(tier["min_prompt_tokens"])
                    assert rates.prompt == float(tier["prompt"])
                    assert rates.completion == float(tier["completion"])
                    compared += 1
    assert compared > 60
