"""kill -9 in every phase: the next start goes on, and nothing is paid for twice."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.people import manage
from tests.whole.conftest import Build
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    JUDGED,
    STEEL,
    SYNTHESIS,
    House,
    answer,
    cut,
    saying,
    silent,
    until,
    usual,
)
from tests.whole.invariants import check

Phase = Callable[[House, str], Any]


def _killed_and_restarted(house: House, run_id: str, phase: Phase) -> list[dict[str, Any]]:
    """Kill the server in this phase and start it again; the call rows as the kill left them."""
    until(lambda: phase(house, run_id), f"the phase of {phase.__name__}")
    house.server.kill()
    left = house.calls(run_id)
    house.server.start()
    return left


def _assert_nothing_was_sent_twice(house: House, run_id: str, left: list[dict[str, Any]]) -> None:
    """One request for every row; no further one for a call whose end was committed."""
    rows = [call["model"].partition("/")[2] for call in house.calls(run_id)]
    assert house.counts() == {model: rows.count(model) for model in rows}
    for call in left:
        if call["ended_at"]:
            model = call["model"].partition("/")[2]
            assert rows.count(model) == 1, f"{model} had ended, and was asked again"


def _started(house: House, run_id: str) -> Any:
    return house.run_row(run_id)


def _all_asked(house: House, run_id: str) -> Any:
    return len(house.counts()) == 3


def _two_cut_one_done(house: House, run_id: str) -> Any:
    said = house.person.document(run_id)["answers"]
    return said[0]["state"] == "done" and said[1]["text"] and said[2]["text"]


def _third_writes(house: House, run_id: str) -> Any:
    return answer(house.person.document(run_id), "C")["text"]


def _found_something(house: House, run_id: str) -> Any:
    return list(house.events(run_id, "found"))


def _writes(house: House, run_id: str) -> Any:
    return (house.person.document(run_id)["synthesis"] or {"text": ""})["text"]


def test_a_run_killed_right_after_it_was_asked_is_played_at_the_next_start(build: Build) -> None:
    house = build()
    slow = {"first_token_s": 0.3}
    house.script(
        **usual(m1=[saying(STEEL, **slow)], m2=[saying(ALUMINIUM)], m3=[saying(EITHER, **slow)])
    )
    run_id = house.ask()
    _killed_and_restarted(house, run_id, _started)
    house.end_of(run_id)
    document = check(house, run_id)
    # How far it had come is chance; whoever was asked is either whole or says it was cut.
    states = {a["state"] for a in document["answers"]}
    assert states <= {"done", "interrupted"}
    assert document["state"] == ("done" if states == {"done"} else document["state"])


def test_members_cut_before_their_first_word_may_be_asked_again(build: Build) -> None:
    house = build()
    house.script(
        **usual(
            m1=[silent(), saying(STEEL)],
            m2=[silent(), saying(ALUMINIUM)],
            m3=[silent(), saying(EITHER)],
        )
    )
    run_id = house.ask()
    _killed_and_restarted(house, run_id, _all_asked)
    assert house.end_of(run_id)["state"] == "interrupted"
    assert house.counts() == {"m1": 1, "m2": 1, "m3": 1}, "only a reader may ask a member again"
    check(house, run_id)
    assert house.retry(run_id, "A")["state"] == "partial"
    assert house.retry(run_id, "B")["judge"]["state"] == "done"
    assert house.retry(run_id, "C")["answered"] == 3
    document = check(house, run_id)
    assert [a["attempts"] for a in document["answers"]] == [2, 2, 2]
    assert document["state"] == "partial", "C came after the judge"


def test_a_finished_answer_survives_and_one_cut_in_the_middle_says_so(build: Build) -> None:
    house = build()
    house.script(**usual(m2=[cut(ALUMINIUM)], m3=[cut(EITHER)]))
    run_id = house.ask()
    left = _killed_and_restarted(house, run_id, _two_cut_one_done)
    house.end_of(run_id)
    document = check(house, run_id)
    assert answer(document, "A")["text"] == STEEL
    for letter, whole in (("B", ALUMINIUM), ("C", EITHER)):
        said = answer(document, letter)
        assert said["state"] == "interrupted"
        assert said["text"] == whole[: len(said["text"])]
        assert said["text"].strip()
    assert sorted(document["judge"]["partial"]) == ["B", "C"]
    _assert_nothing_was_sent_twice(house, run_id, left)


def test_a_judge_cut_in_the_middle_is_asked_again_by_itself(build: Build) -> None:
    house = build()
    house.script(**usual(judge=[cut(JUDGED, 0.75), saying(JUDGED)]))
    run_id = house.ask()
    left = _killed_and_restarted(house, run_id, _found_something)
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert document["judge"]["attempts"] == 2
    assert len(document["breakdown"]["contradictions"]) == 1, "the first reading gives way whole"
    assert [a["text"] for a in document["answers"]] == [STEEL, ALUMINIUM, EITHER]
    _assert_nothing_was_sent_twice(house, run_id, left)


def test_a_writer_cut_in_the_middle_is_asked_again_by_itself(build: Build) -> None:
    house = build()
    house.script(**usual(writer=[cut(SYNTHESIS), saying(SYNTHESIS)]))
    run_id = house.ask()
    left = _killed_and_restarted(house, run_id, _writes)
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert document["synthesis"]["text"] == SYNTHESIS
    assert house.counts() == {"m1": 1, "m2": 1, "m3": 1, "judge": 1, "writer": 2}
    _assert_nothing_was_sent_twice(house, run_id, left)


def test_a_run_that_was_over_is_left_alone(build: Build) -> None:
    house = build()
    house.script(**usual())
    run_id = house.ask()
    before = house.end_of(run_id, "done")
    _killed_and_restarted(house, run_id, _started)
    # Another run through the new process shows that its worker has looked at everything.
    other = house.ask("And titanium?")
    house.end_of(other, "done")
    assert check(house, run_id) == before
    assert house.counts() == dict.fromkeys(("m1", "m2", "m3", "judge", "writer"), 2)


def test_a_server_killed_again_and_again_still_comes_to_an_end(build: Build) -> None:
    house = build()
    house.script(
        **usual(
            m3=[cut(EITHER)],
            judge=[cut(JUDGED, 0.75), saying(JUDGED)],
            writer=[cut(SYNTHESIS), saying(SYNTHESIS)],
        )
    )
    run_id = house.ask()
    for phase in (_third_writes, _found_something, _writes):
        _killed_and_restarted(house, run_id, phase)
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert answer(document, "C")["state"] == "interrupted"
    assert house.counts() == {"m1": 1, "m2": 1, "m3": 1, "judge": 2, "writer": 2}


_TAKEN = """
from django.utils import timezone
from council.models import Order, Run
run = Run.objects.get(id="{run}")
Order.objects.create(run=run, kind="{kind}", seat="{seat}", taken_at=timezone.now())
Run.objects.filter(id=run.id).update(state="queued", lease_owner="gone:1:0:x")
print(run.id)
"""


@pytest.mark.parametrize(
    ("kind", "seat", "model"), [("retry_seat", "A", "m1"), ("judge", "", "judge")]
)
def test_an_order_taken_and_not_begun_is_obeyed_at_the_next_start(
    build: Build, kind: str, seat: str, model: str
) -> None:
    """What a kill leaves between the moment an order is taken and the row of its call."""
    house = build()
    house.script(**usual())
    run_id = house.ask()
    house.end_of(run_id, "done")
    house.server.kill()
    manage(house.server, _TAKEN.format(run=run_id, kind=kind, seat=seat))
    house.server.start()
    until(lambda: house.counts()[model] == 2, "the second call")
    house.end_of(run_id)
    assert house.counts()["m2"] == 1
    house.server.kill()
    house.server.start()
    house.end_of(run_id)
    assert house.counts()[model] == 2, "once"


_ADDED = """
from django.utils import timezone
from council import journal
from council.core import events as ev
from council.core.plan import Seat
from council.models import Order, Run
run = Run.objects.get(id="{run}")
for n in range({orders}):
    ask = {{"seat": {{"model": "fake/m4"}}, "host": "", "sample_of": ""}}
    detail = {{"ask": ask, "seen": str(n)}}
    Order.objects.create(run=run, kind="add_seat", detail=detail, taken_at=timezone.now())
