"""What is too long: a question for a member, answers for the judge, an answer for anybody."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.whole.conftest import Build
from tests.whole.house import ALUMINIUM, EITHER, JUDGED, answer, comparison, finding, saying, usual
from tests.whole.invariants import check, document_sent

LONG = " ".join(f"Reason {n} speaks for steel." for n in range(2_000))


def test_an_answer_without_end_is_cut_at_the_limit_and_what_came_is_kept(build: Build) -> None:
    house = build(LIMIT_ANSWER_CHARS="3000")
    house.script(**usual(m3=[saying("More and more words. ", endless=True, tokens_per_s=2_000)]))
    run_id = house.ask()
    house.end_of(run_id)
    document, page = check(house, run_id), house.page(run_id)
    said = answer(document, "C")
    assert (said["state"], said["failure"]["kind"]) == ("truncated", "too_long")
    assert said["text"] == ("More and more words. " * 200)[:3_000]
    assert document["judge"]["partial"] == ["C"]
    assert "stopped early (too long)" in page
    assert "The answer is longer than it may be and was cut there." in page
    (request,) = house.provider.requests("m3")
    assert house.provider.end_of(request)["how"] == "client_left", "nobody pays for more"


def test_a_member_that_cannot_read_the_question_is_never_asked_and_says_why(
    build: Build, provider: ScriptedProvider
) -> None:
    provider.models({"id": "small", "context_length": 4_096})
    house = build()
    house.script(**usual(small=[saying(EITHER)]))
    run_id = house.ask("Steel or aluminium? " + "It matters. " * 8_000, ("m1", "m2", "small"))
    house.end_of(run_id)
    document, page = check(house, run_id), house.page(run_id)
    said = answer(document, "C")
    assert (said["state"], said["attempts"]) == ("failed:context_too_long", 0)
    assert said["cost_usd"] is None
    assert "this model reads 4,096. It was not asked." in said["failure"]["message"]
    assert said["failure"]["message"] in page
    assert "question too long for this model" in page
    assert "small" not in house.counts()
    assert [call["seat"] for call in house.calls(run_id)] == ["A", "B", "judge", "writer"]
    assert (document["state"], document["answered"]) == ("partial", 2)


def test_a_judge_with_little_room_reads_the_beginning_and_the_end_of_long_answers(
    build: Build, provider: ScriptedProvider
) -> None:
    provider.models(
        {"id": "judge8k", "context_length": 8_192}, {"id": "judge1k", "context_length": 1_024}
    )
    house = build()
    house.script(**usual(m1=[saying(LONG)], judge8k=[saying(JUDGED)], judge1k=[saying(JUDGED)]))
    run_id = house.person.ask(
        "Which?", ["fake/m1", "fake/m2"], "fake/judge8k", writer="fake/judge1k"
    )
    house.end_of(run_id)
    document = check(house, run_id)
    assert document["judge"]["trimmed"] == ["A"]
    assert document["judge"]["state"] == "done"
    assert document["synthesis"]["state"] == "failed:context_too_long"
    assert "this model reads 1,024. It was not asked." in house.page(run_id)
    assert "judge1k" not in house.counts()


def test_answers_beyond_the_cap_are_shortened_and_the_page_says_whose(
    build: Build, provider: ScriptedProvider
) -> None:
    judged = comparison(finding("Steel.", A="Reason 1000 speaks for steel", B="light"))
    house = build(
        COUNCIL_PROVIDER_FAKE_URL=provider.url.replace("/v1", "/unlisted/v1"),
        LIMIT_JUDGE_CHARS="6000",
    )
    house.script(**usual(m1=[saying(LONG)], judge=[saying(judged)]))
    run_id = house.ask()
    house.end_of(run_id)
    document, page = check(house, run_id), house.page(run_id)
    assert document["judge"]["trimmed"] == document["synthesis"]["trimmed"] == ["A"]
    for part in ("judge", "writer"):
        sent = document_sent(house.provider.requests(part)[0])
        shown = {one["seat"]: one for one in sent["answers"]}
        assert LONG.startswith(shown["A"]["text"])
        assert LONG.endswith(shown["A"]["ending"])
        assert sum(len(o["text"]) + len(o.get("ending", "")) for o in sent["answers"]) > 5_000
        assert (shown["B"]["text"], shown["C"]["text"]) == (ALUMINIUM, EITHER)
    position = document["breakdown"]["contradictions"][0]["positions"][0]
    assert position["verified"], "the judge did not see it, but it was written"
    assert "only the beginning and the end of" in page
    assert "Its writer was shown only the beginning and the end of A" in page
    assert answer(document, "A")["text"] == LONG


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a server that takes no connection and turns none away: its queue is full."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def test_a_provider_that_takes_no_connection_is_given_up_after_the_time_that_is_set(
    build: Build, deaf: str
) -> None:
    house = build(COUNCIL_PROVIDER_DEAF_URL=deaf, LIMIT_CONNECT_S="0.5", LIMIT_RETRIES="0")
    house.script(**usual())
    since = time.monotonic()
    run_id = house.person.ask("Which?", ["fake/m1", "deaf/x"], "fake/judge")
    house.end_of(run_id)
    assert time.monotonic() - since < 9, "the usual ten seconds do not count"
    assert answer(check(house, run_id), "B")["state"] == "failed:unreachable"


def test_a_server_may_take_shorter_questions_only(build: Build) -> None:
    house = build(LIMIT_PROMPT_CHARS="100")
    house.script(**usual())
    page = house.person.http.get("/").text
    assert page.count('maxlength="100"') == 1
    council = re.findall(r'<option value="([^"]+)"', page)[0]
    seats = {"council": council, "model": ["fake/m1"], "role": [""], "judge": "fake/judge"}
    refused = house.person.post("/runs/", prompt="x" * 101, **seats)
    assert "The question has 101 characters; at most 100 can be asked." in refused.text
    assert "x" * 101 in refused.text, "it is kept in the box"
    house.end_of(house.ask("x" * 100))
