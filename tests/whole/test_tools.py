"""Members and judge look things up, from the form to the provider, the search engine and a page."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.web import Answer, Web
from tests.people import another, guest, manage
from tests.tools.files import ARTICLE
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    JUDGED,
    STEEL,
    SYNTHESIS,
    House,
    answer,
    looking,
    saying,
    until,
    usual,
)
from tests.whole.invariants import check

WEB = {"web_asked": "1", "web": "1"}
SEARCH = ("web_search", {"query": "steel frames"})


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    """A search engine at /search, and whatever page a test puts there."""
    with Web() as running:
        yield running


@pytest.fixture(scope="module")
def standing_house(provider: ScriptedProvider, web: Web) -> Iterator[House]:
    with House(provider, SEARCH_URL=web.url(""), LOCAL_ENDPOINTS=web.endpoint) as built:
        yield built


@pytest.fixture
def house(standing_house: House, web: Web) -> House:
    """A house beside the web, with one page that every search finds."""
    web.pages.clear()
    web.hits.clear()
    web.left.clear()
    web.search({"url": web.url("/tea"), "title": "All about tea", "content": "Eighty degrees."})
    web.pages["/tea"] = Answer(ARTICLE)
    return standing_house


def hang(handler: BaseHTTPRequestHandler) -> None:
    """A page that begins and never ends, until the client leaves."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.02)


def uses(document: dict[str, Any], seat: str = "A") -> list[tuple[str, str]]:
    return [(use["name"], use["state"]) for use in answer(document, seat)["tool_calls"]]


def tokens_said(house: House, run_id: str, seat: str) -> int:
    """What the one call of this seat was told to have used."""
    (ended,) = (e for e in house.events(run_id, "call_ended") if e["seat"] == seat)
    return int(ended["usage"]["completion"])


def told(house: House, model: str, request: int) -> list[dict[str, Any]]:
    """What the tools told the model, in the messages of this request."""
    messages = house.provider.requests(model)[request]["messages"]
    return [json.loads(m["content"]) for m in messages if m["role"] == "tool"]


def test_a_member_searches_reads_and_answers(house: House, web: Web) -> None:
    fetch = ("web_fetch", {"url": web.url("/tea")})
    m1 = [looking(SEARCH, text="Let me look."), looking(fetch), saying(STEEL)]
    house.script(**usual(m1=m1))
    run_id = house.ask(**WEB)
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert [(hit.path, hit.query.get("q")) for hit in web.hits] == [
        ("/search", ["steel frames"]),
        ("/tea", None),
    ]
    assert told(house, "m1", 1)[0]["results"][0]["title"] == "All about tea"
    assert "Water at eighty degrees" in told(house, "m1", 2)[1]["text"]
    a = answer(document, "A")
    assert a["text"] == f"Let me look.\n\n{STEEL}"
    assert (a["state"], a["attempts"]) == ("done", 1)
    assert uses(document) == [("web_search", "done"), ("web_fetch", "done")]
    assert a["tool_calls"][0]["arguments"] == {"query": "steel frames"}
    assert document["sources"] == [
        {"url": web.url("/tea"), "title": "All about tea", "used_by": ["A"]}
    ]
    assert house.counts() == {"m1": 3, "m2": 1, "m3": 1, "judge": 1, "writer": 1}
    others = house.provider.requests("m2")[0]["messages"]
    assert "Eighty degrees" not in json.dumps(others), "nobody sees what another has found"
    page = house.page(run_id)
    assert "searched “steel frames”" in page
    assert 'rel="noopener noreferrer nofollow ugc"' in page


def test_who_is_offered_tools_over_the_wire(house: House) -> None:
    house.script(**usual())
    run_id = house.ask(**WEB)
    house.end_of(run_id, "done")
    names = {
        model: [
            tool["function"]["name"]
            for tool in house.provider.requests(model)[0]["parameters"].get("tools", [])
        ]
        for model in ("m1", "judge", "writer")
    }
    both = ["web_search", "web_fetch"]
    assert names == {"m1": both, "judge": both, "writer": []}
    plain = house.ask(web_asked="1")
    house.end_of(plain, "done")
    assert "tools" not in house.provider.requests("m1")[1]["parameters"], "the box was not ticked"


