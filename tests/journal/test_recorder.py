"""The recorder: commit, then send; words joined, never moved; a lost lease ends the run here."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import pytest
from django.db import InterfaceError, OperationalError
from hypothesis import given, settings
from hypothesis import strategies as st

from council import journal
from council.core import events as ev
from council.core.state import fold
from council.journal import Tick
from council.models import Call, Run
from council.recorder import LeaseLost, Recorder, Recording
from tests.journal import make

database = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
T = TypeVar("T")


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(make.elsewhere, work)


def _started(seat: str = "A", attempt: int = 1) -> ev.CallStarted:
    call = str(uuid.uuid4())
    return ev.CallStarted(seat=seat, call=call, attempt=attempt, model="lab/a", at_ms=1)


_heard = st.one_of(
    st.builds(ev.TextAdded, seat=st.sampled_from("AB"), text=st.text("xyz", min_size=1)),
    st.builds(ev.ReasoningAdded, seat=st.sampled_from("AB"), text=st.text("xyz", min_size=1)),
    st.builds(ev.CallConnected, seat=st.sampled_from("AB"), at_ms=st.just(1)),
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(_heard, min_size=1, max_size=20))
def test_a_tick_joins_words_and_folds_to_the_same_run(events: list[ev.Event]) -> None:
    async def record() -> Tick:
        recording = Recording(uuid.uuid4(), 0, lambda urgent: None)
        for event in events:
            await recording.emit(event)
        return recording.take()[0]

    joined = list(asyncio.run(record()).events)
    assert fold(joined) == fold(events)
    said = [(e.type, e.seat) for e in joined if isinstance(e, ev.TextAdded | ev.ReasoningAdded)]
    turns = 1 + sum(isinstance(e, ev.CallConnected) for e in joined)
    assert all(said.count(who) <= turns for who in said)


class TestWithTheDatabase:
    pytestmark = database

    async def test_a_call_is_in_its_table_before_the_request_may_leave(self) -> None:
        run = await _in_thread(lambda: make.run("us"))
        recorder = _recorder()
        recording = recorder.open(run.id, 1)
        event = _started()
        await recording.emit(event)
        assert await _in_thread(lambda: Call.objects.get(id=event.call).state) == "open"
        assert await _in_thread(lambda: make.numbers(run.id)) == [1, 2]
        await recorder.close()

    @pytest.mark.parametrize("fault", [ValueError, InterfaceError, OperationalError])
    async def test_a_look_at_the_keys_that_fails_leaves_the_tick_written_once(
        self, fault: type[Exception]
    ) -> None:
        def look(calls: Sequence[str]) -> None:
            raise fault("no keys now")

        run = await _in_thread(lambda: make.run("us"))
        recorder = _recorder()
        recording = recorder.open(run.id, 1, look=look)
        async with asyncio.timeout(5):
            await recording.emit(_started())
            await recording.emit(_started("B"))
        assert await _in_thread(lambda: make.numbers(run.id)) == [1, 2, 3]
        await recorder.close()

    async def test_ticks_are_announced_only_when_they_are_committed(self) -> None:
        run = await _in_thread(lambda: make.run("us"))
        seen: list[bool] = []

        def announce(ticks: Sequence[Tick]) -> None:
            stored = make.elsewhere(lambda: make.numbers(run.id))
            seen.extend(tick.seq in stored for tick in ticks)

        recorder = _recorder(announce)
        recording = recorder.open(run.id, 1)
        for word in ("one ", "two ", "three "):
            await recording.emit(ev.TextAdded(seat="A", text=word))
            await recording.emit(ev.CallConnected(seat="A", at_ms=1))
            await asyncio.sleep(0.02)
        await recorder.close()
        assert seen
        assert all(seen)

    async def test_many_runs_get_their_own_numbers_without_a_gap(self) -> None:
        runs = [await _in_thread(lambda: make.run("us")) for _ in range(4)]
        recorder = _recorder()
        recordings = [recorder.open(run.id, 1) for run in runs]
        for number in range(30):
            for recording in recordings[: 1 + number % 4]:
                await recording.emit(ev.TextAdded(seat="A", text=f"{number} "))
            await asyncio.sleep(0.005)
        await recorder.close()
        for index, run in enumerate(runs):
            numbers = await _in_thread(partial(make.numbers, run.id))
            assert numbers == list(range(1, len(numbers) + 1))
            folded = await _in_thread(partial(journal.folded, run.id))
            said = "".join(f"{n} " for n in range(30) if n % 4 >= index)
            assert folded.state.seats["A"].text == said

    async def test_who_lost_the_lease_is_told_and_the_others_go_on(self) -> None:
        ours, lost = [await _in_thread(lambda: make.run("us")) for _ in range(2)]
        recorder = _recorder()
        going, gone = recorder.open(ours.id, 1), recorder.open(lost.id, 1)
        await _in_thread(lambda: make.hold(lost, "them"))
        with pytest.raises(LeaseLost):
            await asyncio.gather(gone.emit(_started()), going.emit(_started()))
        with pytest.raises(LeaseLost):
            await gone.emit(ev.TextAdded(seat="A", text="too late"))
        await going.emit(ev.TextAdded(seat="A", text="still here"))
        await recorder.close()
        assert await _in_thread(lambda: make.numbers(lost.id)) == [1]
        state = (await _in_thread(lambda: journal.folded(ours.id))).state
        assert state.seats["A"].text == "still here"

    async def test_what_waits_is_committed_when_the_recorder_closes(self) -> None:
        run = await _in_thread(lambda: make.run("us"))
        recorder = _recorder()
        await recorder.open(run.id, 1).emit(ev.TextAdded(seat="A", text="the last words"))
        await recorder.close()
        state = (await _in_thread(lambda: journal.folded(run.id))).state
        assert state.seats["A"].text == "the last words"

    async def test_the_end_of_a_run_gives_its_lease_back(self) -> None:
        run = await _in_thread(lambda: make.run("us"))
        recorder = _recorder()
        await recorder.open(run.id, 1).emit(ev.RunEnded(state="stopped", at_ms=5))
        row = await _in_thread(lambda: Run.objects.get(id=run.id))
        assert (row.state, row.lease_owner, row.lease_until) == ("stopped", "", None)
        assert row.ended_at is not None
        await recorder.close()


def _recorder(announce: Callable[[Sequence[Tick]], None] = lambda ticks: None) -> Recorder:
    recorder = Recorder("us", announce)
    recorder.start()
    return recorder
