"""From the judge's output to findings: complete ones at once, honest ones only."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from council.core.breakdown import MAX_CLAIM, MAX_FINDINGS, MAX_QUOTE, Reader, Result
from council.core.events import Position
from council.core.state import Found

ANSWERS = {
    "A": "Yes. **Renew** the lease now: rents rise by 4 % a year.",
    "B": "No, wait. Rents have *fallen* since spring, so do not renew yet.",
    "C": "It depends on how long you plan to stay.",
}
POSITIONS: list[JsonValue] = [
    {"seat": "A", "stance": "supports", "quote": "Renew the lease now"},
    {"seat": "B", "stance": "contradicts", "quote": "do not renew yet"},
    {"seat": "C", "stance": "hedges", "quote": "it depends on the weather"},
]
CONTRADICTION: dict[str, JsonValue] = {
    "claim": "Renew now",
    "stakes": "high",
    "positions": POSITIONS,
    "topic": "timing",
    "crux": "where rents go",
}


def read(said: str | JsonValue, *cuts: int) -> tuple[list[Found], Result]:
    text = said if isinstance(said, str) else json.dumps(said)
    reader, found = Reader(ANSWERS), []
    for start, end in zip((0, *sorted(cuts)), (*sorted(cuts), len(text)), strict=True):
        found += reader.feed(text[start:end])
    result = reader.close()
    return found + result.found, result


def only(said: str | JsonValue) -> Found:
    found, result = read(said)
    assert result.problem is None
    assert len(found) == 1
    return found[0]


def stances(found: Found) -> dict[str, str]:
    return {p.seat: p.stance for p in found.finding.positions}


def test_a_finding_in_the_asked_shape_is_read_whole() -> None:
    found = only({"contradictions": [CONTRADICTION], "consensus": []})
    finding = found.finding
    assert (found.group, finding.id, finding.claim) == ("contradictions", "f1", "Renew now")
    assert (finding.stakes, finding.topic, finding.crux) == ("high", "timing", "where rents go")
    assert stances(found) == {"A": "supports", "B": "contradicts", "C": "hedges"}


def test_a_quote_is_found_at_its_place_in_the_source() -> None:
    a, b, _ = only({"contradictions": [CONTRADICTION]}).finding.positions
    assert a.verified
    assert ANSWERS["A"][a.start : a.end] == "Renew** the lease now"
    assert ANSWERS["B"][b.start : b.end] == "do not renew yet"


def test_a_quote_nobody_wrote_stays_and_is_not_verified() -> None:
    c = only({"contradictions": [CONTRADICTION]}).finding.positions[2]
    assert c == Position(seat="C", stance="hedges", quote="it depends on the weather")


def test_a_quote_from_another_seat_is_not_verified() -> None:
    stolen: JsonValue = [{"seat": "A", "stance": "supports", "quote": "do not renew yet"}]
    positions = only({"consensus": [{"claim": "x", "positions": stolen}]}).finding.positions
    assert not positions[0].verified


def test_findings_come_while_the_json_streams() -> None:
    reader = Reader(ANSWERS)
    text = json.dumps({"contradictions": [CONTRADICTION, CONTRADICTION], "consensus": []})
    second = text.rindex('{"claim"')
    assert [f.finding.id for f in reader.feed(text[:second])] == ["f1"]
    assert [f.finding.id for f in reader.feed(text[second:])] == ["f2"]
    assert reader.close().found == []


MESSY = """<think>{"consensus": ["draft"]}</think>Here [A] is {my} // comparison:
```json
{"analysis": {"contradictions": [
  {"topic": "Renewal", "stances": [{"model": "Answer A", "stance": "Renew the lease now"},
    {"model": "b", "stance": "He says "wait" here"}], }, // trailing comma
  {'claim': 'Rents rise', 'positions': {'A': 'supports', 'B': {'view': 'disagree'}, 'Z': 'no'}}],
 "consensus": ["Staying matters 🙂 \\ud83d\\ude42 \\ud800", null, "None"], "unknown": [{"x": 1}],
 "partial_coverage": [{"models": ["A", "B"], "point": "Rents"}, "loose", 7],
 "unique_insights": [{"model": "Member C", "insight": "Length of stay"}],
 "blind_spots": ["Deposit", {"claim": "Taxes", "stakes": "critical"}]}}
``` I hope {"this": "helps"}"""


@given(st.lists(st.integers(0, len(MESSY)), max_size=12), st.integers(0, len(MESSY)))
@settings(max_examples=40, deadline=None)
def test_the_cuts_between_chunks_make_no_difference(cuts: list[int], end: int) -> None:
    for text in (MESSY, MESSY[:end]):
        whole, pieces = read(text), read(text, *(min(cut, len(text)) for cut in cuts))
        assert pieces[0] == whole[0]
        assert (pieces[1].problem, pieces[1].note) == (whole[1].problem, whole[1].note)


def test_a_messy_output_is_read_to_its_end() -> None:
    found, result = read(MESSY)
    assert result.problem is None
    assert [(f.group, f.finding.claim) for f in found] == [
        ("contradictions", "Renewal"),
        ("contradictions", "Rents rise"),
        ("consensus", "Staying matters 🙂 🙂 \ufffd"),
        ("partial_coverage", "Rents"),
        ("partial_coverage", "loose"),
        ("unique_insights", "Length of stay"),
        ("blind_spots", "Deposit"),
        ("blind_spots", "Taxes"),
    ]
    assert "1 point of the judge" in result.note
    assert "seats that do not exist" in result.note


def test_a_stance_that_is_a_sentence_is_kept_as_the_quote() -> None:
    a, b, c = read(MESSY)[0][0].finding.positions
    assert (a.stance, a.quote, a.verified) == ("contradicts", "Renew the lease now", True)
    assert (b.stance, b.quote, b.verified) == ("contradicts", 'He says "wait" here', False)
    assert c == Position(seat="C", stance="silent")


@pytest.mark.parametrize(
    ("said", "stance"),
    [
        ("supports", "supports"), ("Agrees.", "supports"), ("strongly supports", "supports"),
        ("yes", "supports"), ("supports: it says to renew now and gives a reason", "supports"),
        ("disagree", "contradicts"), ("does not support", "contradicts"), ("no", "contradicts"),
        ("opposes", "contradicts"), ("partially agrees", "hedges"), ("NEUTRAL", "hedges"),
        ("not sure", "hedges"), ("not mentioned", "silent"), ("no position", "silent"),
        ("does not mention this point anywhere in its text", "silent"), ("", "silent"),
    ],
)  # fmt: skip
def test_a_stance_is_understood_however_it_is_spelled(said: str, stance: str) -> None:
    for name in ("stance", "position", "view", "opinion"):
        positions: JsonValue = [{"seat": "B", name: said}]
        found = only({"contradictions": [{"claim": "x", "positions": positions}]})
        assert stances(found) == {"A": "silent", "B": stance, "C": "silent"}


@pytest.mark.parametrize(
    "seat", ["B", "b", "Answer B", "Member B", "seat_b", "Response B:", "[B]", "**B**", "(b)"]
)
def test_a_seat_is_understood_however_it_is_spelled(seat: str) -> None:
    found = only({"consensus": [{"claim": "x", "positions": [{"seat": seat, "stance": "yes"}]}]})
    assert stances(found) == {"A": "silent", "B": "supports", "C": "silent"}


@pytest.mark.parametrize("seat", ["D", "Z", "AB", "judge", "gpt-4", "", None, 1, ["A", {}], "A, Z"])
def test_a_seat_nobody_sits_on_takes_no_position(seat: JsonValue) -> None:
    positions: JsonValue = [{"seat": seat, "stance": "supports", "quote": "Renew"}]
    found = only({"consensus": [{"claim": "x", "positions": positions}]})
    assert "D" not in stances(found)
    assert set(stances(found).values()) <= {"supports", "silent"}
    assert stances(found).get("B", "silent") == "silent"


def test_several_seats_may_share_one_position() -> None:
    spellings: list[JsonValue] = ["A and C", "A, C", "Answers A & C", ["A", "c"]]
    for shared in spellings:
        found = only({"consensus": [{"point": "x", "supported_by": shared}]})
        assert stances(found) == {"A": "supports", "B": "silent", "C": "supports"}


def test_a_position_written_in_one_line_is_taken_apart() -> None:
    found = only({"contradictions": [{"claim": "x", "positions": ["A: agrees", "B — disagrees"]}]})
    assert stances(found) == {"A": "supports", "B": "contradicts", "C": "silent"}


def test_of_two_positions_of_one_seat_the_proven_one_stays() -> None:
    twice: JsonValue = [
        {"seat": "A", "stance": "silent"},
        {"seat": "A", "stance": "supports", "quote": "made up"},
        {"seat": "a", "stance": "supports", "quotes": ["made up too", "rents rise"]},
    ]
    positions = only({"consensus": [{"claim": "x", "positions": twice}]}).finding.positions
    assert [p.seat for p in positions] == ["A", "B", "C"]
    assert (positions[0].quote, positions[0].verified) == ("rents rise", True)


def test_a_point_that_names_no_seat_claims_nothing_about_any() -> None:
    assert only({"consensus": ["All say so"]}).finding.positions == ()
    blind: JsonValue = {"claim": "x", "positions": POSITIONS}
    assert only({"blind_spots": [blind]}).finding.positions == ()


def test_a_silent_seat_has_no_quote() -> None:
    said: JsonValue = [{"seat": "A", "stance": "silent", "quote": "rents rise"}]
    positions = only({"consensus": [{"claim": "x", "positions": said}]}).finding.positions
    assert positions[0] == Position(seat="A", stance="silent")


@pytest.mark.parametrize(
    ("said", "stakes"),
    [("HIGH", "high"), ("critical", "high"), ("minor", "low"), ("?", "medium"), (9, "medium")],
)
def test_stakes_that_are_not_said_are_medium(said: JsonValue, stakes: str) -> None:
    assert only({"consensus": [{"claim": "x", "severity": said}]}).finding.stakes == stakes


def test_a_plain_list_is_sorted_into_the_lists() -> None:
    labelled: JsonValue = {"category": "Blind spots", "claim": "deposit"}
    told: JsonValue = {"claim": "renew", "positions": [{"seat": "B", "stance": "contradicts"}]}
    found, _ = read([labelled, told, {"claim": "other"}])
    groups = ["blind_spots", "contradictions", "partial_coverage"]
    assert [f.group for f in found] == groups


def test_overlong_words_are_cut_between_words() -> None:
    answer = "word " * 600
    reader = Reader({"A": answer})
    said: JsonValue = [{"seat": "A", "stance": "supports", "quote": answer}]
    finding = reader.feed(json.dumps({"consensus": [{"claim": answer, "positions": said}]}))
    (position,) = finding[0].finding.positions
    assert len(finding[0].finding.claim) <= MAX_CLAIM
    assert len(position.quote) <= MAX_QUOTE
    assert position.verified
    assert position.quote.endswith("word")


def test_more_points_than_anyone_reads_are_left_out_and_said() -> None:
    found, result = read({"consensus": [f"point {i}" for i in range(99)]})
    assert len(found) == MAX_FINDINGS
    assert result.note == "Only its first 60 points are shown."


def test_nothing_found_is_a_result() -> None:
    for said in ('{"contradictions": []}', '{"consensus": [], "blind_spots": [null, "None."]}'):
        assert read(said) == ([], Result([], None, ""))


def test_a_cut_output_keeps_its_complete_findings_and_says_so() -> None:
    text = json.dumps({"contradictions": [CONTRADICTION, CONTRADICTION]})
    found, result = read(text[:-30])
    assert [f.finding.id for f in found] == ["f1"]
    assert result.problem is None
    assert "cut off" in result.note


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("  \n", "was empty"),
        ("I am sorry, I cannot compare these.", "no JSON object"),
        ('{"status": "error"}', "no JSON object"),
        ("<think>for ever", "no JSON object"),
        ('{"analysis": {}}', "none of the five lists"),
        ('{"contradictions": [{"claim": "Ren', "stops before"),
        ('{"consensus": [{"stakes": "high"}, 5]}', "No finding has"),
    ],
)
def test_an_unusable_output_names_its_problem(said: str, problem: str) -> None:
    found, result = read(said)
    assert found == []
    assert result.problem is not None
    assert problem in result.problem


HOSTILE = [
    "[" * 50_000,
    "{" * 50_000,
    '{"consensus":' * 50_000,
    '{"consensus": ' + "[" * 50_000,
    '{"consensus": ["' + '"' * 50_000,
    '{"consensus": ["' + "\\" * 50_000,
    '{"consensus": ' + "9" * 50_000 + "}",
    '{"consensus": [NaN, 1e999, -Infinity, "a\x00b\ud800"], "consensus": ["again"]}',
    '{"consensus": [{"claim": "x", "positions": ' + '[{"seat": "A", "quote": "e"}, ' * 3_000,
    '{"consensus": [{"claim": "x", "positions": [' + '{"seat": "A", "quote": "e"}, ' * 3_000,
    '{"a" "' * 20_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_output_is_read_without_raising_in_bounded_time(text: str) -> None:
    began = time.perf_counter()
    found, _ = read(text)
    assert time.perf_counter() - began < 20
    assert json.dumps([f.model_dump(mode="json") for f in found], ensure_ascii=False).encode()


@given(st.text(st.sampled_from('{}[]":,\'\\/*<>\n Aaclim consensus"pot-0'), max_size=80))
@settings(max_examples=80, deadline=None)
def test_no_text_makes_the_reader_raise(text: str) -> None:
    found, result = read('{"consensus":' + text, len(text) // 2)
    assert result.problem is None or not found
