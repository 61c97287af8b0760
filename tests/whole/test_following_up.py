"""A second question in a conversation, one question asked twice, and what cannot be asked."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from tests.whole.house import ALUMINIUM, STEEL, SYNTHESIS, House, saying, usual
from tests.whole.invariants import check, document_sent


def _conversation(house: House, run_id: str) -> str:
    return str(UUID(house.run_row(run_id)["conversation_id"]))


def _ended(house: House, prompt: str, **fields: Any) -> str:
    run_id = house.ask(prompt, **fields)
    house.end_of(run_id)
    check(house, run_id)
    return run_id


def test_a_follow_up_carries_question_and_synthesis_to_everybody(house: House) -> None:
    house.script(**usual())
    first = _ended(house, "Steel or aluminium, for a world tour?")
    second = _ended(house, "And for winter?", conversation=_conversation(house, first))
    assert house.run_row(second)["number"] == 2
    for model in ("m1", "m2", "m3"):
        said = house.provider.requests(model)[1]["messages"][1:]
        assert [m["role"] for m in said] == ["user", "assistant", "user"]
        earlier, answered, question = (m["content"] for m in said)
        assert earlier == "Steel or aluminium, for a world tour?"
        assert (answered, question) == (SYNTHESIS, "And for winter?")
    for model in ("judge", "writer"):
        sent = document_sent(house.provider.requests(model)[1])
        assert sent["question"] == "And for winter?"
        turn = {"question": "Steel or aluminium, for a world tour?", "answer": SYNTHESIS}
        assert sent["earlier"] == [turn]
    assert "Steel or aluminium, for a world tour?" in house.page(second)


def test_a_run_that_failed_contributes_nothing_to_its_follow_up(house: House) -> None:
    refused = {"status": 401}
    house.script(m1=[refused, saying(STEEL)])
    first = _ended(house, "The first try", seats=["m1"])
    _ended(house, "The second try", seats=["m1"], conversation=_conversation(house, first))
    said = house.provider.requests("m1")[1]["messages"]
    assert [m["content"] for m in said if m["role"] != "system"] == ["The second try"]


def test_the_only_answer_of_a_run_is_what_its_follow_up_builds_on(house: House) -> None:
    house.script(m1=[saying(STEEL)])
    first = _ended(house, "Which metal?", seats=["m1"])
    _ended(house, "Why?", seats=["m1"], conversation=_conversation(house, first))
    said = house.provider.requests("m1")[1]["messages"]
    assert [m["content"] for m in said[1:]] == ["Which metal?", STEEL, "Why?"]


def test_nobody_follows_up_in_a_conversation_that_is_not_there(house: House) -> None:
    for wrong in ("0" * 32, "not-one"):
        form = {"prompt": "And?", "conversation": wrong, "key": "k"}
        assert house.person.post("/runs/", **form).status_code == 404


def test_five_equal_posts_at_once_make_one_run(house: House) -> None:
    house.script(**usual())
    home = house.person.http.get("/").text
    slug = re.search(r'<option value="([^"]+)"', home)
    assert slug is not None
    form = {
        "prompt": "Only once?",
        "key": "pressed-five-times",
        "council": slug[1],
        "model": ["fake/m1", "fake/m2"],
        "role": ["", ""],
        "judge": "fake/judge",
    }
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: house.person.post("/runs/", **form), range(5)))
    assert {a.status_code for a in answers} == {200}
    addresses = {a.url.path for a in answers}
    assert len(addresses) == 1
    run_id = addresses.pop().split("/")[2]
    house.end_of(run_id)
    check(house, run_id)
    assert (house.counts()["m1"], house.counts()["m2"]) == (1, 1)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"prompt": " \n "}, "Write a question first."),
        ({"prompt": "x" * 200_001}, "200,001 characters"),
        ({"prompt": "Kept?", "model": ["no provider"]}, "Seat A: write the model as"),
        ({"prompt": "Kept?", "model": ["fake/m1"], "judge": "none"}, "The judge: write the model"),
        ({"prompt": "Kept?", "model": [""]}, "at least one seat"),
    ],
    ids=["empty", "too long", "bad model", "bad judge", "no seats"],
)
def test_what_cannot_be_asked_comes_back_in_its_box_with_the_reason(
    house: House, form: dict[str, Any], reason: str
) -> None:
    before = house.rows("SELECT count(*) AS n FROM council_run")
    answered = house.person.post("/runs/", council="all-fake", key="refused", **form)
    assert answered.status_code == 422
    assert reason in answered.text
    box = re.search(r"<textarea[^>]*>(.*?)</textarea>", answered.text, re.DOTALL)
    assert box is not None
    assert box[1].strip() == form["prompt"].strip(), "the question is kept"
    assert house.rows("SELECT count(*) AS n FROM council_run") == before


_FOLLOW_UP_WITH_OWN = """
from council.actions import people, runs
from council.core.plan import Council
from council.models import Conversation
names = [f"fake/{{m}}" for m in ("m1", "m2")]
council = Council(name="Own", history="own", seats=[{{"model": m}} for m in names],
    judge={{"model": "fake/judge"}})
thread = Conversation.objects.get(id="{thread}")
print(runs.start(person=people.owner(), prompt="Why?", council=council, thread=thread).id)
"""


def test_with_history_own_every_member_goes_on_from_its_own_words(house: House) -> None:
    house.script(**usual(m2=[{"status": 401}, saying(ALUMINIUM)]))
    first = _ended(house, "Which metal, then?")
    # No form has a field for this; the run is played by the server all the same.
    code = _FOLLOW_UP_WITH_OWN.format(thread=_conversation(house, first))
    started = house.server.manage("shell", "--no-imports", "-c", code)
    second = started.stdout.strip()
    assert second, started.stderr
    house.end_of(second)
    said = [house.provider.requests(m)[1]["messages"][2]["content"] for m in ("m1", "m2")]
    assert said == [STEEL, SYNTHESIS], "who had no answer of its own is given the synthesis"