def test_after_four_steps_it_has_to_answer(house: House, web: Web) -> None:
    house.script(**usual(m1=[looking(SEARCH)]))
    run_id = house.ask(**WEB)
    house.end_of(run_id, "partial")
    document = check(house, run_id)
    asked = [request["parameters"] for request in house.provider.requests("m1")]
    assert [p.get("tool_choice") for p in asked] == [None, None, None, None, "none"]
    assert len(web.hits) == 4
    a = answer(document, "A")
    assert a["state"] == "empty"
    assert "instead of answering" in a["failure"]["message"]


def test_a_tool_nobody_offered_is_shown_and_nothing_is_sent(house: House, web: Web) -> None:
    fetch = ("web_fetch", {"url": web.url("/tea")})
    house.script(
        **usual(
            m1=[looking(SEARCH, ("rm", {"path": "<b>/</b>"}))],
            m2=[looking(fetch, text=ALUMINIUM, usage={"cost": 0.25})],
            judge=[looking(SEARCH, text=JUDGED)],
            writer=[looking(SEARCH, text=SYNTHESIS)],
        )
    )
    run_id = house.ask(web_asked="1")
    house.end_of(run_id, "partial")
    document = check(house, run_id)
    assert web.hits == []
    a, b = answer(document, "A"), answer(document, "B")
    assert a["state"] == "empty"
    assert a["failure"]["message"] == "It called a tool it was not offered instead of answering."
    assert uses(document) == [("web_search", "refused"), ("rm", "refused")]
    assert [use["arguments"] for use in a["tool_calls"]] == [SEARCH[1], {"path": "<b>/</b>"}]
    assert (b["state"], b["text"], b["cost_usd"]) == ("done", ALUMINIUM, 0.25)
    assert b["usage"]["completion"] == tokens_said(house, run_id, "B")
    for part in (b, document["judge"], document["synthesis"]):
        assert [use["state"] for use in part["tool_calls"]] == ["refused"]
    page = house.page(run_id)
    assert page.count("may not search “steel frames”") == 3
    assert "may not use rm · This tool was not offered; nothing was sent." in page
    assert "{&quot;path&quot;: &quot;&lt;b&gt;/&lt;/b&gt;&quot;}" in page


def test_an_address_from_nowhere_gets_no_packet(house: House, web: Web) -> None:
    collector = web.url("/collect?d=the+whole+prompt")
    house.script(**usual(m1=[looking(("web_fetch", {"url": collector})), saying(STEEL)]))
    run_id = house.ask(**WEB)
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert uses(document) == [("web_fetch", "refused")]
    assert told(house, "m1", 1)[0]["error"] == "url_not_in_context"
    assert web.hits == []
    assert collector in house.page(run_id), "what it tried is shown"


def test_a_private_address_in_the_question_gets_no_packet(house: House) -> None:
    with Web() as canary:
        url = canary.url("/admin")
        house.script(**usual(m1=[looking(("web_fetch", {"url": url})), saying(STEEL)]))
        run_id = house.ask(f"What does {url} say?", **WEB)
        house.end_of(run_id, "done")
        assert uses(check(house, run_id)) == [("web_fetch", "refused")]
        assert canary.connections == 0


@pytest.mark.parametrize("order", ["stop", "seats/A/stop"])
def test_stop_cuts_a_tool_off_within_a_second(house: House, web: Web, order: str) -> None:
    web.pages["/tea"] = hang
    fetch = ("web_fetch", {"url": web.url("/tea")})
    house.script(**usual(m1=[looking(SEARCH, text="Hm."), looking(fetch), saying(STEEL)]))
    run_id = house.ask(**WEB)
    until(lambda: any(hit.path == "/tea" for hit in web.hits), "the page is being read")
    pressed = house.order(run_id, order)
    assert web.left.wait(1.0 - (time.monotonic() - pressed)), "the page was not left in time"
    house.end_of(run_id)
    document = check(house, run_id)
    a = answer(document, "A")
    assert (a["state"], a["text"]) == ("stopped", "Hm.")
    assert a["tool_calls"][-1]["note"] == "stopped"
    assert house.counts()["m1"] == 2


