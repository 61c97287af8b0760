"""Who may ask what: keys, limits, and requests that are refused before anybody is asked."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.api.client import QUESTION, Client, a_key
from tests.fakes.server import LiveServer
from tests.whole.house import STEEL, House, saying, silent, until, usual

FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}

CALLED = {"role": "assistant", "tool_calls": [{"id": "1", "type": "function", "function": {}}]}
WORDS = {"type": "text", "text": "What is said here?"}
AUDIO = {"type": "input_audio", "input_audio": {"data": "", "format": "wav"}}


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"top_p": 0.2}, "top_p"),
        ({"audio": {"voice": "any"}}, "audio"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"tools": [FUNCTION], "tool_choice": "required"}, "tool_choice"),
        ({"tools": [FUNCTION], "tool_choice": FUNCTION}, "tool_choice"),
        ({"temprature": 1}, "temprature"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_tokens": "5"}, "max_tokens"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"messages": []}, "messages"),
        ({"messages": [*QUESTION, {"role": "assistant", "content": "Yes."}]}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [*QUESTION, CALLED, *QUESTION]}, "messages[1].tool_calls"),
        (
            {"messages": [{"role": "user", "content": [WORDS, AUDIO]}]},
            "messages[0].content[1].type",
        ),
        ({"messages": [{"role": "user", "content": [WORDS, 5]}]}, "messages[0].content[1]"),
        ({"messages": [{"role": "user", "content": 5}]}, "messages[0].content"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"plugins": [{"id": "fusion"}]}, "plugins"),
        ({"plugins": [{"id": "web"}]}, "plugins"),
    ],
)
def test_what_a_council_cannot_do_is_refused_by_name(
    house: House, client: Client, fields: dict[str, Any], param: str
) -> None:
    answer = client.ask(**fields)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param
    assert house.provider.requests() == []


def test_what_changes_nothing_is_taken_as_openai_takes_it(house: House, client: Client) -> None:
    house.script(**usual())
    harmless: dict[str, Any] = {
        "user": "u",
        "metadata": {"a": "b"},
        "store": False,
        "seed": 1,
        "n": 1,
        "top_p": 1,
        "tools": [FUNCTION],  # Open WebUI sends some with every question
        "tool_choice": "auto",
    }
    assert client.ask(**harmless, parallel_tool_calls=True).status_code == 200


def test_every_header_is_decided_alike_and_the_address_never(house: House, token: str) -> None:
    url = f"{house.server.url}/v1/models"
    with httpx.Client(trust_env=False) as http:
        for right, wrong in [
            ({"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {token}x"}),
            ({"x-api-key": token}, {"x-api-key": f"{token}x"}),
            ({"authorization": f"bearer {token}"}, {"Authorization": f"Basic {token}"}),
        ]:
            assert http.get(url, headers=right).status_code == 200
            assert http.get(url, headers=wrong).status_code == 401
        both = {"Authorization": f"Bearer {token}", "x-api-key": f"{token}x"}
        assert http.get(url, headers=both).status_code == 401
        cookie = {"Cookie": house.person.cookie}
        assert http.get(url, headers=cookie).status_code == 401
        for address in (
            f"{url}?key=x",
            f"{url}?API_KEY=x",
            f"{url}?anything=Bearer%20{token}",
            f"{url}?{token.replace('-', '%2D')}",
            f"{url}/{token}",
            f"{house.server.url}/v1/openapi.json?access_token={token}",
        ):
            refused = http.get(address, headers={"Authorization": f"Bearer {token}"})
            assert refused.status_code == 400, address
            assert "Authorization" in refused.json()["error"]["message"]
            assert token not in refused.text


def test_a_key_for_one_council_cannot_ask_another(house: House) -> None:
    said = house.server.manage("apikey", "One", "--council", "alone")
    with Client(house.server.url, said.stdout.strip()) as narrow:
        assert [one["id"] for one in narrow.get("/models").json()["data"]] == ["council/alone"]
        for name in ("council/metals", "openrouter/fusion", "council/nothing", "gpt-4o"):
            answer = narrow.ask(name)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


def test_a_key_asks_no_more_often_than_it_may_whichever_process_it_asks(house: House) -> None:
    token = a_key(house, "Slow", per_minute="3")
    beside = LiveServer({"DATA_DIR": str(house.server.data_dir)})
    with Client(house.server.url, token) as here:
        assert [here.get("/models").status_code for _ in range(2)] == [200, 200]
        with beside, Client(beside.url, token) as there:
            assert [there.get("/models").status_code for _ in range(2)] == [200, 429]
        refused = here.get("/models")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_what_a_key_asked_leaves_its_minute_as_it_came(house: House) -> None:
    """No fresh minute begins, into which a client could ask twice as often as it may."""
    token = a_key(house, "Sliding", per_minute="3")

    def aged(*entries: tuple[int, int]) -> None:
        ago = ",".join(f"[n - {ago_s}, {count}]" for ago_s, count in entries)
        code = "import json, time; from council.models import ApiKey; n = time.time(); "
        code += f"ApiKey.objects.filter(name='Sliding').update(asked_lately=json.dumps([{ago}]))"
        assert house.server.manage("shell", "-v", "0", "-c", code).returncode == 0

    with Client(house.server.url, token) as client:
        first = client.get("/models").headers
        assert [first[f"x-ratelimit-{what}-requests"] for what in ("limit", "remaining")] == [
            "3",
            "2",
        ]
        assert first["x-ratelimit-reset-requests"] == "60s"
        aged((30, 2), (5, 1))
        refused = client.get("/models").headers
        assert 15 < int(refused["Retry-After"]) <= 30
        assert refused["x-ratelimit-remaining-requests"] == "0"
        aged((61, 2), (5, 1))
        taken = [client.ask("council/none") for _ in range(3)]
    assert [one.status_code for one in taken] == [404, 404, 429]
    assert 40 < int(taken[2].headers["Retry-After"]) <= 55


def test_of_many_questions_at_once_no_more_are_taken_than_a_key_may_ask(house: House) -> None:
    token = a_key(house, "Eager", per_minute="5")
    with Client(house.server.url, token) as eager, ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: eager.get("/models").status_code, range(12)))
    assert sorted(answers) == [200] * 5 + [429] * 7


def test_what_a_key_spent_stays_spent_when_its_conversation_is_deleted(house: House) -> None:
    dear = [saying(STEEL, usage={"cost": 0.75})]
    house.script(m1=dear)
    token = a_key(house, "Spent")
    with Client(house.server.url, token) as program:
        run = program.ask("council/alone").json()["council_run"]["id"]
    shown = r"Spent.{0,400}?\$0\.75"
    assert re.search(shown, house.person.http.get("/settings/api").text, re.DOTALL)
    conversation = UUID(hex=house.run_row(run)["conversation_id"])
    assert house.person.post(f"/conversations/{conversation}/delete").status_code == 200
    assert house.page(run).count("Steel or aluminium?") == 0
    assert re.search(shown, house.person.http.get("/settings/api").text, re.DOTALL)


def test_a_key_spends_no_more_than_it_may(house: House) -> None:
    """The price of these models is not known: under a cap they cannot be asked at all."""
    with Client(house.server.url, a_key(house, "Poor", cap="0.01")) as poor:
        answer = poor.ask()
    assert answer.status_code == 402, answer.text
    assert house.provider.requests() == []


def test_one_idempotency_key_makes_one_run(house: House, client: Client) -> None:
    house.script(**usual())
    once = {"Idempotency-Key": f"once-{time.monotonic()}"}
    first, second = client.ask(headers=once), client.ask(headers=once)
    assert first.json()["council_run"]["id"] == second.json()["council_run"]["id"]
    assert house.counts()["m1"] == 1
    other = client.ask(headers=once, temperature=1)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


def test_who_comes_back_with_the_idempotency_key_finds_the_run_going_on(
    house: House, client: Client
) -> None:
    house.script(**usual(m2=[saying("Aluminium.", first_token_s=2)]))
    once = {"Idempotency-Key": f"back-{time.monotonic()}"}
    body = {"model": "council/metals", "messages": QUESTION}
    with pytest.raises(httpx.ReadTimeout):
        client.post("/chat/completions", json=body, headers=once, timeout=1)
    answer = client.post("/chat/completions", json=body, headers=once)
    assert answer.json()["council_run"]["state"] == "done", answer.text
    assert house.counts()["m2"] == 1


def ended(house: House) -> list[Any]:
    """The calls that the provider knows to be over."""
    return [line for line in house.provider.log() if line["event"] == "end"]


@pytest.mark.parametrize("stream", [True, False])
def test_who_leaves_stops_the_council(house: House, client: Client, stream: bool) -> None:
    house.script(**usual(m2=[silent()], m3=[silent()]))
    body = {"model": "council/metals", "messages": QUESTION, "stream": stream}
    try:
        with client.stream("POST", "/chat/completions", json=body, timeout=1.0) as answer:
            pieces = answer.iter_raw()  # held: a dropped one would close the line by itself
            next(pieces)
            house.provider.wait_for_requests(3)
    except httpx.ReadTimeout:
        pass
    client.close()
    left = time.monotonic()
    until(lambda: len(ended(house)) == 3, "every call closed", within_s=5)
    assert time.monotonic() - left < 3


def test_a_council_that_reaches_itself_is_refused(house: House, token: str) -> None:
    deep = {"Authorization": f"Bearer {token}", "X-Council-Depth": "1"}
    url = f"{house.server.url}/v1/chat/completions"
    body = {"model": "council/metals", "messages": QUESTION}
    answer = httpx.post(url, json=body, headers=deep, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "council_reaches_itself")
    assert house.provider.requests() == []


def test_errors_have_one_shape_everywhere(house: House, client: Client) -> None:
    nested: dict[str, Any] = {}
    for _ in range(300):
        nested = {"a": nested}
    deep = {"type": "json_schema", "json_schema": {"name": "deep", "schema": nested}}
    for answer, status in [
        (client.get("/nothing"), 404),
        (client.get("/"), 404),
        (client.get("/chat/completions"), 405),
        (client.post("/chat/completions", content=b"{"), 400),
        (client.post("/chat/completions", content=b"[" * 100_000), 400),
        (client.get("/models/council/none"), 404),
        (client.ask(response_format=deep), 400),
        (client.ask(messages=[{"role": "assistant", "content": "x" * 4_000_001}, *QUESTION]), 400),
        (client.post("/chat/completions", content=b" " * 33 * 1024 * 1024), 413),
    ]:
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
        assert len(answer.text) < 1000
    assert client.get("/openapi.json").json()["openapi"] == "3.1.0"


def test_fusions_own_set_up_makes_a_council(house: House, client: Client) -> None:
    config = {"analysis_models": ["fake/m1", "fake/m2"], "model": "fake/judge", "max_tool_calls": 2}
    plugin = {"plugins": [{"id": "fusion", "enabled": True, **config}]}
    tool = {
        "tools": [{"type": "openrouter:fusion", "parameters": config}],
        "tool_choice": "required",
    }
    for fields in (plugin, tool):
        house.script(**usual(judge=[saying("{}"), saying("Both [A]."), saying("Both [A].")]))
        answer = client.ask("openrouter/fusion", **fields)
        assert answer.status_code == 200, answer.text
        council = answer.json()["council_run"]["council"]
        assert [seat["model"] for seat in council["seats"]] == ["fake/m1", "fake/m2"]
        assert (council["judge"]["model"], council["max_tool_steps"]) == ("fake/judge", 2)
    bad = {"plugins": [{"id": "fusion", "analysis_models": ["acme/model"], "model": "fake/m1"}]}
    assert client.ask("openrouter/fusion", **bad).json()["error"]["param"] == "plugins"


def test_a_key_is_shown_once_and_gone_when_it_is_revoked(house: House) -> None:
    made = house.person.post("/settings/api/make", name="Shown once", council="alone", cap="2")
    (token,) = re.findall(r"fc-[\w-]{43}", made.text)
    assert token not in house.person.http.get("/settings/api").text
    rows = house.rows("SELECT * FROM council_apikey WHERE name = 'Shown once'")
    assert token not in str(rows)
    assert (rows[0]["cap_usd"], rows[0]["councils"]) == (2, '["alone"]')
    with Client(house.server.url, token) as program:
        assert program.get("/models").status_code == 200
        house.person.post(f"/settings/api/{rows[0]['id']}/revoke")
        assert program.get("/models").status_code == 401


def test_what_programs_ask_stands_in_lists_only_where_its_owner_wants(
    house: House, client: Client
) -> None:
    house.script(**usual())
    question = [{"role": "user", "content": "Is titanium worth it?"}]

    def searched() -> str:
        return house.person.http.get("/history/", params={"q": "titanium worth"}).text

    run = client.ask(messages=question).json()["council_run"]["id"]
    assert "Is titanium worth it?" in house.person.http.get("/history/").text
    assert run in searched()
    house.person.post("/settings/api/runs", on="")
    assert "Is titanium worth it?" not in house.person.http.get("/history/").text
    assert run not in searched()
    assert "Is titanium worth it?" in house.page(run)
    house.person.post("/settings/api/runs", on="1")
