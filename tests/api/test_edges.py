"""What clients do at the edges: addresses, headers, the same request twice, a key that is gone."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.api.client import QUESTION, Client, a_key, chunks, text_of
from tests.api.test_answers import SAID
from tests.whole.house import House, saying, silent, until, usual


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1/models/", 404),
        ("POST", "/v1/chat/completions/", 404),
        ("POST", "/v1/responses", 404),
        ("GET", "/v1//models", 404),
        ("GET", "/v1/models/%00%ff", 404),
        ("OPTIONS", "/v1/chat/completions", 405),
        ("DELETE", "/v1/models", 405),
        ("HEAD", "/v1/models", 200),
        ("HEAD", "/v1/models/council/metals", 200),
        ("HEAD", "/v1/chat/completions", 405),
        ("BREW", "/v1/models", 405),
        ("BREW", "/v1/nothing", 404),
        ("GET", "//v1/models", 404),
        ("POST", "/chat/completions", 404),  # a base URL without /v1
    ],
)
def test_every_address_below_v1_answers_as_an_api_does(
    house: House, client: Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, house.server.url + path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json")
    assert answer.headers["cache-control"] == "no-store"
    if method != "HEAD":
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert status != 405 or answer.headers["allow"]
    assert status != 404 or method == "HEAD" or "/v1" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"model":"\xff\xfe"}', 400),
        (b'{"a":' * 50_000, 400),
        (b'{"metadata":' + b'{"a":' * 700 + b"1" + b"}" * 701, 400),
        (b'{"seed":' + b"1" * 5000 + b"}", 400),
        (b"", 400),
        (b"--x\r\n\r\n--x--", 400),
        (b'{"model":"council/none","messages":[{"role":"user","content":"x"}],"seed":1e999}', 400),
        (b'{"model":"council/none","messages":[{"role":"user","content":"x"}],"top_p":NaN}', 400),
        (b'{"model":"council/none","messages":[],"max_tokens":-1}', 400),
        (b'{"model":"a","model":"council/none","messages":[{"role":"user","content":"x"}]}', 400),
        (b'\xef\xbb\xbf{"model":"council/none","messages":[{"role":"user","content":"x"}]}', 404),
        (b'{"model":"\\ud800","messages":[{"role":"user","content":"x"}]}', 404),
        (b'{"user":"' + b"x" * 10_000_000 + b'","model":"council/none","messages":[]}', 400),
    ],
)
def test_what_is_hardly_json_is_refused(client: Client, body: bytes, status: int) -> None:
    answer = client.post("/chat/completions", content=body)
    assert answer.status_code == status, answer.text
    assert len(answer.text) < 1000


def test_a_number_that_is_none_reaches_no_provider(house: House, client: Client) -> None:
    question = b'"model":"council/alone","messages":[{"role":"user","content":"x"}]'
    form = b'{"type":"json_schema","json_schema":{"name":"n","schema":{"maximum":%s}}}'
    for number in (b"NaN", b"-Infinity", b"1e999"):
        body = b"{" + question + b',"response_format":' + form % number + b"}"
        answer = client.post("/chat/completions", content=body)
        assert (answer.status_code, "NaN" in answer.json()["error"]["message"]) == (400, True)
    assert house.provider.requests() == []


def test_a_name_that_is_none_of_this_servers_is_told_to_program_and_person(
    house: House, client: Client
) -> None:
    other = {"Host": "council.example"}
    answer = client.get("/models", headers=other)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert "ALLOWED_HOSTS" in answer.json()["error"]["message"]
    page = httpx.get(house.server.url, headers=other, trust_env=False)
    assert (page.status_code, page.headers["content-type"]) == (400, "text/html; charset=utf-8")
    assert "ALLOWED_HOSTS" in page.text


def test_half_a_surrogate_pair_is_asked_as_the_sign_for_it(house: House, client: Client) -> None:
    house.script(m1=[saying("Well.")])
    question = b'[{"role":"user","content":"Steel \\ud83d \\u0000?"}]'
    body = b'{"model":"council/alone","messages":' + question + b"}"
    assert client.post("/chat/completions", content=body).status_code == 200
    assert house.provider.requests("m1")[0]["messages"][-1]["content"] == "Steel \ufffd \ufffd?"


def test_who_speaks_and_what_was_refused_reach_the_members(house: House, client: Client) -> None:
    house.script(m1=[saying("Well.")])
    refusal = {"role": "assistant", "content": None, "refusal": "That I will not do."}
    asked = [
        {"role": "user", "content": "Make me a list.", "name": "Ada"},
        refusal,
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "Nor that."}]},
        {"role": "user", "content": "Steel?", "name": "Ada"},
        {"role": "user", "content": [{"type": "text", "text": "Or oak?"}], "name": "Bert"},
    ]
    assert client.ask("council/alone", messages=asked).status_code == 200
    heard = house.provider.requests("m1")[0]["messages"]
    assert heard[-1]["content"].endswith("Ada: Steel?\n\nBert: Or oak?")
    told = str(heard)
    assert "Ada: Make me a list." in told
    assert "That I will not do.\\n\\nNor that." in told


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """The address of a picture on this machine, and who came for it."""
    seen: list[str] = []

    class Picture(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Picture) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/a.png", seen
        server.shutdown()


def test_no_address_of_a_picture_is_ever_fetched(
    house: House, client: Client, canary: tuple[str, list[str]]
) -> None:
    address, seen = canary
    for url in (address, "file:///etc/passwd", "data:text/html;base64,eA==", "data:image/png,x"):
        part = {"type": "image_url", "image_url": {"url": url}}
        text = {"type": "text", "text": "What is this?"}
        refused = client.ask(messages=[{"role": "user", "content": [text, part]}])
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "messages[0].content[1].image_url"
    assert seen == []
    assert house.provider.requests() == []


def test_one_idempotency_key_sent_at_once_and_streamed_is_one_run(
    house: House, client: Client
) -> None:
    house.script(**usual(m2=[saying("Aluminium.", first_token_s=0.5)]))
    once = {"Idempotency-Key": f"at-once-{time.monotonic()}"}
    body = {"model": "council/metals", "messages": QUESTION, "stream": True}

    def ask(_: int) -> str:
        answer = client.post("/chat/completions", json=body, headers=once)
        return text_of(chunks(answer.text.split("\n")))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [SAID] * 4
    assert ask(0) == SAID, "also when it is over"
    assert house.counts() == dict.fromkeys(("m1", "m2", "m3", "judge", "writer"), 1)
    whole = client.ask(headers=once)
    assert whole.status_code == 409
    long = client.ask(headers={"Idempotency-Key": "k" * 256})
    assert (long.status_code, long.json()["error"]["param"]) == (400, "Idempotency-Key")


@pytest.mark.parametrize("stream", [True, False])
def test_a_key_that_is_revoked_ends_what_waits_with_it(house: House, stream: bool) -> None:
    house.script(**usual(m2=[silent()]))
    name = f"Going {stream}"
    token = a_key(house, name)
    body: dict[str, Any] = {"model": "council/metals", "messages": QUESTION, "stream": stream}
    with Client(house.server.url, token) as program, ThreadPoolExecutor(1) as pool:
        asking = pool.submit(program.post, "/chat/completions", json=body)
        house.provider.wait_for_requests(3)
        (row,) = house.rows("SELECT id FROM council_apikey WHERE name = ?", name)
        house.person.post(f"/settings/api/{row['id']}/revoke")
        revoked = time.monotonic()
        answer: httpx.Response = asking.result(20)
    assert time.monotonic() - revoked < 5
    said = chunks(answer.text.split("\n"))[-1] if stream else answer.json()
    assert said["error"]["code"] == "invalid_api_key"
    assert answer.status_code == (200 if stream else 401)
    newest = "SELECT state FROM council_run ORDER BY created_at DESC LIMIT 1"
    until(lambda: house.rows(newest) == [{"state": "stopped"}], "the run stopped", within_s=5)
