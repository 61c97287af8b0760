"""However few answers there are and whatever the judge says: nothing claims more than is true."""

from typing import Any

import pytest

from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    JUDGED,
    STEEL,
    SYNTHESIS,
    House,
    answer,
    saying,
    usual,
)
from tests.whole.invariants import check

BROKEN = JUDGED[: len(JUDGED) // 8]
REFUSED = {"status": 401}


def _played(house: House, seats: tuple[str, ...] = ("m1", "m2", "m3"), **takes: Any) -> Any:
    house.script(**usual(**takes))
    run_id = house.ask(seats=seats)
    house.end_of(run_id)
    return check(house, run_id), house.page(run_id)


def test_when_nobody_answers_the_run_has_failed_and_every_reason_is_there(house: House) -> None:
    document, page = _played(house, m1=[REFUSED], m2=[{"status": 402}], m3=[saying("")])
    assert (document["state"], document["answered"]) == ("failed", 0)
    states = [a["state"] for a in document["answers"]]
    assert states == ["failed:bad_key", "failed:no_credit", "empty"]
    assert document["judge"]["state"] == "skipped"
    assert document["synthesis"] is document["breakdown"] is None
    assert "Nobody answered" in page
    assert document["prompt"] in page, "the question is kept"
    assert "judge" not in house.counts()


def test_a_single_answer_is_shown_and_called_unchecked(house: House) -> None:
    document, page = _played(house, m2=[REFUSED], m3=[REFUSED])
    assert (document["state"], document["answered"]) == ("partial", 1)
    assert answer(document, "A")["text"] == STEEL
    assert document["judge"]["state"] == "skipped"
    assert document["synthesis"] is None
    assert "this is one model’s answer, unchecked" in page.replace("&#x27;", "’")
    assert not {"judge", "writer"} & set(house.counts())


def test_two_of_three_answers_are_compared_and_the_page_says_who_failed(house: House) -> None:
    document, page = _played(house, m3=[REFUSED])
    assert (document["state"], document["answered"], document["seated"]) == ("partial", 2, 3)
    assert sorted(document["judge"]["order"]) == ["A", "B"]
    assert document["synthesis"]["text"] == SYNTHESIS
    assert "2 of 3 answered" in page
    assert "key not valid" in page


def test_a_council_of_one_is_done_without_a_judge(house: House) -> None:
    document, _ = _played(house, ("m1",))
    assert (document["state"], document["answered"]) == ("done", 1)
    assert house.counts() == {"m1": 1}


def test_an_answer_that_breaks_off_counts_as_partial_and_the_judge_is_told(house: House) -> None:
    document, _ = _played(house, m3=[saying(EITHER, drop_after=5)])
    said = answer(document, "C")
    assert said["state"] == "truncated"
    assert said["text"]
    assert EITHER.startswith(said["text"])
    assert document["judge"]["partial"] == ["C"]


@pytest.mark.parametrize(
    "said",
    [f"```json\n{JUDGED}\n```", f"Here it is:\n{JUDGED}\nDone."],
    ids=["in a fence", "among words"],
)
def test_a_comparison_in_a_fence_or_among_words_is_read(house: House, said: str) -> None:
    document, _ = _played(house, judge=[saying(said)])
    assert (document["state"], document["judge"]["attempts"]) == ("done", 1)
    assert len(document["breakdown"]["contradictions"]) == 1
    quoted = document["breakdown"]["contradictions"][0]["positions"]
    assert all(p["verified"] for p in quoted if p["quote"])


@pytest.mark.parametrize(
    "first", [BROKEN, "A is right.", "[1, 2, 3]", '{"verdict": "A"}', ""],
    ids=["broken", "prose", "a list", "another shape", "nothing"],
)  # fmt: skip
def test_an_unreadable_comparison_is_asked_for_once_more(house: House, first: str) -> None:
    document, _ = _played(house, judge=[saying(first), saying(JUDGED)])
    assert (document["state"], document["judge"]["attempts"]) == ("done", 2)
    assert len(document["breakdown"]["contradictions"]) == 1
    again = house.provider.requests("judge")[1]["messages"]
    assert "could not be read" in again[-1]["content"]


REFUSAL = {"choices": [{"index": 0, "delta": {"refusal": "I would rather not."}}]}


@pytest.mark.parametrize(
    ("takes", "kind", "asked"),
    [
        ([saying("A is right, B is wrong.")], "bad_stream", 2),
        ([saying(BROKEN)], "bad_stream", 2),
        ([saying("")], "bad_stream", 2),
        ([{"chunks": [REFUSAL]}], "policy", 2),
        ([{"status": 500}], "provider_error", 3),
        ([REFUSED], "bad_key", 1),
    ],
    ids=["prose", "broken", "nothing", "refused", "failing", "no key"],
)
def test_without_a_comparison_the_answers_and_a_synthesis_are_still_there(
    house: House, takes: list[Any], kind: str, asked: int
) -> None:
    document, page = _played(house, judge=takes)
    assert (document["state"], document["answered"]) == ("partial", 3)
    assert document["judge"]["state"] == f"failed:{kind}"
    assert document["breakdown"] is None
    assert [a["text"] for a in document["answers"]] == [STEEL, ALUMINIUM, EITHER]
    assert document["synthesis"]["text"] == SYNTHESIS
    assert "There is no comparison" in page
    assert "Written from the answers alone" in page
    assert house.counts()["judge"] == asked


def test_nothing_is_called_written_or_complete_that_is_not(house: House) -> None:
    cut_off = [saying(EITHER, drop_after=5)]
    document, page = _played(house, m3=cut_off, judge=[REFUSED], writer=[REFUSED])
    assert document["synthesis"] is None or not document["synthesis"]["text"]
    assert "There is no comparison" in page
    assert "Written from the answers alone" not in page
    assert "The answers stand below." in page
    assert "answers are complete" not in page


def test_quotes_that_nobody_wrote_are_marked_and_counted(house: House) -> None:
    invented = JUDGED.replace("Take steel", "Steel is the only metal")
    document, page = _played(house, judge=[saying(invented)])
    positions = document["breakdown"]["contradictions"][0]["positions"]
    assert [p["verified"] for p in positions if p["quote"]] == [False, True]
    assert document["breakdown"]["unverified_quotes"] == 1
    assert "2 of 3 verified; 1 could not be verified" in page


def test_a_writer_that_fails_leaves_answers_and_comparison_and_no_claim_to_be_done(
    house: House,
) -> None:
    document, page = _played(house, writer=[REFUSED])
    assert document["state"] == "partial"
    assert document["synthesis"]["state"] == "failed:bad_key"
    assert document["breakdown"]["contradictions"]
    assert [a["text"] for a in document["answers"]] == [STEEL, ALUMINIUM, EITHER]
    assert "key not valid" in page
