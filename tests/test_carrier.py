"""The word goes from process to process over a real Redis, and its absence delays nobody."""

import asyncio
import os
import time
import uuid

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer

from council.bell import Bell, Carrier
from council.core import events as ev
from council.journal import Tick
from tests.fakes.server import free_port

REDIS = os.environ.get("TEST_REDIS_URL", "")
needs_redis = pytest.mark.skipif(not REDIS, reason="Redis: TEST_REDIS_URL names none")


def news() -> Tick:
    return Tick(uuid.uuid4(), 1, (ev.TextAdded(seat="A", text="x"),))


@needs_redis
async def test_a_ring_in_one_process_is_heard_in_another() -> None:
    heard: set[uuid.UUID] = set()
    teller = Carrier(RedisPubSubChannelLayer(hosts=[REDIS]), lambda _: None)
    listener = Carrier(RedisPubSubChannelLayer(hosts=[REDIS]), heard.update)
    bell, tick = Bell(), news()
    bell.carrier = teller
    try:
        async with asyncio.timeout(10):
            while tick.run_id not in heard:  # the listener may not have subscribed yet
                bell.ring([tick])
                await asyncio.sleep(0.05)
    finally:
        await teller.close()
        await listener.close()


@needs_redis
async def test_a_call_for_work_in_one_process_wakes_the_worker_of_another() -> None:
    woken = asyncio.Event()
    teller = Carrier(RedisPubSubChannelLayer(hosts=[REDIS]), lambda _: None)
    listener = Carrier(RedisPubSubChannelLayer(hosts=[REDIS]), lambda _: None, woken.set)
    bell = Bell()
    bell.carrier = teller
    try:
        async with asyncio.timeout(10):
            while not woken.is_set():  # the listener may not have subscribed yet
                await asyncio.to_thread(bell.call_worker)
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)  # the calls that are still on their way
        woken.clear()
        bell.ring([news()])
        await asyncio.sleep(0.3)
        assert not woken.is_set(), "news of a run are no work"
    finally:
        await teller.close()
        await listener.close()


async def test_a_ring_returns_at_once_when_redis_is_not_there() -> None:
    layer = RedisPubSubChannelLayer(hosts=[f"redis://127.0.0.1:{free_port()}/0"])
    bell = Bell()
    taken: list[Tick] = []
    carrier = bell.carrier = Carrier(layer, lambda _: None)
    tick = news()
    stop = bell.listen(tick.run_id, taken.extend)
    try:
        before = time.monotonic()
        for _ in range(100):
            bell.ring([tick])
            await asyncio.sleep(0)
        assert time.monotonic() - before < 5
        assert len(taken) == 100, "who listens in this process hears every tick"
    finally:
        stop()
        await carrier.close()
