"""How a provider fails, through the whole product: the attempts are counted in its own log."""

import json
import socketserver
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread
from typing import Any

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import free_port
from tests.whole.house import JUDGED, STEEL, SYNTHESIS, House, answer, saying, until, usual
from tests.whole.invariants import check

KEY_A, KEY_B = "sk-sentinel-first-0123", "sk-sentinel-second-4567"
LIMIT_S = 2


class _Plain(socketserver.BaseRequestHandler):
    """Answers whatever it is sent in words that are no TLS."""

    def handle(self) -> None:
        self.request.recv(1024)
        self.request.sendall(b"Here is no TLS.\r\n")


@contextmanager
def plain() -> Iterator[int]:
    """The port of a server that speaks no TLS."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Plain) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture(scope="module")
def house(provider: ScriptedProvider) -> Iterator[House]:
    """A house with short waits, a second provider with a key of its own, and three that are not
    there: nobody listens, no such name, no TLS."""
    with ExitStack() as stack:
        bare = stack.enter_context(plain())
        settings = {
            "LIMIT_RETRY_AFTER_S": str(LIMIT_S),
            "LIMIT_BACKOFF_S": "0.5",
            "LIMIT_FIRST_TOKEN_S": "1",
            "LIMIT_FIRST_TOKEN_REASONING_S": "1",
            "COUNCIL_PROVIDER_FAKE_KEY": KEY_A,
            "COUNCIL_PROVIDER_OTHER_URL": provider.url,
            "COUNCIL_PROVIDER_OTHER_KEY": KEY_B,
            "COUNCIL_PROVIDER_GONE_URL": f"http://127.0.0.1:{free_port()}/v1",
            "COUNCIL_PROVIDER_LOST_URL": "http://nobody.invalid/v1",
            "COUNCIL_PROVIDER_BARE_URL": f"https://127.0.0.1:{bare}/v1",
        }
        yield stack.enter_context(House(provider, **settings))


def played(house: House, *models: str, **takes: Any) -> dict[str, Any]:
    """The document of a run of m1, m2 and m3, or of these models, checked for what must hold."""
    house.script(**usual(**takes))
    seats = list(models) or ["fake/m1", "fake/m2", "fake/m3"]
    run_id = house.person.ask("Steel or aluminium?", seats, "fake/judge", writer="fake/writer")
    house.end_of(run_id)
    document = check(house, run_id)
    assert KEY_A not in json.dumps(document) + house.page(run_id)
    return document


def message(document: dict[str, Any], seat: str = "A") -> str:
    """What the document says of this member's failure."""
    said: str = answer(document, seat)["failure"]["message"]
    return said


def test_f1_a_busy_provider_is_asked_again_after_the_time_it_names_and_the_column_says_so(
    house: House,
) -> None:
    busy = {"status": 429, "headers": {"Retry-After": "1"}}
    house.script(**usual(m1=[busy, saying(STEEL)]))
    run_id = house.ask()
    until(lambda: "Trying again in 1 s." in house.page(run_id), "the column says so", 5)
    house.end_of(run_id)
    document = check(house, run_id)
    assert (document["state"], answer(document, "A")["attempts"]) == ("done", 2)
    first, second = house.provider.requests("m1")
    assert 1.0 <= second["t"] - first["t"] < 2.0


def _headers_of_a_long_wait() -> dict[str, dict[str, str]]:
    later = datetime.now(UTC) + timedelta(seconds=600)
    return {
        "seconds": {"Retry-After": "600"},
        "a date": {"Retry-After": format_datetime(later, usegmt=True)},
        "epoch milliseconds": {"X-RateLimit-Reset": str(int(later.timestamp() * 1000))},
        "milliseconds": {"Retry-After-Ms": "600000"},
    }


@pytest.mark.parametrize("kind", list(_headers_of_a_long_wait()))
def test_f2_a_wait_beyond_the_limit_fails_at_once_with_the_time_to_try_again(
    house: House, kind: str
) -> None:
    busy = {"status": 429, "headers": _headers_of_a_long_wait()[kind]}
    began = time.monotonic()
    document = played(house, m1=[busy])
    assert time.monotonic() - began < 8
    assert house.counts() == {"m1": 1, "m2": 1, "m3": 1, "judge": 1, "writer": 1}
    assert answer(document, "A")["state"] == "failed:rate_limited"
    assert "Try again in about " in message(document)
    assert " UTC" in message(document)
    assert (document["answered"], document["synthesis"]["text"]) == (2, SYNTHESIS)


