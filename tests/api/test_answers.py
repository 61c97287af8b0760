"""A council answers a program: whole and streamed, whatever becomes of its members."""

import json
from typing import Any

import pytest
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.api.client import QUESTION, Client, chunks, text_of
from tests.whole.house import STEEL, House, comparison, finding, saying, usual

SAID = "Take steel for repairs on the road [A], aluminium for weight [B]; fit matters [C]."
BROKE = {"status": 400, "body": {"error": {"message": "No such thing."}}}
BUSY = {
    "status": 429,
    "body": {"error": {"message": "Too many."}},
    "headers": {"Retry-After": "60"},
}
POOR = {"status": 402, "body": {"error": {"message": "No credit left."}}}


def failing(how: dict[str, Any]) -> dict[str, Any]:
    return {"text": "", **how}


def test_a_council_is_found_and_answers_with_its_synthesis(house: House, client: Client) -> None:
    house.script(**usual())
    models = client.get("/models").json()["data"]
    assert "council/metals" in [Model.model_validate(one).id for one in models]
    assert client.get("/models/council/metals").json()["id"] == "council/metals"
    answer = client.ask()
    assert answer.status_code == 200, answer.text
    found = ChatCompletion.model_validate(answer.json(), strict=True)
    assert found.choices[0].message.content == SAID
    assert found.choices[0].finish_reason == "stop"
    assert found.usage is not None
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens > 0
    run = answer.json()["council_run"]
    assert answer.headers["X-Council-Run"].endswith(f"/runs/{run['id']}/")
    assert house.page(run["id"]).count("Steel or aluminium?") > 0
    assert house.run_row(run["id"])["api_key_id"] is not None


def test_a_cost_that_is_not_known_is_never_zero(house: House, client: Client) -> None:
    broken = {"m2": [failing(BROKE)]}  # that one costs nothing, and is known to
    house.script(**usual(**broken))
    usage = client.ask().json()["usage"]
    assert (usage["cost"], usage["cost_complete"]) == (None, False)
    house.script(**usual(m1=[saying(STEEL, usage={"cost": 0.25})], **broken))
    usage = client.ask().json()["usage"]
    assert (usage["cost"], usage["cost_complete"]) == (0.25, False)
    house.script(m1=[saying(STEEL, usage={"cost": 0})])
    usage = client.ask("council/alone").json()["usage"]
    assert (usage["cost"], usage["cost_complete"]) == (0, True)


def test_fusions_result_stands_beside_the_answer(house: House, client: Client) -> None:
    judged = comparison(
        finding("Steel is better.", A="Take steel", B="not:Take aluminium"),
        finding("Fit matters.", C="buy the frame") | {"list": "unique_insights"},
    )
    house.script(**usual(judge=[saying(judged)]))
    fusion = client.ask().json()["fusion"]
    assert fusion["status"] == "ok"
    assert "failed_models" not in fusion
    assert [one["model"] for one in fusion["responses"]] == ["fake/m1", "fake/m2", "fake/m3"]
    (contradiction,) = fusion["analysis"]["contradictions"]
    assert contradiction["topic"] == "Steel is better."
    assert {one["model"] for one in contradiction["stances"]} == {"fake/m1", "fake/m2"}
    assert fusion["analysis"]["unique_insights"] == [
        {"model": "fake/m3", "insight": "Fit matters."}
    ]


def test_a_member_that_fails_is_named(house: House, client: Client) -> None:
    house.script(**usual(m2=[failing(BROKE)]))
    answer = client.ask().json()
    assert answer["fusion"]["status"] == "ok"
    (failed,) = answer["fusion"]["failed_models"]
    assert (failed["model"], failed["status_code"]) == ("fake/m2", 400)
    assert answer["council_run"]["state"] == "partial"


def test_without_a_judge_there_is_no_analysis(house: House, client: Client) -> None:
    house.script(**usual(judge=[failing(BROKE)]))
    answer = client.ask().json()
    assert answer["fusion"]["status"] == "ok"
    assert "analysis" not in answer["fusion"]
    assert answer["choices"][0]["message"]["content"] == SAID


@pytest.mark.parametrize(
    ("how", "status", "reason"),
    [
        (BROKE, 502, "all_panels_failed"),
        (BUSY, 429, "rate_limited"),
        (POOR, 402, "insufficient_credits"),
    ],
)
def test_when_nobody_answers_it_is_an_error(
    house: House, client: Client, how: dict[str, Any], status: int, reason: str
) -> None:
    house.script(**usual(m1=[failing(how)], m2=[failing(how)], m3=[failing(how)]))
    answer = client.ask()
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]["code"] == reason
    assert answer.json()["fusion"]["failure_reason"] == reason
    assert answer.headers["x-should-retry"] == "false"
    house.script(**usual(m1=[failing(how)], m2=[failing(how)], m3=[failing(how)]))
    *_, last = chunks(client.events())
    assert last["error"]["code"] == reason


