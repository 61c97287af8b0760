"""A run that is there is changed: another model in a seat, one member more, only a judge."""

import pytest

from council.core import saved
from council.core.deliberate import AddSeat, JudgeNow, RetrySeat
from council.core.plan import Seat
from tests.core.fakes import NO_KEY, World, fails, judges, kitchen, plan_for, says

WELL = kitchen(D=[says("milk")], E=[says("mead")])
FIRST = World(WELL).run()
MILK = AddSeat(Seat(model="fake/D", role="Cow"), host="d.example")


def again(*orders: RetrySeat | AddSeat | JudgeNow) -> World:
    """The finished run, taken up for these orders."""
    return World(WELL, events=list(FIRST.events), orders=orders).run()


SWAPPED = again(RetrySeat("B", model="fake/D", host="d.example"))
ADDED = again(MILK)


def test_a_seat_is_asked_again_with_another_model_and_with_the_same_words() -> None:
    (asked,) = SWAPPED.asked
    assert asked.request.model == "fake/D"
    assert asked.request.messages == FIRST.calls("B")[0].request.messages
    part = SWAPPED.state.seats["B"]
    assert (part.text, part.model, part.was_model, part.host) == (
        *("milk", "fake/D", "fake/B"),
        "d.example",
    )


def test_the_seat_as_it_is_now_is_said_before_its_call() -> None:
    types = [event.type for event in SWAPPED.events[len(FIRST.events) :]]
    assert types[:3] == ["phase_changed", "seat_changed", "call_started"]


def test_a_swapped_seat_stays_swapped_when_it_is_asked_once_more() -> None:
    world = World(WELL, events=list(SWAPPED.events), orders=[RetrySeat("B")]).run()
    assert [one.request.model for one in world.asked] == ["fake/D"]
    assert world.state.seats["B"].model == "fake/D"


def test_the_same_model_is_asked_again_without_a_change() -> None:
    world = again(RetrySeat("B", model="fake/B"))
    assert world.of("seat_changed") == []
    assert world.state.seats["B"].was_model == ""


def test_a_model_that_fails_in_its_place_leaves_a_failed_seat_with_the_reason() -> None:
    scripts = {**WELL, "D": [fails(NO_KEY)]}
    order = RetrySeat("B", model="fake/D")
    world = World(scripts, events=list(FIRST.events), orders=[order]).run()
    part = world.state.seats["B"]
    assert (part.state, part.failure, part.replaced) == ("failed", NO_KEY, 1)
    assert world.state.state == "partial"


def test_a_member_is_added_to_a_finished_run_and_stays_unjudged() -> None:
    assert [one.request.model for one in ADDED.asked] == ["fake/D"]
    assert "You are: Cow." in ADDED.asked[0].request.messages[0].content
    assert ADDED.state.seats["D"].text == "milk"
    assert ADDED.state.unjudged == ["D"]


def test_comparing_again_reads_the_added_member_too() -> None:
    world = World(WELL, events=list(ADDED.events), orders=[JudgeNow()]).run()
    assert sorted(world.state.judged) == list("ABCD")
    assert "milk" in world.calls("judge")[0].request.messages[-1].content
    assert "milk" in world.calls("writer")[0].request.messages[-1].content
    assert world.state.state == "done"


def test_a_member_added_while_the_others_write_is_waited_for_and_compared() -> None:
    world = World(WELL, at=[(0.15, MILK)]).run()
    assert sorted(world.state.judged) == list("ABCD")
    assert world.state.state == "done"


def test_a_ninth_member_is_not_asked() -> None:
    full = World(WELL | {"F": WELL["A"], "G": WELL["A"], "H": WELL["A"]}, plan=plan_for("ABCDEFGH"))
    full.run()
    order = AddSeat(Seat(model="fake/D"))
    world = World(WELL, plan=full.plan, events=list(full.events), orders=[order]).run()
    assert world.asked == []
    assert world.events == full.events


def test_two_members_are_added_one_after_the_other() -> None:
    world = again(MILK, AddSeat(Seat(model="fake/E"), sample_of="A"))
    assert [world.state.seats[letter].text for letter in "DE"] == ["milk", "mead"]
    assert world.state.seats["E"].sample_of == "A"


def test_a_second_voice_beside_a_council_of_one_is_compared_with_it() -> None:
    one = World(WELL, plan=plan_for("A")).run()
    order = AddSeat(Seat(model="fake/B"))
    world = World(WELL, plan=one.plan, events=list(one.events), orders=[order]).run()
    assert sorted(world.state.judged) == ["A", "B"]
    assert world.state.writer.is_usable


@pytest.mark.parametrize("whole", [SWAPPED, ADDED], ids=["swapped", "added"])
def test_from_every_cut_the_changed_seat_is_asked_as_it_is_now_and_never_twice(
    whole: World,
) -> None:
    start = whole.events.index(whole.of("seat_changed")[0])
    letter = whole.of("seat_changed")[0].card.seat
    for cut in range(start + 1, len(whole.events)):
        world = World(WELL, events=whole.events[:cut]).run()
        assert world.state.is_final
        assert world.state.seats[letter].is_final
        assert {one.request.model for one in world.asked} <= {"fake/D"}
        starts = world.of("call_started", letter)
        assert len({one.call for one in starts}) == len(starts)


def judging(scripts: object = WELL) -> World:
    """A run that asks a judge about the answers of the first one."""
    opening = FIRST.events[0].model_copy(update={"kind": "judging"})
    said = [e for e in FIRST.events if e.type in ("text", "call_ended") and e.seat in "ABC"]
    plan = plan_for().model_copy(update={"kind": "judging"})
    return World(scripts, plan=plan, events=[opening, *said])  # type: ignore[arg-type]


def test_only_a_judge_is_asked_about_answers_that_are_there() -> None:
    world = judging().run()
    assert [one.request.model for one in world.asked] == ["fake/judge"]
    assert world.state.state == "done"
    assert [event.phase for event in world.of("phase_changed")] == ["judging"]
    for cut in range(len(judging().events), len(world.events)):
        resumed = World(WELL, plan=world.plan, events=world.events[:cut]).run()
        assert resumed.state.state == "done"
        assert {one.request.model for one in resumed.asked} <= {"fake/judge"}


def test_a_judge_alone_that_cannot_be_read_is_asked_once_more_and_leaves_the_run_partial() -> None:
    world = judging(kitchen(judge=[judges("no JSON at all")])).run()
    assert len(world.asked) == 2
    assert (world.state.state, world.state.breakdown) == ("partial", "failed")


def test_saved_answers_are_the_words_and_nothing_that_was_paid_for_elsewhere() -> None:
    kept = saved.answers(
        FIRST.state, plan_for().model_copy(update={"kind": "judging"}), "j.example"
    )
    assert [part.text for part in kept.usable] == [part.text for part in FIRST.state.usable]
    assert [part.usage for part in kept.usable] == [part.usage for part in FIRST.state.usable]
    assert not any(part.calls or part.attempt for part in kept.parts)
    assert (kept.cost_usd, kept.charged_usd) == (None, 0.0)
    assert (kept.kind, kept.state, kept.judge.host) == ("judging", "queued", "j.example")
    assert FIRST.state.cost_usd