@pytest.mark.parametrize("said", ["-5", "soon", "1e999"])
def test_f2_a_wait_that_makes_no_sense_is_a_usual_retry(house: House, said: str) -> None:
    busy = {"status": 429, "headers": {"Retry-After": said}}
    document = played(house, m1=[busy])
    assert house.counts()["m1"] == 3
    assert answer(document, "A")["state"] == "failed:rate_limited"
    assert "Try again in" not in message(document)


PAGE = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1>nginx</body></html>"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_f3_a_server_error_is_tried_again_and_forgotten_when_it_works(
    house: House, status: int
) -> None:
    document = played(house, m1=[{"status": status}, saying(STEEL)])
    assert (document["state"], house.counts()["m1"]) == ("done", 2)


@pytest.mark.parametrize("body", [PAGE, {"error": {"message": "Overloaded"}}], ids=["html", "json"])
def test_f3_after_two_retries_it_fails_with_a_sentence(house: House, body: Any) -> None:
    broken = {"status": 502, "body": body, "headers": {"Content-Type": "text/html"}}
    document = played(house, m1=[broken])
    assert house.counts()["m1"] == 3
    assert answer(document, "A")["state"] == "failed:provider_error"
    cause = ": Overloaded" if isinstance(body, dict) else ""
    assert message(document) == f"fake reports an error of its own (502){cause}."


@pytest.mark.parametrize(
    ("model", "attempts", "words"),
    [
        ("gone/m", 2, "nothing accepts connections there"),
        ("lost/m", 2, "its name is not known"),
        ("bare/m", 1, "a secure connection could not be made"),
    ],
    ids=["refused", "no name", "no TLS"],
)
def test_f4_who_cannot_be_reached_is_tried_once_more_and_without_tls_never(
    house: House, model: str, attempts: int, words: str
) -> None:
    document = played(house, model, "fake/m2", "fake/m3")
    assert answer(document, "A")["attempts"] == attempts
    assert answer(document, "A")["state"] == "failed:unreachable"
    assert words in message(document)
    assert (document["answered"], document["synthesis"]["text"]) == (2, SYNTHESIS)


@pytest.mark.parametrize("keepalive_s", [None, 0.1])
def test_f5_without_a_first_word_it_fails_at_the_limit_and_is_not_paid_twice(
    house: House, keepalive_s: float | None
) -> None:
    silent = saying("Too late.", first_token_s=60, keepalive_s=keepalive_s)
    document = played(house, m1=[silent])
    assert house.counts()["m1"] == 1
    assert answer(document, "A")["state"] == "failed:timed_out_first_token"


RAW = json.dumps({"error": {"message": "Upstream is out of memory"}})
ERRORS: list[dict[str, Any]] = [
    {"error": {"code": 502, "message": "Upstream is out of memory"}},
    {"error": {"code": 502, "message": "Provider returned error", "metadata": {"raw": RAW}}},
    {"error": "Upstream is out of memory"},
    {
        "error": {"code": 502, "message": "Upstream is out of memory"},
        "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
    },
]


@pytest.mark.parametrize("error", ERRORS, ids=["plain", "raw", "a string", "with choices"])
def test_f8_an_error_in_a_stream_fails_keeps_the_text_and_is_not_tried_again(
    house: House, error: dict[str, Any]
) -> None:
    document = played(house, m1=[saying("", chunks=["Take ", "steel", error], done=False)])
    said = answer(document, "A")
    assert (said["state"], said["text"]) == ("failed:provider_error", "Take steel")
    assert message(document).endswith("Upstream is out of memory.")
    assert house.counts()["m1"] == 1


NOTHING = {"choices": [{"index": 0, "delta": {"role": "assistant"}, "finish_reason": None}]}


@pytest.mark.parametrize(
    ("take", "state", "asked"),
    [
        (saying("", chunks=[{"error": {"code": 402, "message": "pay"}}]), "no_credit", 1),
        (saying("", chunks=[], finish=None, usage=None, done=False), "", 0),
        (saying("", chunks=[NOTHING], finish=None), "empty", 1),
        (saying("", reasoning="Hm.", finish="length"), "empty", 1),
    ],
    ids=["an error body", "no bytes", "no tokens", "only reasoning"],
)
def test_f9_a_success_that_says_nothing_is_never_done(
    house: House, take: dict[str, Any], state: str, asked: int
) -> None:
    document = played(house, m1=[take])
    said = answer(document, "A")["state"]
    assert said != "done"
    assert said.startswith(("failed:", "empty"))
    if state:
        assert state in said
        assert house.counts()["m1"] == asked
    assert document["state"] == "partial"


