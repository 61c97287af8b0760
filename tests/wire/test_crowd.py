import asyncio
import contextlib

from council.core.delta import Delta, Text
from council.wire.client import Client, Provider
from council.wire.crowd import DENSE
from tests.wire.scripted import DONE, FINISH, Exchange, ended, request, serving, text

WORDS = 30


async def _speaks_steadily(exchange: Exchange) -> None:
    await exchange.head()
    for i in range(WORDS):
        await exchange.say(f"w{i} ")
        await asyncio.sleep(0.005)
    await exchange.send(FINISH)
    await exchange.send(DONE)
    await exchange.done()


async def _hear_all(client: Client) -> list[Delta]:
    return [delta async for delta in client.ask(request())]


async def _hear(url: str, calls: int) -> list[list[Delta]]:
    client = Client({"x": Provider("x", url, None)})
    async with contextlib.aclosing(client):
        return await asyncio.gather(*(_hear_all(client) for _ in range(calls)))


async def test_in_a_crowd_answers_arrive_in_gulps_and_whole() -> None:
    async with serving(_speaks_steadily) as server:
        answers = await _hear(server.url, DENSE + 4)
    whole = "".join(f"w{i} " for i in range(WORDS))
    assert {text(deltas) for deltas in answers} == {whole}
    assert {ended(deltas).outcome for deltas in answers} == {"done"}
    assert max(sum(isinstance(d, Text) for d in deltas) for deltas in answers) <= WORDS / 2


async def test_few_answers_are_read_word_by_word() -> None:
    async with serving(_speaks_steadily) as server:
        (deltas,) = await _hear(server.url, 1)
    assert sum(isinstance(d, Text) for d in deltas) > WORDS / 3


async def test_a_call_in_a_crowd_can_be_stopped_between_two_gulps() -> None:
    async with serving(_speaks_steadily) as server:
        client = Client({"x": Provider("x", server.url, None)})
        async with contextlib.aclosing(client):
            others = [asyncio.create_task(_hear_all(client)) for _ in range(DENSE)]
            stopped = asyncio.create_task(_hear_all(client))
            await asyncio.sleep(0.1)
            stopped.cancel()
            answers = await asyncio.gather(*others)
            assert stopped.cancelled()
    assert {ended(deltas).outcome for deltas in answers} == {"done"}