seq = journal.folded(run.id).seq
card = ev.SeatChanged(
    card=ev.Card(seat="D", role="", model="fake/m4"), spec=Seat(model="fake/m4"), at_ms=60_000
)
events = [ev.PhaseChanged(phase="members", at_ms=60_000), *[card] * {cards}]
journal.append(run.id, seq + 1, events)
Run.objects.filter(id=run.id).update(state="members", lease_owner="gone:1:0:x")
print(run.id)
"""


@pytest.mark.parametrize(("orders", "cards"), [(1, 0), (1, 1), (2, 1)])
def test_a_member_is_added_once_for_every_order_wherever_the_kill_came(
    build: Build, orders: int, cards: int
) -> None:
    """Before the new seat was written, between it and its call, and with another order behind."""
    house = build()
    house.script(**usual(m4=[saying(EITHER)]))
    run_id = house.ask()
    house.end_of(run_id, "done")
    house.server.kill()
    manage(house.server, _ADDED.format(run=run_id, orders=orders, cards=cards))
    house.server.start()
    until(lambda: house.counts().get("m4", 0) >= orders, "the new member's call")
    house.end_of(run_id)
    letters = [one["seat"] for one in check(house, run_id)["answers"]]
    assert "".join(letters) == "ABCDE"[: 3 + orders]
    house.server.kill()
    house.server.start()
    house.end_of(run_id)
    assert house.counts()["m4"] == orders


def test_judge_now_while_it_is_judged_pays_for_no_second_comparison(build: Build) -> None:
    house = build()
    judge = [saying(JUDGED, first_token_s=1.0), saying(JUDGED)]
    house.script(**usual(judge=judge, writer=[cut(SYNTHESIS), saying(SYNTHESIS)]))
    run_id = house.ask()
    until(lambda: house.counts().get("judge"), "the judge's call")
    house.order(run_id, "judge")
    left = _killed_and_restarted(house, run_id, _writes)
    house.end_of(run_id, "done")
    check(house, run_id)
    assert house.counts()["judge"] == 1
    _assert_nothing_was_sent_twice(house, run_id, left)


def test_a_member_retried_twice_at_once_is_asked_once_also_after_a_kill(build: Build) -> None:
    house = build()
    again = [saying(STEEL), saying(STEEL, first_token_s=1.0), saying(STEEL)]
    house.script(**usual(m1=again, m3=[cut(EITHER)]))
    run_id = house.ask()
    until(lambda: answer(house.person.document(run_id), "A")["state"] == "done", "A")
    house.order(run_id, "seats/A/retry")
    until(lambda: house.counts()["m1"] == 2, "the second call")
    house.order(run_id, "seats/A/retry")

    def twice_done(house: House, run_id: str) -> Any:
        said = answer(house.person.document(run_id), "A")
        return said["attempts"] == 2 and said["state"] == "done"

    _killed_and_restarted(house, run_id, twice_done)
    house.end_of(run_id)
    check(house, run_id)
    assert house.counts()["m1"] == 2


def test_an_order_that_had_begun_is_not_obeyed_twice(build: Build) -> None:
    house = build()
    house.script(**usual(m1=[saying(STEEL), cut(STEEL), saying(STEEL)]))
    run_id = house.ask()
    house.end_of(run_id, "done")
    house.order(run_id, "seats/A/retry")

    def again(house: House, run_id: str) -> Any:
        said = answer(house.person.document(run_id), "A")
        return said["attempts"] == 2 and said["text"]

    _killed_and_restarted(house, run_id, again)
    assert answer(house.end_of(run_id), "A")["state"] == "interrupted"
    assert house.counts()["m1"] == 2
