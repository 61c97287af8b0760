"""Going on from a run: what exactly reaches whom, and what stands on the page of it."""

import json
import re
from typing import Any
from uuid import UUID

from tests.whole.conftest import Build
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    STEEL,
    SYNTHESIS,
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

CLAIM = "Steel is the better choice."
POINT = comparison(
    finding(CLAIM, A="Take steel", B="not:Take aluminium") | {"crux": "Where one can weld."},
    finding("Fit matters.", "low", C="buy the frame that fits your back") | {"list": "consensus"},
)
FIRST = "Steel or aluminium, for a world tour?"


def _conversation(house: House, run_id: str) -> str:
    return str(UUID(house.run_row(run_id)["conversation_id"]))


def _asked(house: House, prompt: str = FIRST, **fields: Any) -> str:
    run_id = house.ask(prompt, **fields)
    house.end_of(run_id)
    return run_id


def _going_on(house: House, about: str, to: str, prompt: str, **fields: Any) -> str:
    """A follow-up from the page of this run to somebody alone."""
    found = house.person.post(
        "/runs/",
        prompt=prompt,
        to=to,
        about=about,
        conversation=_conversation(house, about),
        key=f"{to}-{about}-{prompt}"[:64],
        **fields,
    )
    assert found.status_code == 200, found.text[:2000]
    run_id = found.url.path.split("/")[2]
    house.end_of(run_id)
    return run_id


def _ask_only(house: House, run_id: str, name: str = "f1") -> str:
    found = house.person.post(f"/runs/{run_id}/points/{name}", key=f"only-{run_id}"[:60])
    assert found.status_code == 200, found.text[:2000]
    return str(found.url.path.split("/")[2])


def _said(house: House, model: str, number: int) -> list[tuple[str, str]]:
    """What this request held besides the rules."""
    messages = house.provider.requests(model)[number]["messages"]
    return [(m["role"], m["content"]) for m in messages if m["role"] != "system"]


def test_one_member_alone_hears_exactly_its_own_thread(house: House) -> None:
    house.script(**usual(m2=[saying(ALUMINIUM), saying("Because of rust."), saying("Yes.")]))
    first = _asked(house)
    second = _going_on(house, first, "B", "Why?")
    third = _going_on(house, second, "B", "Are you sure?")
    assert _said(house, "m2", 2) == [
        ("user", FIRST),
        ("assistant", ALUMINIUM),
        ("user", "Why?"),
        ("assistant", "Because of rust."),
        ("user", "Are you sure?"),
    ]
    assert house.counts() == {"m1": 1, "m2": 3, "m3": 1, "judge": 1, "writer": 1}
    document = check(house, third)
    assert (document["run_kind"], document["asked"], document["parent"]) == ("member", ["B"], first)
    assert document["state"] == "done"
    page = house.page(third)
    assert "alone: it sees its own answers" in page
    assert 'id="seat-B"' in page
    assert 'id="seat-A"' not in page


def test_the_estimate_is_of_whoever_is_asked(house: House) -> None:
    house.script(**usual())
    first = _asked(house)
    form = {"prompt": "Why?", "about": first, "conversation": _conversation(house, first)}
    said = {
        to: house.person.post("/composer/estimate", to=to, **form).text for to in ("B", "synthesis")
    }
    assert "B alone" in said["B"]
    assert "m1" not in said["B"]
    assert "the writer alone" in said["synthesis"]
    chosen = house.person.http.get(f"/runs/{first}/?to=B").text
    assert '<option value="B" data-name="m2" selected>' in chosen, "without script as well"


def test_what_one_member_was_asked_alone_is_not_told_to_the_others(house: House) -> None:
    house.script(**usual(m2=[saying(ALUMINIUM), saying("Because of rust."), saying(ALUMINIUM)]))
    first = _asked(house)
    _going_on(house, first, "B", "Why?")
    last = _asked(house, "And for winter?", conversation=_conversation(house, first))
    for model in ("m1", "m3"):
        said = [("user", FIRST), ("assistant", SYNTHESIS), ("user", "And for winter?")]
        assert _said(house, model, 1) == said
    assert "to B alone" in house.page(last), "the page's list of earlier questions says whom"
    found = house.person.http.get(f"/conversations/{_conversation(house, first)}/")
    assert found.url.path == f"/runs/{last}/"


def test_the_synthesis_is_asked_as_its_writer_and_joins_the_thread(house: House) -> None:
    house.script(**usual(writer=[saying(SYNTHESIS), saying("At 18 kg."), saying(SYNTHESIS)]))
    first = _asked(house)
    second = _going_on(house, first, "synthesis", "From which weight on?")
    assert _said(house, "writer", 1) == [
        ("user", FIRST),
        ("assistant", SYNTHESIS),
        ("user", "From which weight on?"),
    ]
    assert check(house, second)["run_kind"] == "synthesis"
    _asked(house, "And in winter?", conversation=_conversation(house, first))
    assert _said(house, "m1", 1)[2:4] == [
        ("user", "From which weight on?"),
        ("assistant", "At 18 kg."),
    ]
    assert house.counts()["judge"] == 2, "nobody judged the writer's own answer"


def test_nobody_who_is_not_there_can_be_asked_alone(house: House) -> None:
    house.script(**usual(m3=[{"status": 401}]))
    first = _asked(house)
    for name in ("C", "Z", "judge"):
        form = {"prompt": "Why?", "to": name, "about": first, "key": name}
        assert house.person.post("/runs/", **form).status_code == 404


