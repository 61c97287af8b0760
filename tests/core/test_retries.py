"""Who may be asked again, by how much is going on and how it goes; time is a number here."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from council.core.failures import Failure, Kind
from council.core.plan import Patience
from council.core.retries import Retries, Turn

BUSY = Failure(kind=Kind.RATE_LIMITED, message="Slow down.")
SICK = Failure(kind=Kind.PROVIDER_ERROR, message="It reports an error.")


class Kitchen:
    """Turns that stay open until the test ends, on a clock the test moves."""

    def __init__(self, stack: ExitStack) -> None:
        self.now_s = 100.0
        self.retries = Retries(lambda: self.now_s)
        self._stack = stack

    def turns(self, count: int, provider: str = "x") -> list[Turn]:
        return [self._stack.enter_context(self.retries.turn(provider)) for _ in range(count)]


@pytest.fixture
def kitchen() -> Iterator[Kitchen]:
    with ExitStack() as stack:
        yield Kitchen(stack)


def asks(turn: Turn, failure: Failure = BUSY) -> str:
    """What a turn is told when it would ask again; empty when it may."""
    said, wait_s = turn.again(failure, Patience(retries=9), lambda: 0.0)
    assert (wait_s is None) == (said != failure)
    return said.message.removeprefix(failure.message).strip()


def granted(turns: list[Turn]) -> int:
    """How many of these are let through when all of them ask."""
    return sum(not asks(turn) for turn in turns)


@pytest.mark.parametrize(("active", "most"), [(1, 1), (4, 3), (15, 3), (20, 4), (50, 10)])
def test_a_fifth_may_be_tried_again_and_three_always(
    kitchen: Kitchen, active: int, most: int
) -> None:
    assert granted(kitchen.turns(active)) == most


def test_how_many_may_be_tried_again_is_set() -> None:
    retries = Retries(lambda: 0.0, share=0.5)
    with ExitStack() as stack:
        turns = [stack.enter_context(retries.named(str).turn("x")) for _ in range(20)]
        assert granted(turns) == 10


def test_each_provider_has_a_budget_of_its_own(kitchen: Kitchen) -> None:
    assert granted(kitchen.turns(5, "x")) == 3
    assert granted(kitchen.turns(5, "y")) == 3


def test_one_persons_key_says_nothing_about_another_s(kitchen: Kitchen) -> None:
    own = kitchen.retries.named(lambda name: f"{name} by ada")
    with ExitStack() as stack:
        assert granted([stack.enter_context(own.turn("x")) for _ in range(5)]) == 3
        assert granted(kitchen.turns(5, "x")) == 3


def test_a_turn_that_is_over_gives_its_place_back(kitchen: Kitchen) -> None:
    kitchen.turns(5)
    with kitchen.retries.turn("x") as turn:
        asks(turn)
        assert granted(kitchen.turns(3)) == 2
    assert granted(kitchen.turns(3)) == 1


def test_a_second_retry_of_one_turn_takes_no_second_place(kitchen: Kitchen) -> None:
    first, *others = kitchen.turns(4)
    assert granted([first, first]) == 2
    assert granted(others) == 2


def test_five_failures_in_a_row_end_retries_until_one_call_does_better(kitchen: Kitchen) -> None:
    one, other = kitchen.turns(2)
    for count in range(5):
        assert asks(one) == "", f"after {count}"
        one.heard(SICK)
    assert "5 calls in a row have failed" in asks(other)
    other.heard(None)
    assert asks(one) == ""


def test_after_a_while_it_may_be_tried_again(kitchen: Kitchen) -> None:
    (one,) = kitchen.turns(1)
    for _ in range(5):
        one.heard(SICK)
    kitchen.now_s += 14.9
    assert asks(one)
    kitchen.now_s += 0.2
    assert asks(one) == ""


def test_a_refusal_shows_that_the_provider_is_there(kitchen: Kitchen) -> None:
    (one,) = kitchen.turns(1)
    for _ in range(4):
        one.heard(SICK)
    one.heard(Failure(kind=Kind.BAD_KEY, message="No."))
    one.heard(SICK)
    assert asks(one) == ""
