"""A run that is there is changed, over the wire: who is asked, with what, and what stays."""

import json
import re
from typing import Any
from uuid import UUID

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.whole.conftest import Build
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    FINAL,
    JUDGED,
    STEEL,
    House,
    answer,
    comparison,
    cut,
    finding,
    saying,
    until,
    usual,
)
from tests.whole.invariants import check

TITAN = "Take titanium, because it outlives both of them."


def asked(house: House, **more: Any) -> str:
    """A finished run of three; the log is empty again, and more models are there."""
    house.script(**usual())
    run_id = house.ask()
    house.end_of(run_id)
    house.script(**{**usual(m4=[saying(TITAN)], judge2=[saying(JUDGED)]), **more})
    return run_id


def ended(house: House, run_id: str, letter: str, model: str) -> dict[str, Any]:
    """The run's document once this seat has the answer of that model and the run has an end."""

    def is_over() -> dict[str, Any] | None:
        document = house.person.document(run_id)
        letters = {a["seat"]: a["model"] for a in document["answers"]}
        is_it = letters.get(letter) == model and answer(document, letter)["state"] == "done"
        return document if is_it and document["state"] in FINAL else None

    found: dict[str, Any] = until(is_over, f"{letter} as {model}")
    return found


def post(house: House, path: str, **form: str) -> Any:
    """Send one of the forms; its models are meant, whatever the list of that moment says."""
    return house.person.post(path, **{"sure": form.get("model", ""), **form})


def test_another_model_in_a_seat_is_asked_the_same_and_nobody_else_is(house: House) -> None:
    run_id = asked(house)
    before = house.person.document(run_id)
    assert post(house, f"/runs/{run_id}/seats/B/model", model="fake/m4").status_code == 200
    document = ended(house, run_id, "B", "fake/m4")
    assert house.counts() == {"m4": 1}
    assert answer(document, "B")["text"] == TITAN
    assert [answer(document, s) for s in "AC"] == [answer(before, s) for s in "AC"]
    assert document["council"]["seats"][1]["model"] == "fake/m4"
    assert "Model changed from m2 to m4; the earlier text was replaced." in house.page(run_id)
    check(house, run_id)


def test_a_model_that_cannot_be_asked_changes_nothing_and_says_why(house: House) -> None:
    run_id = asked(house)
    before = house.person.document(run_id)
    for model, sentence in (
        ("nobody/m4", "nobody is not connected here"),
        ("m4", "Write the model as provider/model-id"),
        ("rehearsal/ada", "rehearsal is not connected here"),
        ("fake/m44", "fake lists no model fake/m44. Nothing was asked."),
        ("fake/no such", "Write the model as provider/model-id"),
    ):
        for path in ("seats/B/model", "seats/new", "judgings/new"):
            refused = post(house, f"/runs/{run_id}/{path}", model=model, sure="")
            assert refused.status_code == 422
            assert sentence in refused.text
    assert house.person.document(run_id) == before
    assert house.counts() == {}


def test_a_form_that_is_sent_twice_asks_once(house: House) -> None:
    run_id = asked(house)
    for _ in range(2):
        post(house, f"/runs/{run_id}/seats/new", model="fake/m4", role="Smith", seen="one")
    document = ended(house, run_id, "D", "fake/m4")
    assert house.counts() == {"m4": 1}
    assert [a["seat"] for a in document["answers"]] == list("ABCD")
    assert answer(document, "D")["role"] == "Smith"
    assert "Not judged" in house.page(run_id)
    check(house, run_id)
    house.order(run_id, "judge")
    until(
        lambda: (
            house.person.document(run_id)["judge"]["order"].count("D")
            and house.person.document(run_id)["state"] == "done"
        ),
        "a comparison with D",
    )
    assert TITAN in json.dumps(house.provider.requests("judge")[0]["messages"], ensure_ascii=False)


def test_the_model_beside_a_seat_is_asked_with_the_seats_words_and_the_answer_stays(
    house: House,
) -> None:
    run_id = asked(house)
    post(house, f"/runs/{run_id}/seats/A/model", model="fake/m4", beside="1")
    document = ended(house, run_id, "D", "fake/m4")
    assert answer(document, "A")["text"] == STEEL
    assert house.counts() == {"m4": 1}


def test_a_second_sample_says_whether_the_model_contradicts_itself(house: House) -> None:
    other = comparison(finding("Steel is better.", A="Take steel", D="not:Take aluminium"))
    run_id = asked(house, m1=[saying(ALUMINIUM)], judge=[saying(other)])
    for _ in range(2):
        house.person.post(f"/runs/{run_id}/seats/A/sample", seen="3")
    ended(house, run_id, "D", "fake/m1")
    assert house.counts() == {"m1": 1}
    assert "A second sample of A." in house.page(run_id)
    house.order(run_id, "judge")
    until(lambda: house.person.document(run_id)["state"] == "done", "the comparison")
    page = house.page(run_id)
    assert "contradicts A: asked twice, this model disagrees with itself." in page


