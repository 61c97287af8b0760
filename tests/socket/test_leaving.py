"""The server says goodbye before it leaves, so that every page comes back by itself."""

import asyncio
import os
import signal

from tests.fakes.provider import ScriptedProvider
from tests.socket.line import line, numbers
from tests.whole.house import House, saying, usual


async def test_a_server_that_is_asked_to_leave_says_so_to_every_socket(
    provider: ScriptedProvider,
) -> None:
    with House(provider) as house:
        house.script(**usual(m1=[saying("Slow words. " * 200, tokens_per_s=40)]))
        run_id = await asyncio.to_thread(house.ask)
        async with (
            line(house.server, run_id, house.person.cookie, after=0) as one,
            line(house.server, run_id, house.person.cookie) as two,
        ):
            await one.read(5)
            os.kill(house.server.pid, signal.SIGTERM)
            assert await one.closed() == await two.closed() == 1012


async def test_a_reader_goes_on_with_the_last_number_after_a_restart(
    provider: ScriptedProvider,
) -> None:
    with House(provider) as house:
        slow = saying("Slow words. " * 60, tokens_per_s=40)
        house.script(**usual(m1=[slow, saying("unheard")]))
        run_id = await asyncio.to_thread(house.ask)
        async with line(house.server, run_id, house.person.cookie, after=0) as reader:
            before = await reader.read(6)
        await asyncio.to_thread(house.server.kill)
        await asyncio.to_thread(house.server.start)
        last = before[-1]["seq"]
        async with line(house.server, run_id, house.person.cookie, after=last) as reader:
            after = await reader.read_to_end()
        got = numbers(before + after)
        assert got == list(range(1, len(got) + 1))
