"""Stop, retry and judge now: the reader decides, and what was written stays."""

from typing import Any

import pytest

from tests.whole.conftest import Build
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    JUDGED,
    STEEL,
    SYNTHESIS,
    House,
    answer,
    comparison,
    finding,
    saying,
    silent,
    until,
    usual,
)
from tests.whole.invariants import check, document_sent

CLOSED_WITHIN_S = 1.0
"""What a reader is promised between Stop and the closed connection to the provider."""
ENDLESS = {"text": "and on and on ", "endless": True, "tokens_per_s": 50}


def _requested(model: str) -> Any:
    return lambda house, run_id: house.provider.requests(model)


def _speaks(letter: str) -> Any:
    return lambda house, run_id: answer(house.person.document(run_id), letter)["text"]


def _found(house: House, run_id: str) -> Any:
    return list(house.events(run_id, "found"))


def _writes(house: House, run_id: str) -> Any:
    return (house.person.document(run_id)["synthesis"] or {"text": ""})["text"]


def _endless_judge() -> dict[str, Any]:
    """A comparison that never ends, its first finding whole."""
    first = comparison(finding("Steel is better.", A="Take steel"))
    head = first[: first.index('], "consensus"')]
    more = ", " + '{"claim": "And another.", "stakes": "low", "positions": []}'
    return {"chunks": [head] + [more] * 50_000, "tokens_per_s": 20, "first_token_s": 0.02}


STATES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "members waiting": ("m1", {"m1": [silent()], "m2": [silent()]}, _requested("m1")),
    "members writing": ("m1", {"m1": [ENDLESS]}, _speaks("A")),
    "judging": ("judge", {"judge": [_endless_judge()]}, _found),
    "writing": ("writer", {"writer": [ENDLESS]}, _writes),
}


@pytest.mark.parametrize("state", STATES)
def test_stop_ends_everything_at_once_and_keeps_what_was_written(house: House, state: str) -> None:
    model, takes, is_there = STATES[state]
    house.script(**usual(**takes))
    run_id = house.ask()
    until(lambda: is_there(house, run_id), state)
    before = house.person.document(run_id)
    pressed = house.order(run_id, "stop")
    house.end_of(run_id, "stopped")
    document = check(house, run_id)
    end = house.provider.end_of(house.provider.requests(model)[0], within_s=10)
    assert end["how"] == "client_left"
    assert end["t"] - pressed < CLOSED_WITHIN_S
    for old, new in zip(before["answers"], document["answers"], strict=True):
        assert new["text"].startswith(old["text"])
    after = house.calls(run_id), list(house.events(run_id))
    house.end_of(house.ask(seats=["m3"]))
    assert (house.calls(run_id), list(house.events(run_id))) == after, "words after Stop"


def test_stop_right_after_asking_leaves_nothing_running(house: House) -> None:
    house.script(**usual(m1=[ENDLESS], m2=[ENDLESS], m3=[ENDLESS]))
    run_id = house.ask()
    house.order(run_id, "stop")
    house.end_of(run_id, "stopped")
    check(house, run_id)
    for request in house.provider.requests():
        assert house.provider.end_of(request, within_s=10)["how"] == "client_left"


def test_stop_during_a_wait_for_the_next_attempt_sends_no_further_request(house: House) -> None:
    # A model that nobody else asks: whoever does waits out the pause as well.
    house.script(paused=[{"status": 429, "headers": {"Retry-After": "25"}}])
    run_id = house.ask(seats=["paused"])
    until(lambda: list(house.events(run_id, "retry_waiting")), "the wait")
    house.order(run_id, "stop")
    document = house.end_of(run_id, "stopped")
    assert check(house, run_id) == document
    assert house.counts() == {"paused": 1}
    assert answer(document, "A")["state"] == "stopped"


def test_a_stop_of_a_finished_run_changes_nothing(house: House) -> None:
    house.script(**usual())
    run_id = house.ask()
    before = house.end_of(run_id, "done")
    house.order(run_id, "stop")
    assert check(house, run_id) == before


def test_one_stopped_member_keeps_its_words_and_the_others_go_on(house: House) -> None:
    house.script(**usual(m1=[ENDLESS]))
    run_id = house.ask()
    until(lambda: _speaks("A")(house, run_id), "the first words of A")
    pressed = house.order(run_id, "seats/A/stop")
    house.end_of(run_id)
    document = check(house, run_id)
    assert answer(document, "A")["state"] == "stopped"
    assert answer(document, "A")["text"].startswith("and on")
    assert [answer(document, letter)["state"] for letter in "BC"] == ["done", "done"]
    assert "A" in document["judge"]["partial"], "the judge is told that A stops short"
    end = house.provider.end_of(house.provider.requests("m1")[0], within_s=10)
    assert end["t"] - pressed < CLOSED_WITHIN_S


def test_a_failed_member_is_asked_again_while_the_others_write(house: House) -> None:
    refused = {"status": 401}
    slow = {"text": ALUMINIUM, "tokens_per_s": 10}
    house.script(**usual(m1=[refused, saying(STEEL)], m2=[slow]))
    run_id = house.ask()
    until(lambda: answer(house.person.document(run_id), "A")["failure"], "the failure of A")
    house.order(run_id, "seats/A/retry")
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert answer(document, "A")["attempts"] == 2
    assert house.counts() == {"m1": 2, "m2": 1, "m3": 1, "judge": 1, "writer": 1}


def test_a_failed_member_is_asked_again_after_the_end_and_judged_on_demand(house: House) -> None:
    house.script(**usual(m3=[{"status": 401}, saying(EITHER)]))
    run_id = house.ask()
    first = house.end_of(run_id, "partial")
    assert answer(first, "C")["failure"]["kind"] == "bad_key"
    again = house.retry(run_id, "C")
    assert (again["state"], again["answered"]) == ("partial", 3), "the judge does not know C yet"
    assert "Compare again, with C" in house.page(run_id)
    house.order(run_id, "judge")
    until(lambda: house.person.document(run_id)["judge"]["attempts"] == 2, "the second reading")
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert sorted(document["judge"]["order"]) == ["A", "B", "C"]


def test_judge_now_does_not_wait_for_a_late_member_and_says_who_is_missing(house: House) -> None:
    house.script(**usual(m3=[{"text": EITHER, "first_token_s": 3.0, "tokens_per_s": 0}]))
    run_id = house.ask()
    until(lambda: house.person.document(run_id)["answered"] == 2, "two answers")
    house.order(run_id, "judge")
    house.end_of(run_id)
    document = check(house, run_id)
    assert document["state"] == "partial"
    assert sorted(document["judge"]["order"]) == ["A", "B"]
    assert answer(document, "C")["text"] == EITHER
    assert "came later:" in house.page(run_id)
    sent = document_sent(house.provider.requests("writer")[-1])
    assert sorted(one["seat"] for one in sent["answers"]) == ["A", "B"]


def test_a_late_member_is_not_waited_for_longer_than_the_limit(build: Build) -> None:
    house = build(LIMIT_LATE_S="0.5")
    house.script(**usual(m3=[ENDLESS]))
    run_id = house.ask()
    until(lambda: house.person.document(run_id)["synthesis"], "a synthesis beside C")
    house.order(run_id, "seats/C/stop")
    house.end_of(run_id, "partial")
    document = check(house, run_id)
    assert document["synthesis"]["text"] == SYNTHESIS
    assert document["breakdown"]["contradictions"][0]["claim"] in JUDGED
