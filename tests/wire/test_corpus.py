"""Recorded traffic of real providers, read from its bytes."""

import json
from collections.abc import Iterable
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


def test_every_recorded_catalogue_lists_its_models() -> None:
    paths = sorted((corpus.FOLDER / "models").glob("*.json"))
    for path in paths:
        if not path.name.endswith(".meta.json"):
            assert models_in(json.loads(path.read_text())), path.name
    assert paths
