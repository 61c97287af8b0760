"""A run that does not ask the whole council: who is asked, and that no judge and no writer are."""

from typing import Any

import pytest
from pydantic import ValidationError

from council.core.deliberate import JudgeNow, RetrySeat
from council.core.estimate import estimate
from council.core.facts import Facts, Price, Rates
from council.core.plan import Plan
from council.core.state import FINAL_RUN
from tests.core.fakes import NO_KEY, World, fails, kitchen, plan_for, says


def asking(kind: Any, letters: str) -> Plan:
    return plan_for().model_copy(update={"kind": kind, "asked": letters})


def test_one_member_alone_is_asked_under_its_own_letter() -> None:
    world = World(kitchen(), asking("member", "B")).run()
    assert [asked.request.model for asked in world.asked] == ["fake/B"]
    assert list(world.state.seats) == ["B"]
    assert (world.state.state, world.state.breakdown) == ("done", "none")
    assert world.state.result == "tea"


def test_members_asked_about_one_point_are_not_compared() -> None:
    world = World(kitchen(), asking("crux", "AC")).run()
    assert {asked.request.model for asked in world.asked} == {"fake/A", "fake/C"}
    assert (world.state.state, world.state.breakdown) == ("done", "none")


def test_who_does_not_answer_is_missing_and_may_be_asked_again() -> None:
    scripts = kitchen(C=[fails(NO_KEY), says("coffee")])
    world = World(scripts, asking("crux", "AC")).run()
    assert world.state.state == "partial"
    again = World(scripts, world.plan, events=list(world.events), orders=[RetrySeat("C")])
    again.asked = list(world.asked)
    again.run()
    assert again.state.state == "done"
    assert {asked.request.model for asked in again.asked} == {"fake/A", "fake/C"}


def test_nobody_can_have_it_judged() -> None:
    world = World(kitchen(), asking("crux", "AC")).run()
    before = list(world.events)
    again = World(kitchen(), world.plan, events=list(before), orders=[JudgeNow()]).run()
    assert again.events == before


def test_from_every_cut_it_goes_on_to_its_end_without_a_judge() -> None:
    whole = World(kitchen(), asking("crux", "AC")).run()
    for cut in range(1, len(whole.events)):
        again = World(kitchen(), whole.plan, events=list(whole.events[:cut])).run()
        assert again.state.state in FINAL_RUN
        assert {asked.request.model for asked in again.asked} <= {"fake/A", "fake/C"}


def test_only_who_is_asked_is_estimated_and_paid_for() -> None:
    plan = asking("crux", "AC")
    price = Facts(price=Price(rates=Rates(prompt=3e-6, completion=15e-6)))
    assert [part.seat for part in estimate(plan, lambda _: price).parts] == ["A", "C"]
    assert plan.models == ("fake/A", "fake/C")
    world = World(kitchen(), plan, cap_usd=50.0, know=lambda _: price).run()
    assert world.state.state == "done"


def test_a_letter_without_a_seat_cannot_be_asked() -> None:
    with pytest.raises(ValidationError, match="has no seat"):
        Plan.model_validate(asking("member", "D").model_dump())