def test_ask_only_this_sends_claim_crux_and_quotes_and_nothing_else(house: House) -> None:
    replies = {
        "m1": [saying(STEEL), saying("TRUE\n\nA smith is everywhere.")],
        "m2": [saying(ALUMINIUM), saying("**True.** I had not thought of repairs.")],
        "m3": [saying(EITHER), saying("It depends on the rider.")],
    }
    house.script(**usual(**replies, judge=[saying(POINT)]))
    first = _asked(house)
    page = house.page(first)
    assert f"/runs/{first}/points/f1" in page
    assert "/points/f2" not in page, "what nobody contests is not asked about"
    shown = house.person.http.get(f"/runs/{first}/points/f1").text
    assert "Three members are asked about this point alone" in shown
    second = _ask_only(house, first)
    house.end_of(second)
    document = check(house, second)
    [(_, sent)] = _said(house, "m2", 1)
    assert json.loads(sent) == {
        "claim": CLAIM,
        "turns_on": "Where one can weld.",
        "you_said": "Take aluminium",
        "others_said": [{"side": "holds it true", "words": "Take steel"}],
    }
    for model in ("m1", "m2", "m3"):
        asked = json.dumps(house.provider.requests(model)[1])
        for kept_back in (FIRST, "welded", "does not rust", EITHER, SYNTHESIS, "fake/m"):
            assert kept_back not in re.sub(r'"model": "[^"]*"', "", asked)
    assert house.counts() == {"m1": 2, "m2": 2, "m3": 2, "judge": 1, "writer": 1}
    changes = {c["seat"]: (c["before"], c["after"], c["how"]) for c in document["point"]["changes"]}
    assert changes == {
        "A": ("supports", "supports", "kept"),
        "B": ("contradicts", "supports", "changed"),
        "C": ("silent", None, "unsaid"),
    }
    summary = "B changed its mind; A keeps its view; C did not say. The question stays open."
    assert summary in house.page(second)
    refused = house.person.http.post(
        f"/runs/{second}/judge", data={"csrfmiddlewaretoken": house.person.token}
    )
    assert refused.status_code == 409, "there is nothing to compare"
    assert summary in house.page(first), "the finding says what came of it"


def test_the_same_press_asks_about_a_point_once(house: House) -> None:
    house.script(**usual(judge=[saying(POINT)]))
    first = _asked(house)
    assert _ask_only(house, first) == _ask_only(house, first)


def test_a_point_that_is_not_contested_cannot_be_asked_about(house: House) -> None:
    house.script(**usual(judge=[saying(POINT)]))
    first = _asked(house)
    for name in ("f2", "f9"):
        assert house.person.post(f"/runs/{first}/points/{name}").status_code == 404


def test_a_server_killed_while_one_point_is_asked_goes_on(build: Build) -> None:
    house = build()
    replies = {
        "m1": [saying(STEEL), saying("TRUE\nStill.")],
        "m2": [
            saying(ALUMINIUM),
            cut("FALSE\nBecause of the weight of the thing."),
            saying("TRUE"),
        ],
    }
    house.script(**usual(**replies, judge=[saying(POINT)]))
    first = _asked(house)
    second = _ask_only(house, first)
    until(lambda: answer(house.person.document(second), "B")["text"], "B's first words")
    house.server.kill()
    house.server.start()
    assert house.end_of(second)["state"] in ("done", "partial")
    document = check(house, second)
    assert answer(document, "B")["state"] == "interrupted"
    assert house.retry(second, "B")["state"] == "done"
    changes = house.person.document(second)["point"]["changes"]
    assert [change["after"] for change in changes][:2] == ["supports", "supports"]
    assert house.counts()["judge"] == 1


def test_a_question_asked_anew_begins_a_conversation_with_what_was_before_it(house: House) -> None:
    house.script(**usual())
    first = _asked(house)
    thread, note = _conversation(house, first), ("tour.txt", b"We start in May.")
    second = _asked(house, "And for winter?", conversation=thread, files=[note])
    box = house.person.http.get(f"/runs/{second}/branch").text
    assert "And for winter?" in box
    assert "tour.txt" in box
    attached = re.findall(r'name="attached" value="([^"]+)"', box)
    council = re.search(r'<option value="([^"]+)" selected', box)
    assert council is not None
    form = {"prompt": "And for summer?", "branch": second, "key": "anew", "attached": attached}
    made = house.person.post("/runs/", **form, council=council[1])
    third = made.url.path.split("/")[2]
    document = house.end_of(third)
    check(house, third)
    assert [a["name"] for a in document["attachments"]] == ["tour.txt"]
    assert _conversation(house, third) != thread
    assert _said(house, "m1", 2)[:2] == [("user", FIRST), ("assistant", SYNTHESIS)]
    assert _said(house, "m1", 2)[2][1].startswith("And for summer?")
    assert f"/runs/{second}/" in house.page(third)
    assert "1 branch" in house.page(second)
    _asked(house, "And then?", conversation=_conversation(house, third))
    prompts = [content for role, content in _said(house, "m1", 3) if role == "user"]
    assert [prompt.splitlines()[0] for prompt in prompts] == [FIRST, "And for summer?", "And then?"]
