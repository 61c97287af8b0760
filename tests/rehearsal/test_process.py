"""The process: ready line, loopback, idle exit, hostile requests, load models."""

import json
import re
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.rehearsal.asking import PATH, listen, question

ROOT = Path(__file__).parents[2]


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "council.rehearsal", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def test_it_says_where_it_listens_reads_scripts_and_ends_by_itself_when_idle(
    tmp_path: Path,
) -> None:
    scripts = tmp_path / "scripts.json"
    scripts.write_text(json.dumps({"m": [{"text": "Yes.", "first_token_s": 0.8}]}))
    with start("--scripts", str(scripts), "--idle-exit", "0.5") as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert re.fullmatch(r"rehearsal on http://127\.0\.0\.1:\d+/v1\n", ready)
        with httpx.Client(base_url=ready.split()[-1]) as client:
            assert listen(client, "m").said() == "Yes."
        last = time.monotonic()
        assert process.wait(3) == 0
    assert time.monotonic() - last >= 0.4


def test_the_app_s_libraries_stay_out_of_the_process() -> None:
    seen = "import sys, council.rehearsal.__main__; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", seen], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout.split()
    assert "council.rehearsal.server" in modules
    assert not {"django", "pydantic", "httpx", "council.core"} & set(modules)


def test_a_page_that_points_its_own_name_here_reads_nothing(provider: ScriptedProvider) -> None:
    root = provider.url.removesuffix("/v1")
    answer = httpx.get(root + "/__log", headers={"Host": "evil.example:80"})
    assert answer.status_code == 403
    assert httpx.get(root + "/health").json() == {"status": "ok"}
    assert httpx.get(root + "/nowhere").status_code == 404


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\nContent-Length: minus\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"x" * 70_000,
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n[1]",
    ],
)
def test_what_is_no_request_is_refused_and_the_next_client_served(
    provider: ScriptedProvider, raw: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(provider.url).port or 0)) as line:
        line.sendall(raw)
        line.settimeout(2)
        assert line.recv(65536).startswith(b"HTTP/1.1 400 ")
    assert httpx.get(provider.url + "/models").status_code == 200


def test_a_load_model_says_numbered_tokens_at_its_pace(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    heard = listen(client, "load/n=20;tps=100;first=0.1")
    assert heard.said() == "".join(f"t{i:04d} " for i in range(1, 21))
    sent = [event["sent"] for event in heard.events if "sent" in event]
    asked = provider.requests()[0]["t"]
    # Never early; how late is the machine's business.
    assert sent[0] - asked >= 0.1
    assert 0.29 <= sent[-1] - asked < 2


def test_a_stamped_token_carries_the_time_it_was_sent(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    heard = listen(client, "load/n=5;tps=100;stamp=1")
    stamps = [float(token.split("@")[1]) for token in heard.said().split()]
    sent = [event["sent"] for event in heard.events if "sent" in event]
    assert stamps == pytest.approx(sent, abs=1e-5)
    assert all(a < b for a, b in pairwise(stamps))


@pytest.mark.parametrize("model", ["load-judge;n=200;tps=0", "load-judge/n=200;tps=0"])
def test_a_load_judge_compares_four_seats_in_words_the_load_models_say(
    client: httpx.Client, model: str
) -> None:
    heard = listen(client, model)
    findings = [f for group in json.loads(heard.said()).values() for f in group]
    assert len(findings) == 5
    assert {p["seat"] for p in findings[0]["positions"]} == set("ABCD")
    assert findings[0]["positions"][0]["quote"] in listen(client, "load/n=9;tps=0").said()
    assert heard.usage is not None
    assert heard.usage["completion_tokens"] == 200


@pytest.mark.parametrize("model", ["load/m=3", "load/n=many"])
def test_a_load_model_with_a_wrong_option_is_refused(client: httpx.Client, model: str) -> None:
    answer = client.post(PATH, json=question(model))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_model")


def test_sixty_four_streams_keep_their_timetable(provider: ScriptedProvider) -> None:
    port = urlsplit(provider.url).port or 0
    body = b'{"model":"load/n=50;tps=50;first=0","stream":true,"messages":[]}'
    head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(64)]
    start = time.monotonic()
    for line in lines:
        line.sendall(head % len(body) + body)
    for request in provider.wait_for_requests(64):
        assert provider.end_of(request, within_s=10)["tokens_sent"] == 50
    assert time.monotonic() - start < 5
    for line in lines:
        line.close()


def test_a_list_of_models_takes_the_place_of_the_one_before(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.models({"id": "one", "context_length": 8_000})
    provider.models({"id": "two"})
    assert client.get("/models").json()["data"][-1] == {"id": "two"}
    provider.models()
    listed = [model["id"] for model in client.get("/models").json()["data"]]
    assert not {"one", "two"} & set(listed)


def test_what_a_test_has_set_is_forgotten(provider: ScriptedProvider, client: httpx.Client) -> None:
    provider.forget()
    before = client.get("/models").json()
    provider.script({"m": ["Yes."]})
    provider.models({"id": "dear"})
    assert listen(client, "m").said() == "Yes."
    provider.keys("secret")
    assert client.get("/models").status_code == 401
    provider.forget()
    assert client.get("/models").json() == before
    assert client.post(PATH, json=question("m")).status_code == 404
    assert [line["event"] for line in provider.log()] == ["request", "end"]
