"""What a reader is promised: every number once and in order, whatever the cursor."""

import asyncio
import json
from typing import Any

import pytest

from tests.golden.protocol import check
from tests.people import manage
from tests.socket.line import is_end, line, numbers
from tests.whole.house import JUDGED, SYNTHESIS, House, saying, usual

_LONG = "".join(f"Word number {n} of a longer answer.\n\n" for n in range(60))


def _slowly(text: str = _LONG, tps: int = 120) -> dict[str, Any]:
    return saying(text, tokens_per_s=tps)


@pytest.fixture
def run_id(house: House) -> str:
    """A run in which two members write for a few seconds."""
    house.script(**usual(m1=[_slowly()], m2=[_slowly(tps=90)]))
    return house.ask(seats=("m1", "m2"))


@pytest.fixture
def ended(house: House) -> tuple[str, int]:
    """A run that ended just now, and its last number; nothing is compacted yet."""
    house.script(**usual())
    run_id = house.ask()
    house.end_of(run_id)
    return run_id, house.entries(run_id)[-1][0]


async def test_from_zero_every_number_comes_once_and_then_live(house: House, run_id: str) -> None:
    async with line(house.server, run_id, house.person.cookie, after=0) as reader:
        frames = await reader.read_to_end()
    assert numbers(frames) == list(range(1, len(frames) + 1))
    stored = await asyncio.to_thread(house.entries, run_id)
    assert [frame["events"] for frame in frames] == [events for _, events in stored]


async def test_two_readers_get_the_same_bytes_wherever_they_came_in(
    house: House, run_id: str
) -> None:
    cookie = house.person.cookie
    async with line(house.server, run_id, cookie, after=0) as one:
        await one.read(8)
        async with line(house.server, run_id, cookie, after=5) as two:
            await asyncio.gather(one.read_to_end(), two.read_to_end())
    caught_up = {json.loads(text)["seq"]: text for text in two.raw}
    live = {json.loads(text)["seq"]: text for text in one.raw}
    same = [seq for seq in caught_up if caught_up[seq] == live[seq]]
    assert list(caught_up) == list(range(6, max(live) + 1))
    assert len(same) > len(caught_up) / 2


async def test_from_any_number_the_next_one_comes_first(
    house: House, ended: tuple[str, int]
) -> None:
    run_id, last = ended
    for after in (0, 1, last // 2, last - 1):
        async with line(house.server, run_id, house.person.cookie, after=after) as reader:
            assert numbers(await reader.read(last)) == list(range(after + 1, last + 1))


async def test_a_reader_who_has_everything_hears_only_pings(
    house: House, ended: tuple[str, int]
) -> None:
    run_id, last = ended
    async with line(house.server, run_id, house.person.cookie, after=last) as reader:
        assert await reader.next() == {"v": 1, "type": "ping", "seq": last}


async def test_a_cursor_beyond_the_end_gets_one_snapshot(
    house: House, ended: tuple[str, int]
) -> None:
    run_id, last = ended
    async with line(house.server, run_id, house.person.cookie, after=last + 7) as reader:
        snapshot = await reader.next()
        assert (snapshot["type"], snapshot["seq"], snapshot["run"]) == ("snapshot", last, "done")
        assert (await reader.next())["type"] == "ping"


async def test_after_the_compaction_an_old_cursor_gets_one_snapshot(
    house: House, ended: tuple[str, int]
) -> None:
    run_id, last = ended
    program = f"from council import journal; journal.compact('{run_id}'); print('compacted')"
    assert await asyncio.to_thread(manage, house.server, program) == "compacted"
    async with line(house.server, run_id, house.person.cookie, after=3) as reader:
        snapshot = await reader.next()
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", last)
        assert snapshot["seats"]["writer"]["text"] == SYNTHESIS
        assert (await reader.next())["type"] == "ping"
    async with line(house.server, run_id, house.person.cookie, after=last) as reader:
        assert (await reader.next())["type"] == "ping"


async def test_a_run_taken_up_after_its_compaction_is_read_on_by_number(
    house: House, ended: tuple[str, int]
) -> None:
    run_id, last = ended
    program = f"from council import journal; journal.compact('{run_id}'); print('compacted')"
    await asyncio.to_thread(manage, house.server, program)
    house.provider.script({"judge": [saying(JUDGED)]})
    async with line(house.server, run_id, house.person.cookie, after=last) as reader:
        await asyncio.to_thread(house.order, run_id, "judge")
        frames = await reader.read_to_end()
    assert numbers(frames) == list(range(last + 1, frames[-1]["seq"] + 1))
    async with line(house.server, run_id, house.person.cookie, after=last + 1) as late:
        again = await late.read(frames[-1]["seq"])
    assert [frame["events"] for frame in again] == [frame["events"] for frame in frames[1:]]


async def test_a_cursor_said_again_moves_the_reader(house: House, ended: tuple[str, int]) -> None:
    run_id, last = ended
    async with line(house.server, run_id, house.person.cookie, after=last - 2) as reader:
        await reader.read(last)
        await reader.say({"after": 0})
        assert numbers(await reader.read(last)) == list(range(1, last + 1))


async def test_what_comes_is_the_document_and_in_the_schema(house: House, run_id: str) -> None:
    async with line(house.server, run_id, house.person.cookie, after=0) as reader:
        frames = await reader.read_to_end()
    assert is_end(frames[-1])
    texts: dict[str, str] = {}
    for frame in frames:
        check(frame)
        for event in frame["events"]:
            if event["type"] == "text":
                texts[event["seat"]] = texts.get(event["seat"], "") + event["text"]
    document = await asyncio.to_thread(house.person.document, run_id)
    assert {a["seat"]: a["text"] for a in document["answers"]} == {
        seat: texts[seat] for seat in ("A", "B")
    }
    assert document["synthesis"]["text"] == texts["writer"]
