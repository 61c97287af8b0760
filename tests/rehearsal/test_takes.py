"""Every field of a take, over the wire."""

import json
import time

import httpx
import pytest

from council.rehearsal.takes import tokens
from tests.fakes.provider import ScriptedProvider
from tests.rehearsal.asking import PATH, listen, question

FAST = {"tokens_per_s": 0, "first_token_s": 0}
TEN = {**FAST, "chunks": [f"{i} " for i in range(10)]}


@pytest.mark.parametrize("text", ["", " \n", "One two.", "naïve 日本語 🎉\n\n| a | b |\n  x "])
def test_tokens_joined_again_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


def test_a_plain_take_is_text_finish_usage_and_done(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**FAST, "text": "Copper, 50 mm², is enough."}]})
    heard = listen(client, "m")
    assert heard.said() == "Copper, 50 mm², is enough."
    assert heard.finish == ["stop"]
    assert heard.is_done
    assert heard.usage is not None
    assert heard.usage["completion_tokens"] == len(tokens("Copper, 50 mm², is enough."))
    assert "cost" not in heard.usage


def test_reasoning_comes_apart_from_the_text_and_before_it(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**FAST, "text": "Yes.", "reasoning": "Let me think."}]})
    heard = listen(client, "m")
    assert (heard.said("reasoning"), heard.said()) == ("Let me think.", "Yes.")
    keys = [next(iter(e["choices"][0]["delta"]), "") for e in heard.events if e["choices"]]
    assert keys.index("content") > keys.index("reasoning")
    assert heard.usage is not None
    assert heard.usage["completion_tokens_details"]["reasoning_tokens"] == 3


def test_the_nth_request_plays_take_n_and_the_last_one_repeats(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**FAST, "text": "one"}, {**FAST, "text": "two"}]})
    assert [listen(client, "m").said() for _ in range(3)] == ["one", "two", "two"]
    provider.reset()
    assert listen(client, "m").said() == "one"


def test_finish_usage_and_done_can_each_be_left_out(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**FAST, "text": "x", "finish": None, "usage": None, "done": False}]})
    heard = listen(client, "m")
    assert heard.said() == "x"
    assert (heard.finish, heard.usage, heard.is_done, heard.broke) == ([], None, False, False)


def test_given_usage_is_laid_over_the_counted_numbers(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**FAST, "text": "x", "usage": {"cost": 0.25, "prompt_tokens": 7}}]})
    usage = listen(client, "m").usage
    assert usage is not None
    assert (usage["cost"], usage["prompt_tokens"], usage["completion_tokens"]) == (0.25, 7, 1)


def test_an_object_among_the_chunks_is_an_event_as_it_is(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    event = {"choices": [{"index": 0, "delta": {"refusal": "No."}, "finish_reason": None}]}
    provider.script({"m": [{**FAST, "chunks": ["a", event]}]})
    heard = listen(client, "m")
    assert heard.events[1] == event
    assert heard.said("refusal") == "No."


def test_a_refused_request_gets_its_status_headers_and_body(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    html = {"status": 502, "body": "<html><h1>Bad gateway</h1></html>"}
    provider.script({"m": [{"status": 429, "headers": {"Retry-After": "3"}}, html]})
    first = client.post(PATH, json=question("m"))
    assert (first.status_code, first.headers["retry-after"]) == (429, "3")
    assert first.json()["error"]["code"] == "rate_limit_exceeded"
    second = client.post(PATH, json=question("m"))
    assert second.status_code == 502
    assert second.headers["content-type"] == "text/html"
    assert second.text == html["body"]


def test_a_dropped_stream_breaks_after_its_tokens(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "drop_after": 3, "tokens_per_s": 200}]})
    heard = listen(client, "m")
    assert heard.said() == "0 1 2 "
    assert heard.broke
    assert provider.end_of(provider.requests()[0])["how"] == "dropped"


def test_an_ended_stream_closes_in_order_without_finish_or_done(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "end_after": 3}]})
    heard = listen(client, "m")
    assert heard.said() == "0 1 2 "
    assert (heard.finish, heard.is_done, heard.broke) == ([], False, False)
    assert provider.end_of(provider.requests()[0])["how"] == "dropped"


def test_a_drop_after_zero_tokens_says_nothing(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "drop_after": 0}]})
    heard = listen(client, "m")
    assert (heard.events, heard.broke) == ([], True)


def test_an_error_comes_inside_the_stream_and_ends_it(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "error_after": 2, "error": {"message": "Gone", "code": 500}}]})
    heard = listen(client, "m")
    assert heard.said() == "0 1 "
    assert heard.events[-1] == {"error": {"message": "Gone", "code": 500}}
    assert (heard.is_done, heard.broke) == (False, False)