def test_a_stream_spells_the_answer_and_tells_what_goes_on(house: House, client: Client) -> None:
    slow = saying(SAID, tokens_per_s=60)
    house.script(**usual(m2=[saying("Take aluminium.", first_token_s=0.5)], writer=[slow]))
    lines = client.events(stream_options={"include_usage": True})
    found = chunks(lines)
    assert any(line.startswith(": members working") for line in lines)
    for one in found:
        ChatCompletionChunk.model_validate(one, strict=True)
    assert found[0]["choices"][0]["delta"]["role"] == "assistant"
    assert text_of(found) == SAID
    assert sum(bool(c["delta"].get("content")) for f in found for c in f["choices"]) > 2
    assert found[-2]["choices"][0]["finish_reason"] == "stop"
    assert found[-2]["council_run"]["state"] == "done"
    assert found[-1]["choices"] == []
    assert found[-1]["usage"]["total_tokens"] > 0


SIGNED = "Steel [A].  [f1 settled]\n`[f1 open]` and [F9] stay. Light [B].[f1: open] [f2]\n[f1]x"
BARE = "Steel [A].\n`[f1 open]` and [F9] stay. Light [B].\nx"


def letter_by_letter(text: str) -> dict[str, Any]:
    """A take whose every cut comes alone, so that a sign is cut at each of its letters."""
    return {"chunks": list(text), "first_token_s": 0.02, "tokens_per_s": 20}


def test_signs_never_reach_a_program_wherever_they_are_cut(house: House, client: Client) -> None:
    judged = comparison(
        finding("Steel is better.", A="Take steel", B="not:Take aluminium"),
        finding("Fit matters.", C="buy the frame"),
    )
    house.script(**usual(judge=[saying(judged)], writer=[letter_by_letter(SIGNED)]))
    found = chunks(client.events())
    assert text_of(found) == BARE
    assert sum(bool(c["delta"].get("content")) for f in found for c in f["choices"]) > 4
    assert "(settled)" in found[-1]["council_run"]["synthesis"]["text"]
    house.script(**usual(judge=[saying(judged)], writer=[saying(SIGNED)]))
    whole = client.ask().json()
    assert whole["choices"][0]["message"]["content"] == BARE
    assert "(left open)" in whole["council_run"]["synthesis"]["text"]


def test_a_council_of_one_answers_itself(house: House, client: Client) -> None:
    house.script(m1=[saying(STEEL), saying(STEEL, tokens_per_s=40)])
    assert client.ask("council/alone").json()["choices"][0]["message"]["content"] == STEEL
    assert text_of(chunks(client.events("council/alone"))) == STEEL


def test_what_was_said_before_reaches_everybody(house: House, client: Client) -> None:
    house.script(**usual())
    before = [
        {"role": "system", "content": "You speak to cyclists."},
        {"role": "user", "content": "What is a frame?"},
        {"role": "assistant", "content": "What holds a bicycle together."},
    ]
    client.ask(messages=[*before, *QUESTION], temperature=0.3, max_tokens=77, stop=["END"])
    for line in house.provider.requests():
        sent = json.dumps(line["messages"])
        for words in ("You speak to cyclists.", "What is a frame?", "What holds a bicycle"):
            assert words in sent, line["model"]
    (member,) = house.provider.requests("m1")
    (writer,) = house.provider.requests("writer")
    assert (member["temperature"], member["max_tokens"]) == (0.3, None)
    assert (writer["max_tokens"], writer["parameters"]["stop"]) == (77, ["END"])


def test_a_result_in_json_is_asked_of_the_writer(house: House, client: Client) -> None:
    said = '{"metal": "steel"}'
    schema = {"type": "object", "properties": {"metal": {"type": "string"}}}
    form = {"type": "json_schema", "json_schema": {"name": "metal", "schema": schema}}
    house.script(**usual(writer=[saying(said)]))
    answer = client.ask(response_format=form).json()
    assert answer["choices"][0]["message"]["content"] == said
    (writer,) = house.provider.requests("writer")
    sent = writer["parameters"]["response_format"]
    assert sent["json_schema"]["schema"] == schema
    assert not any(line["response_format"] for line in house.provider.requests("m1"))


def test_a_picture_reaches_the_members(house: House, client: Client) -> None:
    house.script(**usual())
    dot = (
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
        "gg=="
    )
    url = f"data:image/png;base64,{dot}"
    parts = [
        {"type": "text", "text": "Which metal is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    answer = client.ask(messages=[{"role": "user", "content": parts}])
    assert answer.status_code == 200, answer.text
    assert dot in json.dumps(house.provider.requests("m1")[0]["messages"])