def test_a_kill_amid_a_tool_keeps_the_words_and_every_bill(house: House, web: Web) -> None:
    web.pages["/tea"] = hang
    fetch = ("web_fetch", {"url": web.url("/tea")})
    priced: dict[str, Any] = {"usage": {"cost": 0.25}}
    m1 = [looking(SEARCH, text="Hm.", **priced), looking(fetch, **priced), saying(STEEL)]
    house.script(**usual(m1=m1))
    run_id = house.ask(**WEB)
    until(lambda: any(hit.path == "/tea" for hit in web.hits), "the page is being read")
    until(lambda: answer(house.person.document(run_id), "C")["state"] == "done", "the others")
    before = house.calls(run_id)
    house.server.kill()
    house.server.start()
    house.end_of(run_id)
    document = check(house, run_id)
    a = answer(document, "A")
    assert (a["state"], a["text"], a["cost_usd"]) == ("interrupted", "Hm.", 0.5)
    assert a["tool_calls"][-1]["note"] == "cut off"
    rows = {call["id"]: call for call in house.calls(run_id)}
    assert all(rows[call["id"]] == call for call in before if call["ended_at"])
    assert house.counts()["m1"] == 2, "only a reader may ask a member again"
    assert house.counts()["judge"] == 1
    again = house.retry(run_id, "A")
    assert answer(again, "A")["text"] == STEEL


def test_a_judge_killed_amid_a_tool_is_asked_again_by_itself(house: House, web: Web) -> None:
    web.pages["/tea"] = hang
    fetch = ("web_fetch", {"url": web.url("/tea")})
    house.script(
        **usual(m1=[looking(SEARCH), saying(STEEL)], judge=[looking(fetch), saying(JUDGED)])
    )
    run_id = house.ask(**WEB)
    until(lambda: any(hit.path == "/tea" for hit in web.hits), "the judge reads")
    house.server.kill()
    house.server.start()
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert document["judge"]["state"] == "done"
    assert house.counts()["judge"] == 2


def test_the_judge_checks_a_fact_and_its_page_is_named(house: House, web: Web) -> None:
    fetch = ("web_fetch", {"url": web.url("/tea")})
    house.script(
        **usual(m1=[looking(SEARCH), saying(STEEL)], judge=[looking(fetch), saying(JUDGED)])
    )
    run_id = house.ask(**WEB)
    house.end_of(run_id, "done")
    document = check(house, run_id)
    assert [use["state"] for use in document["judge"]["tool_calls"]] == ["done"]
    assert document["sources"][0]["used_by"] == ["judge"]
    assert len(document["breakdown"]["contradictions"]) == 1


def test_a_model_that_refuses_tools_answers_without_and_says_so(house: House) -> None:
    refusal = {"status": 400, "body": {"error": {"message": "m3 does not support tools"}}}
    house.script(**usual(m3=[refusal, saying(EITHER)]))
    run_id = house.ask(**WEB)
    house.end_of(run_id, "done")
    c = answer(check(house, run_id), "C")
    assert "without tools" in c["note"]
    assert "without tools" in house.page(run_id)
    again = house.ask(**WEB)
    house.end_of(again, "done")
    assert len(house.provider.requests("m3")) == 3, "it is remembered"


def test_broken_arguments_are_told_to_the_model(house: House, web: Web) -> None:
    odd = [("web_search", '{"query": '), ("web_search", {"query": 7}), ("rm", {})]
    house.script(**usual(m2=[looking(*odd), saying(ALUMINIUM)]))  # type: ignore[arg-type]
    run_id = house.ask(**WEB)
    house.end_of(run_id, "done")
    assert [state for _, state in uses(check(house, run_id), "B")] == ["failed"] * 3
    assert web.hits == []


