"""The recorded traffic over HTTP: what arrives through a connection is what the bytes say.

Each recording is asked for in a few of the ways in which a connection may bring it;
WIRE_CORPUS_ALL=1 asks for each in all of them.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest

from council.core.delta import Delta, Ended
from council.core.failures import Kind
from council.wire.client import Client, Provider
from council.wire.faults import Faults
from council.wire.reading import Reader
from tests.wire import corpus
from tests.wire.scripted import request

pytestmark = corpus.needs_corpus

Side = dict[str, Any]

_FRAMES = ("", "len=1", "gzip=1", "gzip=1;len=1")
_WAYS = [f"split={split};{frame}" for split in corpus.SPLITS for frame in _FRAMES]
_AT_ONCE = 8
_BYTEWISE_MAX = 8_000
_IN_ALL_WAYS = bool(os.environ.get("WIRE_CORPUS_ALL"))


@pytest.fixture(scope="module")
def replay() -> Iterator[str]:
    """The address of a server that plays the recordings."""
    with subprocess.Popen(
        [sys.executable, corpus.FOLDER / "replay.py", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        yield found[0]
        process.terminate()


def _direct(data: bytes) -> list[Delta]:
    reader = Reader(Faults("x"), max_chars=1_000_000)
    return [*reader.feed(data), *reader.end()]


async def _asked(url: str, wishes: list[tuple[Side, str]], **limits: float) -> list[list[Delta]]:
    """What the client hears of each recording, asked for in that way; a few at a time."""
    client = Client({"x": Provider("x", url)})
    free = asyncio.Semaphore(_AT_ONCE)

    async def ask(side: Side, way: str) -> list[Delta]:
        asked = request(model=f"x/{side['stem']};{way}", max_chars=1_000_000, **limits)
        async with free:
            return [delta async for delta in client.ask(asked)]

    try:
        return await asyncio.gather(*(ask(side, way) for side, way in wishes))
    finally:
        await client.aclose()


def _wishes(sides: list[Side]) -> list[tuple[Side, str]]:
    """Each recording in three ways, so that together they are asked for in every way."""
    ways = cycle(_WAYS)
    found = []
    for side in sides:
        fit = [w for w in _WAYS if "byte" not in w or side["bytes"] < _BYTEWISE_MAX]
        some = fit if _IN_ALL_WAYS else [way for way in islice(ways, 3) if way in fit]
        found += [(side, way) for way in some]
    return found


async def test_an_answer_over_http_is_the_answer_its_bytes_say(replay: str) -> None:
    wishes = _wishes(corpus.sides("stream", "json"))
    heard = await _asked(replay, wishes, first_token_s=20, stall_s=20, total_s=60)
    for (side, way), deltas in zip(wishes, heard, strict=True):
        data = corpus.data_of(side)
        assert corpus.read_from(deltas) == corpus.read_from(_direct(data)), (side["stem"], way)
        assert corpus.differing(corpus.read_from(deltas), side, data) == {}, (side["stem"], way)
    per_frame = Counter(way.split(";", 1)[1] for _, way in wishes)
    assert set(per_frame) == set(_FRAMES)
    assert min(per_frame.values()) > 50
    assert {way.split(";")[0] for _, way in wishes} == {f"split={s}" for s in corpus.SPLITS}


async def test_an_error_over_http_is_the_error_its_bytes_say(replay: str) -> None:
    wishes = _wishes([side for side in corpus.sides("error") if side["status"] != 200])
    heard = await _asked(replay, wishes)
    for (side, way), deltas in zip(wishes, heard, strict=True):
        ours = deltas[-1]
        assert isinstance(ours, Ended)
        said = Faults("x").from_answer(side["status"], side["headers"], corpus.data_of(side))
        assert ours.failure == said, (side["stem"], way)
    assert len(wishes) > 50


async def test_without_its_done_a_stream_says_the_same(replay: str) -> None:
    sides = [side for side in corpus.sides("stream") if side["ended_with_done"]]
    heard = await _asked(replay, [(side, "nodone=1") for side in sides])
    endings: Counter[str] = Counter()
    for side, deltas in zip(sides, heard, strict=True):
        data = corpus.data_of(side)
        said = _direct(data[: data.rfind(b"data: [DONE]")])
        assert corpus.read_from(deltas) == corpus.read_from(said), side["stem"]
        endings[corpus.read_from(deltas)["outcome"]] += 1
    assert endings["done"] > 80


async def test_a_stream_left_open_ends_all_the_same(replay: str) -> None:
    sides = [side for side in corpus.sides("stream") if side["ended_with_done"]][::4]
    heard = await _asked(replay, [(side, "split=64;endless=1") for side in sides], stall_s=1.0)
    for side, deltas in zip(sides, heard, strict=True):
        said = corpus.read_from(_direct(corpus.data_of(side)))
        assert corpus.read_from(deltas) == said, side["stem"]
    assert len(sides) > 20


async def test_a_dropped_connection_is_never_done_and_keeps_what_came(replay: str) -> None:
    sides = [side for side in corpus.sides("stream") if len(side["expected_text"] or "") > 100]
    wishes = [(side, f"split=256;pace=1;abort={side['bytes'] // 2}") for side in sides]
    heard = await _asked(replay, wishes)
    for side, deltas in zip(sides, heard, strict=True):
        said = corpus.read_from(deltas)
        assert side["expected_text"].startswith(said["text"]), side["stem"]
        ended = deltas[-1]
        assert isinstance(ended, Ended)
        assert ended.outcome == ("truncated" if said["text"].strip() else "failed"), side["stem"]
        assert ended.failure is not None
        assert ended.failure.kind is Kind.CUT_OFF
    assert len(sides) > 30
    assert sum(bool(corpus.read_from(deltas)["text"]) for deltas in heard) > len(sides) / 2