def test_garbage_is_one_line_that_is_no_json_and_the_rest_follows(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "garbage_after": 4}]})
    heard = listen(client, "m")
    assert len(heard.garbage) == 1
    assert heard.said() == "0 1 2 3 4 5 6 7 8 9 "


def test_keepalive_comments_fill_the_wait(provider: ScriptedProvider, client: httpx.Client) -> None:
    provider.script({"m": [{"text": "x", "first_token_s": 0.3, "keepalive_s": 0.05}]})
    assert 1 <= listen(client, "m").comments <= 6


def test_characters_of_several_bytes_are_cut_between_reads(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    text = "Ω — 日本 🎉"
    provider.script({"m": [{**FAST, "chunks": [text], "cut_utf8": True}]})
    with client.stream("POST", PATH, json=question("m")) as response:
        parts = list(response.iter_raw())
    cut = [part for part in parts if part[-1] >= 0xC0]
    assert len(cut) >= 3
    assert text in b"".join(parts).decode()


def test_the_head_waits_and_the_pace_is_kept(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "head_s": 0.2, "first_token_s": 0.1, "tokens_per_s": 50}]})
    start = time.monotonic()
    with client.stream("POST", PATH, json=question("m")) as response:
        head = time.monotonic() - start
        response.read()
    sent = [json.loads(line[6:]).get("sent") for line in response.iter_lines() if '"sent"' in line]
    # Never early; how late is the machine's business.
    assert 0.2 <= head < 2
    assert sent[0] - start >= 0.3
    assert 0.3 + 9 / 50 <= sent[-1] - start < 2


def test_one_body_is_sent_when_no_stream_was_asked_for_or_the_take_says_so(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**FAST, "text": "Yes."}, {**FAST, "text": "Yes.", "non_stream": True}]})
    for stream in (False, True):
        answer = client.post(PATH, json=question("m") | {"stream": stream})
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["choices"][0]["message"]["content"] == "Yes."
        assert answer.json()["usage"]["completion_tokens"] == 1


def test_an_endless_take_goes_on_until_the_client_leaves(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    provider.script({"m": [{**TEN, "endless": True, "tokens_per_s": 2000}]})
    with client.stream("POST", PATH, json=question("m")) as response:
        for count, _ in enumerate(response.iter_lines()):
            if count > 200:
                break
    end = provider.end_of(provider.requests()[0])
    assert end["how"] == "client_left"
    assert end["tokens_sent"] > 50


@pytest.mark.parametrize(
    ("take", "problem"),
    [
        ({"txt": "x"}, "no txt"),
        ({"drop_after": 1, "end_after": 2}, "one way only"),
        ({"endless": True}, "endless"),
        (3, "an object or a text"),
    ],
)
def test_a_take_that_cannot_be_is_refused_by_name(
    provider: ScriptedProvider, take: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        provider.script({"m": [take]})


def test_a_text_alone_is_a_take_and_scripts_can_be_given_at_the_start() -> None:
    with ScriptedProvider({"m": ["From the start."]}) as provider:
        answer = httpx.post(provider.url + PATH, json=question("m") | {"stream": False})
    assert answer.json()["choices"][0]["message"]["content"] == "From the start."


def test_tool_calls_come_in_pieces_after_the_text_or_whole(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    calls = [
        {"name": "web_search", "arguments": {"query": "tea"}},
        {"name": "web_fetch", "arguments": '{"url": ', "id": "own"},
    ]
    take = {**FAST, "text": "Let me look.", "tool_calls": calls}
    provider.script({"m": [take, {**take, "non_stream": True}]})
    heard = listen(client, "m")
    assert (heard.said(), heard.finish) == ("Let me look.", ["tool_calls"])
    pieces = [c["delta"] for e in heard.events for c in e.get("choices", [])]
    found = [piece for delta in pieces for piece in delta.get("tool_calls", [])]
    assert [(p["index"], p["function"]["arguments"]) for p in found] == [
        (0, ""),
        (0, '{"query": "tea"}'),
        (1, ""),
        (1, '{"url": '),
    ]
    assert [p.get("id") for p in found] == ["call_0", None, "own", None]
    (choice,) = client.post(PATH, json=question("m")).json()["choices"]
    assert choice["finish_reason"] == "tool_calls"
    assert [c["function"]["name"] for c in choice["message"]["tool_calls"]] == [
        "web_search",
        "web_fetch",
    ]


def test_a_tool_call_without_arguments_is_no_take(provider: ScriptedProvider) -> None:
    with pytest.raises(ValueError, match="arguments"):
        provider.script({"m": [{"tool_calls": [{"name": "web_search"}]}]})
