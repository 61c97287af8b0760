"""The first start with whatever a stranger has: nothing, one endpoint, Ollama, a wrong address."""

import html
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless, LiveServer, free_port
from tests.whole.conftest import Build
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    PATIENCE_S,
    STEEL,
    SYNTHESIS,
    House,
    answer,
    saying,
    signed_in,
    until,
    usual,
)
from tests.whole.invariants import check

QUESTION = "Which metal for a touring frame? <b>Really</b>?"
OFFERED = ("ada", "boole", "curie", "dirac")
"""What the scripted provider lists first, and so what a default council is made of."""


@pytest.fixture
def endpoint() -> Iterator[ScriptedProvider]:
    """An endpoint that has never heard of us; its first four models answer anything."""
    judged = usual()["judge"][0]
    takes = [[saying(STEEL)], [saying(ALUMINIUM)], [saying(EITHER)], [judged, saying(SYNTHESIS)]]
    with ScriptedProvider(dict(zip(OFFERED, takes, strict=True))) as running:
        yield running


def _ask_as_offered(person: Browserless, prompt: str) -> str:
    """Type a question, change nothing, press Ask: the id of the run."""
    home = person.http.get("/").text
    chosen = re.search(r'<option value="([^"]+)" selected', home)
    assert chosen is not None, "no council is chosen for the stranger"
    answered = person.post("/runs/", prompt=prompt, key="first", council=chosen[1])
    assert "/runs/" in answered.url.path, answered.text[:2000]
    return answered.url.path.split("/")[2]


def _is_written(person: Browserless, run_id: str) -> bool:
    written = person.document(run_id)["synthesis"]
    return written is not None and bool(written["state"] == "done")


def _text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page))


def test_without_a_provider_samples_are_offered_and_an_own_question_is_kept() -> None:
    with LiveServer() as server, signed_in(server) as person:
        home = person.http.get("/").text
        assert "Scripted, not AI" in home
        answered = person.post("/runs/", prompt=QUESTION, key="own")
        assert answered.status_code == 409
        assert "Connect a provider" in answered.text
        assert html.escape(QUESTION) in answered.text, "kept, and escaped"
        assert "OPENROUTER_API_KEY=" in answered.text
        back = person.http.get("/", params={"prompt": QUESTION}).text
        assert html.escape(QUESTION) in back


def test_without_a_provider_a_sample_plays_to_its_end() -> None:
    with LiveServer({"LIMIT_LATE_S": "1"}) as server, signed_in(server) as person:
        answered = person.post("/runs/", sample="blood-pressure", key="sample")
        assert "/runs/" in answered.url.path, answered.text
        run_id = answered.url.path.split("/")[2]
        until(lambda: _is_written(person, run_id), "the synthesis", within_s=2 * PATIENCE_S)
        person.post(f"/runs/{run_id}/seats/B/stop")  # the slow one; nobody has to wait for it
        document = person.wait_for(run_id, "partial", within_s=PATIENCE_S)
        page = person.http.get(f"/runs/{run_id}/").text
        kept = {path.name for path in server.data_dir.iterdir()}
    assert "rehearsal.json" in kept
    assert "rehearsal.log" not in kept, "nothing that was asked is kept twice"
    assert document["answered"] >= 2
    assert document["judge"]["state"] == "done"
    assert document["breakdown"]["contradictions"], "members truly disagree"
    assert document["synthesis"]["state"] == "done"
    assert "Scripted, not AI" in page


def test_ask_without_a_provider_says_what_to_do() -> None:
    server = LiveServer()
    asked = server.manage("ask", QUESTION, "--json")
    assert asked.returncode == 2
    assert "No provider is connected" in asked.stderr
    assert asked.stdout == ""
    server.__exit__()


def test_with_one_endpoint_a_council_is_made_of_what_it_lists(endpoint: ScriptedProvider) -> None:
    with House(endpoint) as house:
        run_id = _ask_as_offered(house.person, QUESTION)
        house.end_of(run_id, "done")
        document = check(house, run_id)
        assert [a["model"] for a in document["answers"]] == [f"fake/{m}" for m in OFFERED[:3]]
        assert document["judge"]["model"] == "fake/dirac"
        endpoint.reset()
        asked = house.server.manage("ask", QUESTION, "--json")
        assert asked.returncode == 0, asked.stderr
        assert json.loads(asked.stdout)["synthesis"]["text"] == SYNTHESIS