def test_without_an_engine_the_box_says_what_to_set(provider: ScriptedProvider) -> None:
    with House(provider) as bare:
        assert "SEARCH_URL" in bare.person.http.get("/").text
        bare.script(**usual())
        run_id = bare.ask(**WEB)
        bare.end_of(run_id, "done")
        (tool,) = bare.provider.requests("m1")[0]["parameters"]["tools"]
        assert tool["function"]["name"] == "web_fetch"


def test_a_search_that_bills_the_server_is_for_whoever_may_use_its_keys(
    provider: ScriptedProvider, web: Web
) -> None:
    """Their members cost nothing here; a search with the owner's key would."""
    web.search({"url": web.url("/tea"), "title": "Tea"}, path="/brave")
    paid = {"BRAVE_API_KEY": "brave-of-the-owner", "BRAVE_URL": web.url("/brave")}
    more = {"LOCAL_ENDPOINTS": web.endpoint, "GUESTS": "1", "GUEST_BUDGET_USD": "5"}
    provider.models(*({"id": m, "pricing": {"prompt": "0", "completion": "0"}} for m in usual()))
    with House(provider, **paid, **more) as bank:
        manage(bank.server, _NOT_LET)
        people = (another(bank.server), guest(bank.server), bank.person)
        for person, offered in zip(people, (_READS, _READS, _BOTH), strict=True):
            web.hits.clear()
            bank.script(**usual(m1=[looking(SEARCH), saying(STEEL)]))
            models = [f"fake/{m}" for m in ("m1", "m2")]
            run = person.ask("Steel?", models, "fake/judge", writer="fake/writer", **WEB)
            person.wait_for(run)
            assert ("May search the web and" in person.http.get("/").text) == bool(web.hits)
            tools = bank.provider.requests("m1")[0]["parameters"]["tools"]
            assert {tool["function"]["name"] for tool in tools} == offered
            assert bool(web.hits) == ("web_search" in offered)
            person.http.close()
    provider.models()


_READS, _BOTH = {"web_fetch"}, {"web_fetch", "web_search"}
_NOT_LET = """
from council.models import Person
Person.objects.create(username="boole", may_use_server_keys=False)
"""


def test_the_terminal_names_what_was_looked_up(house: House, web: Web) -> None:
    fetch = ("web_fetch", {"url": web.url("/tea")})
    house.script(**usual(m1=[looking(SEARCH), looking(fetch), saying(STEEL)]))
    council = {
        "version": 1,
        "kind": "council",
        "name": "With tools",
        "seats": [{"model": f"fake/m{n}"} for n in (1, 2, 3)],
        "judge": {"model": "fake/judge"},
        "writer": {"model": "fake/writer"},
        "tools": ["web_search", "web_fetch"],
    }
    path = house.server.data_dir / "council.json"
    path.write_text(json.dumps(council))
    done = house.server.manage("ask", "Steel or aluminium?", "--council", str(path))
    assert done.returncode == 0, done.stderr
    assert "searched “steel frames”: 1 result" in done.stdout
    assert f"• A  All about tea {web.url('/tea')}" in done.stdout


def test_half_a_character_in_an_address_found_breaks_nothing(house: House, web: Web) -> None:
    """No UTF-8 can hold it: written down, it would have ended the run."""
    web.search({"url": "http://a.example/\ud800", "title": "\udfff"}, {"url": web.url("/tea")})
    web.pages["/away"] = Answer(status=302, headers={"Location": "/caf\xe9"})
    away = ("web_fetch", {"url": web.url("/away")})
    house.script(**usual(m1=[looking(SEARCH, away), saying(STEEL)]))
    run_id = house.ask(f"What does {web.url('/away')} say?", **WEB)
    house.end_of(run_id, "done")
    assert uses(check(house, run_id))[0] == ("web_search", "done")
