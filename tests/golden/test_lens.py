"""What a stranger sees of a run is the same live and as a copy, and holds nothing hidden."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from council.core.plan import Council, Judge, Plan, Seat, Wishes
from council.core.state import RunState, fold
from council.journal import Tick
from council.sharing.lens import OWNER, TICKS, Lens
from tests.golden.journals import journals
from tests.golden.test_any_journal import bounded

lenses = st.sets(st.sampled_from(TICKS)).map(Lens.of)
_MONEY = {"cost_complete"}
"""Never shown where the cost is not; a call whose cost was taken out looks like an unknown one."""


def _seen(state: RunState, lens: Lens) -> dict[str, Any]:
    said = state.model_dump()
    if not lens.cost:
        for part in (*said["seats"].values(), said["judge"], said["writer"]):
            for name in _MONEY:
                part.pop(name)
    return said


@bounded
@given(journals(), lenses)
def test_the_copy_is_what_was_followed_live(ticks: list[Tick], lens: Lens) -> None:
    events = [event for tick in ticks for event in tick.events]
    followed = fold(list(lens.events(events)))
    assert _seen(lens.state(fold(events)), lens) == _seen(lens.state(followed), lens)


@bounded
@given(journals())
def test_its_owner_sees_everything(ticks: list[Tick]) -> None:
    events = [event for tick in ticks for event in tick.events]
    assert list(OWNER.events(events)) == events
    assert OWNER.state(fold(events)) == fold(events)


def test_what_a_program_told_the_models_is_in_no_copy() -> None:
    told = Plan(
        prompt="Steel?",
        council=Council(
            name="Metals", seats=(Seat(model="fake/m1"),), judge=Judge(model="fake/judge")
        ),
        wishes=Wishes(system="Zqtoldqz", stop=("Zqstopqz",)),
    )
    seen = Lens.of(TICKS).plan(told.model_dump(mode="json"))
    assert "Zq" not in json.dumps(seen)
    assert Plan.model_validate(seen).prompt == "Steel?"


def test_what_a_run_may_cost_is_shown_with_what_it_cost() -> None:
    plan = {"council": {"seats": [], "judge": {}, "writer": {}, "limits": {"cost_usd": 7.5}}}
    assert "7.5" not in str(Lens.of([]).plan(plan))
    assert "7.5" in str(Lens.of(["cost"]).plan(plan))