def test_with_only_ollama_members_answer_one_after_the_other(endpoint: ScriptedProvider) -> None:
    slow: dict[str, Any] = {"first_token_s": 0.4}
    for name, text in zip(OFFERED, (STEEL, ALUMINIUM, EITHER), strict=False):
        endpoint.script({name: [saying(text, **slow)]})
    with House(
        endpoint, OLLAMA_HOST=endpoint.url.removesuffix("/v1"), COUNCIL_PROVIDER_FAKE_URL=""
    ) as house:
        run_id = _ask_as_offered(house.person, QUESTION)
        house.end_of(run_id, "done")
        document = check(house, run_id)
        assert answer(document, "A")["model"] == "ollama/ada"
        queued = {event["seat"] for event in house.events(run_id, "call_queued")}
        assert len(queued) == 2, "two members wait for the first"
        asked = endpoint.requests()
        for one, next_one in pairwise(asked):
            assert endpoint.end_of(one)["t"] <= next_one["t"], "two calls at a time"


@pytest.mark.parametrize("trouble", ["no list", "down"])
def test_an_endpoint_that_lists_nothing_is_named_and_breaks_no_page(
    endpoint: ScriptedProvider, trouble: str
) -> None:
    address = f"http://127.0.0.1:{free_port()}/v1" if trouble == "down" else f"{endpoint.url}/no"
    with LiveServer({"COUNCIL_PROVIDER_ODD_URL": address}) as server, signed_in(server) as person:
        home = person.http.get("/")
        assert home.status_code == 200
        assert "Scripted, not AI" in home.text
        connect = _text(person.http.get("/connect/").text)
        assert "odd" in connect.casefold()
        assert ("cannot be reached" if trouble == "down" else "(404)") in connect
        answered = person.post("/runs/", prompt=QUESTION, key="own")
        assert answered.status_code == (409 if trouble == "down" else 422)
        assert html.escape(QUESTION) in answered.text


def test_an_endpoint_without_a_list_is_asked_by_the_names_a_reader_writes(
    endpoint: ScriptedProvider,
) -> None:
    address = endpoint.url.replace("/v1", "/unlisted/v1")
    with LiveServer({"COUNCIL_PROVIDER_ODD_URL": address}) as server, signed_in(server) as person:
        home = person.http.get("/").text
        assert "write their names" in home
        assert 'value="odd/"' in home
        unnamed = person.post("/runs/", prompt=QUESTION, council="by-hand-odd", model=["odd/"])
        assert unnamed.status_code == 422
        assert "write their names" in unnamed.text
        run_id = person.ask(QUESTION, ["odd/ada", "odd/boole"], "odd/dirac")
        assert person.wait_for(run_id)["state"] == "done"


def test_one_endpoint_that_is_down_takes_nothing_from_the_one_beside_it(
    endpoint: ScriptedProvider, build: Build
) -> None:
    down = f"http://127.0.0.1:{free_port()}/v1"
    house = build(COUNCIL_PROVIDER_DOWN_URL=down)
    house.script(**usual())
    run_id = house.ask(seats=["m1", "m2"])
    house.end_of(run_id, "done")
    mixed = house.person.ask(
        "And with one that is down?", ["fake/m1", "fake/m2", "down/m3"], "fake/judge"
    )
    house.end_of(mixed, "partial")
    document = house.person.document(mixed)
    assert answer(document, "C")["state"] == "failed:unreachable"
    assert document["answered"] == 2


def test_two_endpoints_sit_on_one_council_and_each_gets_only_its_own_calls(
    endpoint: ScriptedProvider, build: Build
) -> None:
    house = build(COUNCIL_PROVIDER_OTHER_URL=endpoint.url, COUNCIL_PROVIDER_OTHER_KEY="sk-other")
    house.script(**usual())
    run_id = house.person.ask(
        "Side by side?", ["fake/m1", "other/boole"], "fake/judge", writer="fake/writer"
    )
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert [a["text"] for a in document["answers"]] == [STEEL, ALUMINIUM]
    hosts = [a["host"] for a in document["answers"]]
    assert hosts == [p.url.split("/")[2] for p in (house.provider, endpoint)]
    assert house.counts() == {"m1": 1, "judge": 1, "writer": 1}
    assert [(r["model"], r["key"]) for r in endpoint.requests()] == [("boole", True)]
    assert not any(r["key"] for r in house.provider.requests()), "a key stays with its endpoint"
    assert "all-fake" in house.person.http.get("/").text
    assert "all-other" in house.person.http.get("/").text
