"""Stop, in whatever state: upstream closed at once, words kept, nothing said after it."""

import asyncio

import pytest

from council.core import events as ev
from council.core.deliberate import Order, RetrySeat, Stop, StopSeat
from council.core.delta import Text
from council.core.state import RunState
from tests.core.fakes import (
    BUSY,
    NO_KEY,
    World,
    fails,
    in_no_time,
    judges,
    kitchen,
    says,
)

SCRIPTS = kitchen(B=[fails(BUSY), says("tea")])
PATIENT = BUSY.model_copy(update={"retry_after_s": 20.0})
LENGTH = len(World(SCRIPTS).run().events)


def stop_after(count: int) -> World:
    def at_once(world: World, _event: ev.Event) -> None:
        if len(world.events) == count:
            world.inbox.put(Stop())

    return World(SCRIPTS, on_event=at_once).run()


@pytest.mark.parametrize("count", range(2, LENGTH))
def test_stop_at_every_event_ends_everything_within_a_second(count: int) -> None:
    world = stop_after(count)
    assert world.state.state == "stopped"
    assert world.times[-1] - world.times[count - 1] < 0.1
    assert all(asked.closed_s is not None for asked in world.asked)
    assert all(part.is_final for part in world.state.parts if part.attempt)
    assert world.state.breakdown != "running"


@pytest.mark.parametrize("count", range(2, LENGTH))
def test_after_a_stop_no_word_and_no_call_is_added(count: int) -> None:
    world = stop_after(count)
    after = [e for e, at in zip(world.events, world.times, strict=True) if at > world.times[count]]
    assert not [e for e in after if isinstance(e, ev.TextAdded | ev.ReasoningAdded)]
    stopped_s = world.times[count - 1]
    assert not [asked for asked in world.asked if asked.at_s > stopped_s + 0.01]


def test_stop_keeps_the_words_and_does_not_know_the_cost() -> None:
    world = World(kitchen(A=[says("tea ", "and soup", pause=1.0)]), at=[(2.5, Stop())]).run()
    part = world.state.seats["A"]
    assert (part.state, part.text, part.failure) == ("stopped", "tea ", None)
    assert part.cost_usd is None
    assert not part.cost_complete


def test_a_stop_left_before_the_run_began_sends_nothing() -> None:
    world = World(kitchen(), orders=[Stop()]).run()
    assert world.asked == []
    assert world.state.state == "stopped"
    assert {part.state for part in world.state.seats.values()} == {"stopped"}


def test_stop_ends_a_seat_that_waits_for_its_next_attempt() -> None:
    world = World(kitchen(A=[fails(PATIENT)]), at=[(0.5, Stop())]).run()
    part = world.state.seats["A"]
    assert (part.state, part.retry, part.failure) == ("stopped", None, PATIENT)
    assert part.cost_complete
    assert world.time_of(world.events[-1]) < 1


def test_stop_while_the_judge_works_ends_the_breakdown_as_stopped() -> None:
    world = World(kitchen(judge=[judges(pause=1.0)]), at=[(8.0, Stop())]).run()
    assert world.state.judge.state == "stopped"
    assert world.state.breakdown == "stopped"
    assert world.calls("writer") == []


def test_stopping_one_member_lets_the_others_go_on() -> None:
    world = World(kitchen(C=[says("cof", "fee", pause=20.0)]), at=[(45.0, StopSeat("C"))])
    world.plan = world.plan.model_copy(
        update={"patience": world.plan.patience.model_copy(update={"late_s": 100.0})}
    )
    world.run()
    assert world.state.seats["C"].state == "stopped"
    assert world.state.seats["C"].text == "cof"
    assert world.state.partial == "C"
    assert sorted(world.state.judged) == ["A", "B", "C"]


def test_stopping_a_member_that_waits_for_its_next_attempt_sets_the_judge_free() -> None:
    world = World(kitchen(C=[fails(PATIENT)]), at=[(1.0, StopSeat("C"))]).run()
    assert world.state.seats["C"].state == "stopped"
    assert sorted(world.state.judged) == ["A", "B"]
    assert world.time_of(world.of("judging_started")[0]) == pytest.approx(1, abs=0.1)


def test_orders_for_seats_that_do_not_exist_or_are_done_change_nothing() -> None:
    orders: list[Order] = [StopSeat("H"), RetrySeat("H"), StopSeat("judge"), RetrySeat("A")]
    world = World(kitchen(), orders=orders, at=[(0.5, StopSeat("B"))]).run()
    assert world.state.state == "done"
    assert len(world.asked) == 5
    assert set(world.state.seats) == {"A", "B", "C"}


def test_a_word_that_arrives_with_the_stop_is_not_heard() -> None:
    def at_once(world: World, event: ev.Event) -> None:
        if isinstance(event, ev.CallConnected) and event.seat == "A":
            world.inbox.put(Stop())

    eager = says("tea")
    eager.insert(2, Text(text="at once "))
    world = World(kitchen(A=[eager]), on_event=at_once).run()
    assert world.state.seats["A"].text == ""


async def cancelled_after(world: World, seconds: float) -> None:
    task = asyncio.create_task(world.play())
    await asyncio.sleep(seconds)
    said = len(world.events)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(world.events) == said
    assert all(asked.closed_s is not None for asked in world.asked)


@pytest.mark.parametrize("seconds", [0.001, 0.05, 0.15, 0.35, 0.6, 1.5, 2.3])
def test_a_process_that_goes_away_says_nothing_more_and_leaves_no_call_open(
    seconds: float,
) -> None:
    in_no_time(cancelled_after(World(SCRIPTS), seconds))


class JournalGoneError(Exception):
    """The database went away."""


@pytest.mark.parametrize("count", range(2, LENGTH + 1))
def test_a_journal_that_is_gone_ends_everything_at_once(count: int) -> None:
    def fail(world: World, _event: ev.Event) -> None:
        if len(world.events) == count:
            raise JournalGoneError

    world = World(SCRIPTS, on_event=fail)
    with pytest.raises(JournalGoneError):
        world.run()
    assert all(asked.closed_s is not None for asked in world.asked)


def test_a_process_that_goes_away_while_a_stop_closes_its_calls_says_nothing_more() -> None:
    async def stopped_then_cancelled(world: World) -> None:
        task = asyncio.create_task(world.play())
        await asyncio.sleep(0.05)
        world.inbox.put(Stop())
        await asyncio.sleep(0.1)
        said = len(world.events)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(world.events) == said

    in_no_time(stopped_then_cancelled(World(kitchen(), closing_s=0.5)))


def test_a_stop_that_overtakes_a_retry_leaves_the_old_answer_as_it_was() -> None:
    first = World(kitchen(B=[fails(NO_KEY)])).run()
    before = len(first.events)
    world = World(kitchen(), events=first.events, orders=[RetrySeat("B"), Stop()]).run()
    assert [event.type for event in world.events[before:]] == ["phase_changed", "run_ended"]
    assert world.state.seats["B"].failure == NO_KEY


def test_a_finished_run_is_not_touched_by_a_late_stop() -> None:
    first = World(kitchen()).run()
    before = list(first.events)
    again = World(kitchen(), events=first.events, orders=[Stop()]).run()
    assert again.events == before
    assert isinstance(again.state, RunState)
