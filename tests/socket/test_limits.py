"""What a page may say, how much and how fast; and what a reader who never answers costs."""

import asyncio
import contextlib
import itertools
import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.fakes.provider import ScriptedProvider
from tests.socket.line import Line, line, numbers, seconds_since
from tests.whole.house import House, saying, usual

_MALFORMED: dict[str, Any] = {
    "no JSON": "after 0",
    "empty": "",
    "cut off": '{"after": 1',
    "an array": [1],
    "a number": 7,
    "null": "null",
    "a string": '"after"',
    "nothing in it": {},
    "an unknown word": {"execute": 1},
    "two words": {"after": 1, "x": 2},
    "both words": {"after": 1, "ack": 1},
    "negative": {"after": -1},
    "huge": {"after": 2**31},
    "huger than any integer": '{"after": ' + "9" * 5000 + "}",
    "a fraction": {"after": 1.5},
    "a float": {"after": 1.0},
    "infinite": '{"after": Infinity}',
    "true": {"after": True},
    "a text": {"after": "1"},
    "nested": {"after": {"after": 1}},
    "deep": "[" * 20_000,
    "deep and closed": "[" * 20_000 + "]" * 20_000,
    "65 KiB": '{"after": 1}' + " " * 65 * 1024,
    "bytes": b'{"after": 1}',
    "__proto__": {"__proto__": 1},
    "a lone surrogate": '{"\\ud800": 1}',
}


@pytest.mark.parametrize("message", _MALFORMED.values(), ids=_MALFORMED)
async def test_a_malformed_message_closes_the_socket(
    house: House, finished: str, message: Any
) -> None:
    async with line(house.server, finished, house.person.cookie) as reader:
        await reader.say(message)
        assert await reader.closed() == 4400


async def test_a_malformed_acknowledgement_ends_a_reader_too(house: House, finished: str) -> None:
    async with line(house.server, finished, house.person.cookie, after=0) as reader:
        await reader.next()
        await reader.say({"ack": -5})
        assert await reader.closed() == 4400


async def test_what_is_just_small_enough_is_taken(house: House, finished: str) -> None:
    async with line(house.server, finished, house.person.cookie) as reader:
        await reader.say('{"after": 0}'.ljust(64 * 1024))
        assert (await reader.next())["type"] in ("events", "snapshot")


async def test_a_megabyte_is_cut_off(house: House, finished: str) -> None:
    async with line(house.server, finished, house.person.cookie) as reader:
        with contextlib.suppress(ConnectionClosed):  # it may be cut off in the middle of the word
            await reader.say("x" * 1024 * 1024)
        assert await reader.closed() in (1006, 1009)


async def test_more_than_twenty_messages_in_a_second_close_the_socket(
    house: House, finished: str
) -> None:
    async with line(house.server, finished, house.person.cookie, after=0) as reader:
        await reader.next()
        for number in range(40):
            await reader.connection.send(json.dumps({"ack": number}))
        assert await reader.closed() == 4429


async def test_an_acknowledgement_of_what_was_never_sent_does_no_harm(
    house: House, finished: str
) -> None:
    async with line(house.server, finished, house.person.cookie, after=0) as reader:
        await reader.say({"ack": 2**31 - 1})
        assert (await reader.next())["type"] in ("events", "snapshot")
        while (await reader.next())["type"] != "ping":
            pass


_PARAGRAPHS = "A paragraph of some length that is one block on the page.\n\n" * 5000


async def _hold_still(reader: Line) -> tuple[float, list[float]]:
    """Take whatever comes and never acknowledge: when the last frame came, and every ping."""
    last, pings = time.monotonic(), []
    try:
        while True:
            frame = await reader.next()
            if frame["type"] == "ping":
                pings.append(time.monotonic())
            else:
                last = time.monotonic()
    except ConnectionClosed:
        return last, pings


async def test_a_reader_who_never_acknowledges_is_let_go_and_the_others_read_on(
    house: House,
) -> None:
    house.script(**usual(m1=[saying(_PARAGRAPHS)], m2=[saying(_PARAGRAPHS)]))
    run_id = await asyncio.to_thread(house.ask, seats=("m1", "m2"))
    cookie = house.person.cookie
    async with line(house.server, run_id, cookie, after=0) as deaf:
        silent = asyncio.create_task(_hold_still(deaf))
        async with line(house.server, run_id, cookie, after=0) as other:
            frames = await other.read_to_end()
        last, pings = await silent
        assert deaf.connection.close_code == 4408
    taken = [json.loads(text)["seq"] for text in deaf.raw]
    assert taken == list(range(1, len(taken) + 1))
    assert len(taken) < len(frames)
    assert seconds_since(last) > 20
    assert len(pings) >= 3
    assert max(b - a for a, b in itertools.pairwise(pings)) < 13


async def test_how_much_may_be_on_the_way_unacknowledged_is_set(
    provider: ScriptedProvider,
) -> None:
    with House(provider, LIMIT_SOCKET_FRAMES="16") as house:
        house.script(**usual(m1=[saying("Word after word. " * 200, tokens_per_s=200)]))
        run_id = await asyncio.to_thread(house.ask, seats=("m1", "m2"))
        async with line(house.server, run_id, house.person.cookie, after=0) as reader:
            assert numbers([await reader.next() for _ in range(16)]) == list(range(1, 17))
            with pytest.raises(TimeoutError):
                await reader.next(within_s=1.5)
            await reader.acknowledge(16)
            assert (await reader.news())["seq"] == 17