def _refuses(kind: str, status: int) -> dict[str, Any]:
    return {"status": status, "body": {"error": {"message": f"{kind} is not supported"}}}


def _formats(house: House) -> list[str | None]:
    asked = house.provider.requests("judge2")
    return [line["parameters"].get("response_format", {}).get("type") for line in asked]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_f13_a_judge_without_schema_is_asked_for_less_and_remembered(
    build: Any, status: int
) -> None:
    house = build()
    for takes in (
        [_refuses("response_format", status), _refuses("response_format", status), saying(JUDGED)],
        [saying(JUDGED)],
    ):
        house.script(**usual(judge2=takes))
        seats = ["fake/m1", "fake/m2", "fake/m3"]
        run_id = house.person.ask("Steel?", seats, "fake/judge2", writer="fake/writer")
        house.end_of(run_id)
        document = check(house, run_id)
        assert document["state"] == "done"
        expected = ["json_schema", "json_object", None] if len(takes) == 3 else [None]
        assert _formats(house) == expected
        assert document["judge"]["attempts"] == len(takes)


def test_f13_a_judge_that_breaks_at_a_schema_costs_three_calls_and_no_more(house: House) -> None:
    house.script(**usual(judge2=[{"status": 500}, {"status": 500}, saying(JUDGED)]))
    seats = ["fake/m1", "fake/m2", "fake/m3"]
    run_id = house.person.ask("Steel?", seats, "fake/judge2", writer="fake/writer")
    house.end_of(run_id)
    assert check(house, run_id)["state"] == "done"
    assert _formats(house) == ["json_schema", "json_object", None]


@pytest.mark.parametrize("said", [f"```json\n{JUDGED}\n```", JUDGED], ids=["fenced", "without end"])
def test_f13_a_judge_that_fences_or_never_says_done_is_read_at_once(
    house: House, said: str
) -> None:
    document = played(house, judge=[saying(said, done=False)])
    assert (document["state"], house.counts()["judge"]) == ("done", 1)
    assert len(document["breakdown"]["contradictions"]) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "bad_key"), (402, "no_credit")], ids=["revoked", "no credit"]
)
def test_f29_a_key_that_stops_working_in_mid_run_stops_nobody_with_another_key(
    house: House, status: int, kind: str
) -> None:
    """m1 is asked again after a stumble, and by then its key is no good; m2 has the other one."""
    stumble = {"status": 429, "headers": {"Retry-After": "1"}}
    house.script(**usual(m1=[stumble, {"status": status}]))
    run_id = house.person.ask(
        "Steel?", ["fake/m1", "other/m2", "other/m3"], "other/judge", writer="other/writer"
    )
    house.end_of(run_id)
    document = check(house, run_id)
    assert answer(document, "A")["state"] == f"failed:{kind}"
    assert house.counts() == {"m1": 2, "m2": 1, "m3": 1, "judge": 1, "writer": 1}
    assert (document["state"], document["answered"]) == ("partial", 2)
    assert document["synthesis"]["text"] == SYNTHESIS


def test_a_pause_that_was_asked_for_is_kept_by_the_next_call_of_that_model(house: House) -> None:
    """Two columns of one model: the one told to slow down, and the one not sent yet."""
    busy = {"status": 429, "headers": {"Retry-After": "2"}}
    house.script(**usual(m1=[busy, saying(STEEL)]))
    first = house.ask("One?", seats=("m1",))
    house.provider.wait_for_requests(1, "m1")
    until(lambda: "Trying again in 2 s." in house.page(first), "the first waits", 5)
    second = house.ask("Two?", seats=("m1",))
    until(lambda: "asked for a pause of" in house.page(second), "the second waits as well", 5)
    for run_id in (first, second):
        house.end_of(run_id)
        assert check(house, run_id)["state"] == "done"
    sent = [line["t"] for line in house.provider.requests("m1")]
    assert len(sent) == 3
    assert min(sent[1:]) - sent[0] >= 1.9
