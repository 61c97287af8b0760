import asyncio

from council.core.failures import Kind
from tests.wire.scripted import FINISH, Exchange, ask, ended, request, serving, text


def _now() -> float:
    return asyncio.get_running_loop().time()


async def test_a_stall_is_noticed_when_it_is_due_however_long_a_first_word_might_take() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.say("one")
        await exchange.until_closed()

    async with serving(script) as server:
        began = _now()
        deltas = await ask(server.url, request(first_token_s=5.0, stall_s=0.1, total_s=9.0))
        assert 0.1 <= _now() - began < 4
        await asyncio.wait_for(server.seen[0].closed.wait(), 5)
    assert text(deltas) == "one"
    failure = ended(deltas).failure
    assert failure is not None
    assert failure.kind is Kind.STALLED


async def test_words_that_keep_coming_keep_the_deadline_away() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        for _ in range(12):
            await exchange.say("la ")
            await asyncio.sleep(0.05)
        await exchange.until_closed()

    async with serving(script) as server:
        deltas = await ask(server.url, request(first_token_s=0.3, stall_s=0.3))
    assert text(deltas) == "la " * 12
    assert ended(deltas).outcome == "truncated"


async def test_only_comments_never_put_off_the_first_word() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        while True:
            await exchange.send(b": OPENROUTER PROCESSING\n\n")
            await asyncio.sleep(0.02)

    async with serving(script) as server:
        began = _now()
        deltas = await ask(server.url, request(first_token_s=0.2))
        assert 0.2 <= _now() - began < 4
    failure = ended(deltas).failure
    assert failure is not None
    assert failure.kind is Kind.TIMED_OUT_FIRST_TOKEN


async def test_counts_that_never_come_are_not_waited_for_as_long_as_words() -> None:
    async def script(exchange: Exchange) -> None:
        await exchange.head()
        await exchange.say("all")
        await exchange.send(FINISH)
        await exchange.until_closed()

    async with serving(script) as server:
        deltas = await ask(server.url, request(stall_s=0.1))
    assert text(deltas) == "all"
    assert ended(deltas).outcome == "done"
