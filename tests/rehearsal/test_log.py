"""What the log says, and how soon."""

import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.rehearsal.asking import PATH, listen, question


def test_a_request_is_logged_as_it_was_sent_and_then_its_end(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{"text": "Yes.", "first_token_s": 0}]})
    client.post(PATH, json=question("m", temperature=0, response_format={"type": "json_object"}))
    request = provider.requests("m")[0]
    end = provider.end_of(request)
    assert request["messages"] == [{"role": "user", "content": "Hello?"}]
    assert (request["n"], request["stream"], request["temperature"]) == (1, True, 0)
    assert (request["response_format"], request["key"]) == (True, False)
    assert (end["how"], end["tokens_sent"], end["n"]) == ("complete", 1, 1)
    assert end["t"] > request["t"]
    assert client.get(provider.url.removesuffix("/v1") + "/__log").json() == provider.log()


def test_the_key_is_never_written(provider: ScriptedProvider, client: httpx.Client) -> None:
    provider.script({"m": ["x"]})
    client.post(PATH, json=question("m"), headers={"Authorization": "Bearer sk-secret-123"})
    assert provider.requests()[0]["key"] is True
    assert "sk-secret-123" not in provider.log_path.read_text()


@pytest.mark.parametrize(
    ("take", "how"),
    [
        ({"text": "x", "head_s": 60}, "client_left"),
        ({"text": "x", "first_token_s": 60}, "client_left"),
        ({"text": "x y z", "stall_after": 1}, "stalled"),
        ({"text": "x", "stall_after": 0, "keepalive_s": 5, "first_token_s": 0}, "stalled"),
        ({"text": "x", "non_stream": True, "first_token_s": 60}, "client_left"),
    ],
)
def test_a_client_that_leaves_is_noticed_at_once(
    provider: ScriptedProvider, take: dict[str, object], how: str
) -> None:
    provider.script({"m": [take]})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(provider.url + PATH, json=question("m"), timeout=0.3)
    left = time.monotonic()
    end = provider.end_of(provider.requests()[0])
    assert end["how"] == how
    assert end["t"] - left < 0.2


def test_a_client_that_only_stops_reading_is_not_fed_without_end(
    provider: ScriptedProvider,
) -> None:
    provider.script({"m": [{"text": "x" * 6, "endless": True, "tokens_per_s": 0}]})
    with socket.create_connection(("127.0.0.1", urlsplit(provider.url).port or 0)) as line:
        body = b'{"model":"m","stream":true,"messages":[]}'
        head = (
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
        )
        line.sendall(head % len(body) + body)
        time.sleep(0.5)
        assert httpx.get(provider.url + "/models").status_code == 200
    end = provider.end_of(provider.requests()[0])
    assert end["how"] == "client_left"
    assert end["tokens_sent"] < 200_000


def test_many_answers_on_one_connection_are_numbered_in_order(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{"text": "x", "first_token_s": 0}]})
    for _ in range(5):
        listen(client, "m")
    assert [request["n"] for request in provider.requests()] == [1, 2, 3, 4, 5]
    assert len({request["id"] for request in provider.requests()}) == 5
