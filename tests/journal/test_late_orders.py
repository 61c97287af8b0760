"""An order that comes while a run ends is obeyed by whoever plays it next; none is lost."""

import pytest

from council import lease
from council.actions import runs
from council.claims import claim, release, take_orders
from council.core.plan import LETTERS
from council.models import Order, Run
from tests.journal import make

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def _ended() -> Run:
    """A run whose end is committed; its player has not let go of it yet."""
    run = make.run()
    make.play(run)
    run.refresh_from_db()
    assert run.is_final
    return run


def test_an_order_nobody_took_before_the_end_reopens_the_run() -> None:
    run = _ended()
    Order.objects.create(run=run, kind=Order.Kind.RETRY_SEAT, seat="B")
    release("us", run.id)
    assert claim(lease.new_owner()) == [run.id]


def test_an_order_that_was_taken_but_not_obeyed_reopens_the_run() -> None:
    run = _ended()
    Order.objects.create(run=run, kind=Order.Kind.JUDGE)
    (order,) = take_orders([run.id])
    release("us", run.id, late=[order.id])
    assert claim(lease.new_owner()) == [run.id]
    assert [again.id for again in take_orders([run.id])] == [order.id]


def test_a_stop_that_came_too_late_reopens_nothing() -> None:
    run = _ended()
    Order.objects.create(run=run, kind=Order.Kind.STOP)
    release("us", run.id)
    assert claim(lease.new_owner()) == []
    assert take_orders([run.id]) == []


def test_a_stop_on_a_page_that_is_behind_does_not_end_what_is_asked_next() -> None:
    run = make.run()
    behind = Run.objects.get(id=run.id)
    make.play(run)
    runs.stop(run=behind)
    runs.retry_seat(run=behind, letter="A")
    assert [order.kind for order in take_orders([run.id])] == [Order.Kind.RETRY_SEAT]


def test_an_order_given_on_a_page_that_is_behind_reopens_the_run() -> None:
    run = make.run()
    behind = Run.objects.get(id=run.id)
    make.play(run)
    runs.retry_seat(run=behind, letter=LETTERS[0])
    assert claim(lease.new_owner()) == [run.id]


def test_a_run_that_another_plays_is_not_reopened_under_it() -> None:
    run = _ended()
    make.hold(run, "them")
    Run.objects.filter(id=run.id).update(state=Run.State.MEMBERS)
    Order.objects.create(run=run, kind=Order.Kind.JUDGE)
    release("us", run.id)
    run.refresh_from_db()
    assert (run.state, run.lease_owner) == (Run.State.MEMBERS, "them")