def test_judging_again_makes_one_call_and_changes_nothing_of_the_run(house: House) -> None:
    other = comparison(
        finding("Steel beats aluminium.", A="Take steel, because", B="Take aluminium"),
        finding("A bicycle needs paint.", "low", C="Either metal works") | {"list": "consensus"},
    )
    run_id = asked(house, judge2=[saying(other)])
    before = house.person.http.get(f"/runs/{run_id}.json").content
    page = house.page(run_id)
    made = post(house, f"/runs/{run_id}/judgings/new", model="fake/judge2", order="new", seen="k")
    again = str(made.url).rstrip("/").rpartition("/")[2]
    document = house.end_of(again, "done")
    assert house.counts() == {"judge2": 1}
    assert house.person.http.get(f"/runs/{run_id}.json").content == before
    first, second = json.loads(before), document
    assert [a["text"] for a in second["answers"]] == [a["text"] for a in first["answers"]]
    assert second["judge"]["order"] != first["judge"]["order"]
    assert second["synthesis"] is None
    row = house.run_row(again)
    assert (row["kind"], row["parent_id"]) == ("judging", UUID(run_id).hex)
    assert re.sub(r"<aside class=\"judge-again.*?</aside>", "", house.page(run_id), flags=re.S)
    assert "compare with the breakdown here" in house.page(run_id)
    assert "compare with the breakdown here" not in page
    shown = house.person.http.get(f"/runs/{again}/judgings/").text
    assert "1 of 3 points are in both; they disagree on 1 stance." in shown
    assert len(house.calls(again)) == 1
    repeated = post(house, f"/runs/{run_id}/judgings/new", model="fake/judge2", seen="k")
    assert str(repeated.url) == str(made.url)
    assert house.counts() == {"judge2": 1}


def test_a_judging_is_no_turn_of_the_conversation_and_its_answers_are_found_once(
    house: House,
) -> None:
    run_id = asked(house)
    made = post(house, f"/runs/{run_id}/judgings/new", model="fake/judge2")
    again = str(made.url).rstrip("/").rpartition("/")[2]
    house.end_of(again, "done")
    conversation = UUID(house.run_row(run_id)["conversation_id"])
    latest = house.person.http.get(f"/conversations/{conversation}/", follow_redirects=True)
    assert run_id in str(latest.url)
    kinds = house.rows("SELECT kind FROM council_passage WHERE run_id = ?", UUID(again).hex)
    assert {row["kind"] for row in kinds} == {"finding"}
    assert again not in re.sub(r"<aside.*?</aside>", "", house.page(run_id), flags=re.S)
    follow = house.ask("And in winter?", conversation=str(conversation))
    house.end_of(follow)
    said = house.provider.requests("m1")[-1]["messages"]
    assert [m["role"] for m in said[1:]] == ["user", "assistant", "user"]


def test_nobody_judges_what_cannot_be_compared(house: House) -> None:
    house.script(m1=[saying(STEEL)])
    run_id = house.ask(seats=["m1"])
    house.end_of(run_id)
    refused = post(house, f"/runs/{run_id}/judgings/new", model="fake/judge")
    assert refused.status_code == 422
    assert "two of them are there" in refused.text
    assert house.person.http.get(f"/runs/{run_id}/judgings/").status_code == 404


@pytest.mark.parametrize("what", ["model", "sample"])
def test_a_seat_that_is_not_there_is_not_changed(house: House, what: str) -> None:
    run_id = asked(house)
    refused = post(house, f"/runs/{run_id}/seats/F/{what}", model="fake/m4")
    assert refused.status_code == 404
    assert house.counts() == {}


def test_answers_are_the_same_everywhere(house: House) -> None:
    run_id = asked(house)
    assert answer(house.person.document(run_id), "C")["text"] == EITHER


def test_a_server_killed_while_an_added_member_writes_keeps_it_and_asks_nobody_twice(
    build: Build,
) -> None:
    house = build()
    run_id = asked(house, m4=[cut(TITAN)])
    post(house, f"/runs/{run_id}/seats/new", model="fake/m4", role="Smith")
    until(lambda: "titanium" in house.page(run_id), "some words of D")
    house.server.kill()
    house.server.start()
    document = house.end_of(run_id, "partial")
    assert answer(document, "D")["state"] == "interrupted"
    assert house.counts() == {"m4": 1}
    house.script(**usual(m4=[saying(TITAN)]))
    house.order(run_id, "seats/D/retry")
    document = ended(house, run_id, "D", "fake/m4")
    assert (answer(document, "D")["text"], answer(document, "D")["role"]) == (TITAN, "Smith")


def test_a_cap_of_the_run_holds_for_what_is_asked_afterwards(
    build: Build, provider: ScriptedProvider
) -> None:
    free = [{"id": m, "pricing": _FREE} for m in ("m1", "m2", "m3", "judge", "writer")]
    provider.script(usual(dear=[saying(TITAN)]))
    provider.models(*free, {"id": "dear", "pricing": _DEAR})
    house = build(CAP_RUN_USD="0.000001")
    run_id = asked(house)
    for path in ("seats/B/model", "seats/new", "judgings/new"):
        refused = post(house, f"/runs/{run_id}/{path}", model="fake/dear")
        assert refused.status_code == 422
        assert "the cap for one run is" in refused.text
    assert house.counts() == {}
    assert house.rows("SELECT id FROM council_order") == []


_FREE = {"prompt": "0", "completion": "0"}
_DEAR = {"prompt": "0.00001", "completion": "0.0001"}
