"""The sample questions: found by their words, true to their quotes, well set."""

import json
from typing import Any

import httpx
import pytest

from council.rehearsal.samples import CAST, MEMBERS, Sample, questions, sample_take
from council.rehearsal.takes import Take
from tests.fakes.provider import ScriptedProvider
from tests.rehearsal.asking import PATH, question

SLUGS = [sample.slug for sample in questions()]
LETTERS = dict(zip("ABCD", MEMBERS, strict=True))
WRONG_ON_PURPOSE = {("leaked-memo", "Always give the hospital a full day to respond.")}


def play(sample: Sample, name: str) -> Take:
    return sample_take(name, [{"role": "user", "content": sample.question}])


def heard(sample: Sample, letter: str) -> str:
    """What a reader sees of this member: nothing, or the text up to the cut."""
    take = play(sample, LETTERS[letter])
    if take.status != 200:
        return ""
    text = [piece for piece in take.said if isinstance(piece, str)]
    return "".join(text[: take.cut[1]] if take.cut else text)


def breakdown(sample: Sample) -> dict[str, list[dict[str, Any]]]:
    written = play(sample, "judge").text
    parsed: dict[str, list[dict[str, Any]]] = json.loads(written.removeprefix("```json").strip("`"))
    return parsed


def delta(line: str) -> str:
    said: str = json.loads(line.removeprefix("data: "))["choices"][0]["delta"]["content"]
    return said


def positions(sample: Sample) -> list[dict[str, str]]:
    return [p for group in breakdown(sample).values() for f in group for p in f["positions"]]


@pytest.fixture(params=questions(), ids=SLUGS)
def sample(request: pytest.FixtureRequest) -> Sample:
    found: Sample = request.param
    return found


def test_there_are_at_least_four_samples_in_a_fixed_order() -> None:
    assert SLUGS == ["feeder", "tenants", "blood-pressure", "leaked-memo"]


def test_every_quote_stands_in_the_answer_but_for_the_one_that_is_wrong_on_purpose(
    sample: Sample,
) -> None:
    wrong = {
        (sample.slug, p["quote"])
        for p in positions(sample)
        if p["quote"] not in heard(sample, p["seat"])
    }
    assert wrong == {pair for pair in WRONG_ON_PURPOSE if pair[0] == sample.slug}


def test_a_member_that_never_answers_is_never_cited(sample: Sample) -> None:
    silent = {letter for letter in LETTERS if not heard(sample, letter)}
    assert silent == ({"B"} if sample.slug == "tenants" else set())
    assert not silent & {p["seat"] for p in positions(sample)}
    assert not any(f"[{letter}]" in play(sample, "writer").text for letter in silent)


def test_the_judge_keeps_to_the_shape(sample: Sample) -> None:
    groups = breakdown(sample)
    assert next(iter(groups)) == "contradictions"
    assert sorted(groups) == sorted(
        ["blind_spots", "consensus", "contradictions", "partial_coverage", "unique_insights"]
    )
    assert all(groups.values())
    for finding in (f for group in groups.values() for f in group):
        assert finding["claim"]
        assert finding["stakes"] in {"high", "medium", "low"}
    stances = {"supports", "contradicts", "hedges"}
    assert {p["stance"] for p in positions(sample)} == stances
    assert all(f["crux"] for f in groups["contradictions"])
    assert not any(f["positions"] for f in groups["blind_spots"])


def test_members_truly_disagree_on_something_with_high_stakes(sample: Sample) -> None:
    stances = [
        {p["stance"] for p in f["positions"]}
        for f in breakdown(sample)["contradictions"]
        if f["stakes"] == "high"
    ]
    assert any({"supports", "contradicts"} <= found for found in stances)


def test_answers_are_worth_reading_and_one_member_is_slow(sample: Sample) -> None:
    takes = [play(sample, name) for name in MEMBERS if play(sample, name).status == 200]
    assert all(150 <= len(take.text.split()) <= 350 for take in takes)
    slow = [take for take in takes if (take.first_token_s, take.tokens_per_s) == (4, 15)]
    assert len(slow) == 1
    assert all(30 <= take.tokens_per_s <= 60 for take in takes if take is not slow[0])


def test_the_synthesis_cites_members_and_ends_with_the_dissent_in_its_own_words(
    sample: Sample,
) -> None:
    *_, last = play(sample, "writer").text.split("\n\n")
    assert last.startswith("**Minority report.** ")
    dissent = last.split('"')[1]
    assert any(dissent in heard(sample, letter) for letter in LETTERS)
    assert "[A]" in play(sample, "writer").text


def test_across_the_samples_one_is_cut_one_refuses_one_reasons_one_is_fenced() -> None:
    takes = [play(sample, name) for sample in questions() for name in CAST]
    assert [take.cut[0] for take in takes if take.cut] == ["drop_after"]
    assert [take.status for take in takes if take.status != 200] == [503]
    assert len([take for take in takes if take.reasoning]) == 1
    assert len([take for take in takes if take.text.startswith("```json")]) == 1


def test_a_question_survives_json_and_case_and_spacing(sample: Sample) -> None:
    assert json.dumps(sample.question) == f'"{sample.question}"'
    dressed = "\n ".join(sample.question.upper().split(" "))
    messages = [{"role": "user", "content": f"<q>{dressed}</q>"}]
    assert sample_take("rehearsal/curie", messages) is play(sample, "curie")


def test_judge_and_writer_find_the_question_anywhere_and_the_last_one_counts() -> None:
    first, second, *_ = questions()
    messages = [
        {"role": "system", "content": f"Asked: {first.question}\nThen: {second.question}"},
        {"role": "user", "content": "Compare the answers."},
    ]
    assert sample_take("judge", messages) is play(second, "judge")
    assert sample_take("writer", messages) is play(second, "writer")


def test_a_follow_up_of_the_readers_own_is_not_answered_with_the_old_script() -> None:
    messages = [
        {"role": "user", "content": questions()[0].question},
        {"role": "assistant", "content": "Aluminium."},
        {"role": "user", "content": "And at 400 m?"},
    ]
    assert sample_take("ada", messages).status == 400


def test_another_question_is_refused_in_plain_words(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    answer = client.post(PATH, json=question("ada", "What is the capital of France?"))
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["code"] == "rehearsal_only"
    assert error["message"] == (
        "Rehearsal only plays its own sample questions. Connect a provider to ask your own."
    )


def test_an_unknown_model_is_not_found_and_the_cast_is_listed(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    answer = client.post(PATH, json=question("hal-9000", questions()[0].question))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")
    listed = [model["id"] for model in client.get("/models").json()["data"]]
    assert listed[: len(CAST)] == list(CAST)


def test_a_sample_is_played_over_the_wire_faults_included(
    provider: ScriptedProvider, client: httpx.Client
) -> None:
    feeder, tenants, *_ = questions()
    refused = client.post(PATH, json=question("boole", tenants.question))
    assert refused.status_code == 503
    assert "always fails" in refused.json()["error"]["message"]
    said = ""
    with client.stream("POST", PATH, json=question("ada", feeder.question)) as response:
        for line in response.iter_lines():
            if line and len(said := said + delta(line)) > 20:
                break
    assert heard(feeder, "A").startswith(said)


def test_scripted_words_cost_nothing_and_say_so(sample: Sample) -> None:
    assert all(play(sample, name).usage == {"cost": 0} for name in CAST)
