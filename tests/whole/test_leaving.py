"""SIGTERM: a deploy waits for its runs, or hands them over; nothing is lost either way."""

import os
import signal

from tests.whole.conftest import Build
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    STEEL,
    House,
    answer,
    cut,
    until,
    usual,
)
from tests.whole.invariants import check


def _asked_to_go(house: House) -> None:
    os.kill(house.server.pid, signal.SIGTERM)
    until(lambda: "waiting up to" in house.server.stderr, "the server's word that it waits")


def test_a_server_asked_to_go_waits_for_the_run_it_plays(build: Build) -> None:
    house = build()
    house.script(**usual(m2=[{"text": ALUMINIUM, "tokens_per_s": 10}]))
    run_id = house.ask()
    until(lambda: answer(house.person.document(run_id), "B")["text"], "the first words of B")
    _asked_to_go(house)
    house.server.wait()
    assert house.run_row(run_id)["state"] == "done", "it ended before the process did"
    house.server.start()
    assert check(house, run_id)["state"] == "done"
    assert set(house.counts().values()) == {1}


def test_a_server_told_to_go_at_once_hands_its_run_over_to_the_next(build: Build) -> None:
    house = build()
    house.script(**usual(m2=[cut(ALUMINIUM)], m3=[cut(EITHER)]))
    run_id = house.ask()
    until(lambda: answer(house.person.document(run_id), "C")["text"], "the first words of C")
    _asked_to_go(house)
    house.server.stop()
    row = house.run_row(run_id)
    assert (row["state"], row["lease_owner"]) == ("members", ""), "nobody holds it any more"
    house.server.start()
    house.end_of(run_id)
    document = check(house, run_id)
    assert answer(document, "A")["text"] == STEEL
    assert answer(document, "C")["state"] == "interrupted"
    assert set(house.counts().values()) == {1}
