# ruff: noqa: E501
"""Council files: written the same for ever, and every damage named by its place, all at once."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from council import council_file
from council.core.plan import Council, Judge, Limits, Seat, Writer

NEEDED = {"name": "Mine", "seats": [{"model": "fake/m1"}], "judge": {"model": "fake/judge"}}

_text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
_names = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}/[~\w.:/@\u00e9\u9285-]{1,20}", fullmatch=True)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(-9e18, 9e18) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=5,
)  # fmt: skip
_seats = st.builds(
    Seat,
    model=_names,
    role=_text,
    instructions=_text,
    temperature=st.none() | st.floats(0, 2),
    max_tokens=st.none() | st.integers(1, 10**9),
    reasoning_effort=st.sampled_from([None, "minimal", "low", "medium", "high"]),
    tools=st.booleans(),
)
councils = st.builds(
    Council,
    name=_text.filter(lambda text: re.search(r"\S", text.strip())),
    description=_text,
    seats=st.lists(_seats, min_size=1, max_size=8).map(tuple),
    judge=st.builds(Judge, model=_names, instructions=_text),
    writer=st.builds(Writer, model=st.none() | _names, instructions=_text),
    tools=st.sampled_from([(), ("web_search",), ("web_fetch", "web_search")]),
    server_tools=st.sampled_from([(), ("openrouter:web_search",)]),
    routing=st.none() | st.dictionaries(_text, _json, max_size=3),
    max_tool_steps=st.integers(1, 16),
    history=st.sampled_from(["synthesis", "own"]),
    limits=st.builds(Limits, cost_usd=st.none() | st.floats(0, 1e18), run_s=st.floats(0.001, 7200)),
)


def _problems(file: bytes | str) -> list[str]:
    with pytest.raises(council_file.Damaged) as damage:
        council_file.read(file)
    return [str(problem) for problem in damage.value.problems]


def _with(**more: Any) -> str:
    return json.dumps(NEEDED | more)


@settings(max_examples=150, deadline=None)
@given(councils)
def test_what_was_written_reads_the_same_and_is_written_the_same(council: Council) -> None:
    file = council_file.write(council)
    again = council_file.read(file.encode())
    assert again == council
    assert council_file.write(again) == file


@settings(max_examples=100, deadline=None)
@given(councils, st.data())
def test_no_damage_breaks_the_reader(council: Council, data: st.DataObject) -> None:
    file = council_file.write(council).encode()
    at = data.draw(st.integers(0, len(file) - 1))
    more = data.draw(st.sampled_from([b"", b'"', b"{", b"\xff", b"\0", b"9", b"NaN", b"\\ud800"]))
    with suppress(council_file.Damaged):  # anything else is a fault of the reader
        council_file.read(file[:at] + more + file[at + data.draw(st.integers(0, 40)) :])


def test_a_file_needs_only_a_name_seats_and_a_judge() -> None:
    council = council_file.read(_with())
    assert (council.name, council.letters, council.writer_model) == ("Mine", "A", "fake/judge")
    assert council_file.read(b"\xef\xbb\xbf" + _with().encode()) == council


def test_the_keys_of_a_file_stand_in_the_order_of_the_docs() -> None:
    docs = Path("docs/council-file.md").read_text().partition("```json\n")[2].partition("```")[0]
    file = council_file.write(council_file.read(docs))
    assert json.dumps(json.loads(file)) == json.dumps(json.loads(docs))


def test_what_a_terminal_would_obey_is_written_as_an_escape() -> None:
    council = council_file.read(_with(name="a\x1b[2J\x9b2J\u202eb"))
    assert r"a\u001b[2J\u009b2J\u202eb" in council_file.write(council)


def test_every_key_of_a_council_has_its_rule_in_words() -> None:
    def places(part: type[BaseModel], before: str) -> set[str]:
        return {f"{before}{name}" for name in part.model_fields}

    wanted = places(Council, "") | places(Seat, "seats[].") | places(Judge, "judge.")
    wanted |= places(Writer, "writer.") | places(Limits, "limits.")
    assert wanted <= council_file._RULES.keys()


SEAT = {"model": "fake/m1"}


DAMAGES: list[tuple[bytes | str, str]] = [
    ("", "the file: is empty"),
    (" \n", "the file: is empty"),
    ("[]", "the file: must be an object {…}, is an empty list"),
    ('"council"', 'the file: must be an object {…}, is "council"'),
    ('{"name": "a"\n "seats": []}', "line 2, column 2: is not JSON: a comma or a closing bracket is expected here"),
    ('{"name": }', "line 1, column 10: is not JSON: a value is expected here"),
    ("{'name': 1}", "line 1, column 2: is not JSON: a key in double quotes is expected here"),
    ('{"name": "a\n"}', "line 1, column 12: is not JSON: a line break or control character in a text must be escaped"),
    (_with() + "\n{}", "line 2, column 1: is not JSON: something follows after the end of the council"),
    (b'{\n"name": "caf\xe9"}', "line 2, column 13: is not UTF-8 (byte 0xE9): save the file as UTF-8"),
    (_with().encode("utf-16"), "the file: is not UTF-8 but UTF-16 or UTF-32: save it as UTF-8"),
    (_with().encode("utf-32-be"), "the file: is not UTF-8 but UTF-16 or UTF-32: save it as UTF-8"),
    ("[" * 200_000, "the file: is nested deeper than 20 levels"),
    ("x" * 1_200_000, "the file: has 1.1 MB; a council file has at most 1 MB"),
    (_with(version=2), "version: must be 1, is 2"),
    (_with(version=True), "version: must be 1, is true"),
    (_with(kind="run"), 'kind: must be "council", is "run". This is a run document.'),
    (_with(kind=["council"]), 'kind: must be "council", is a list.'),
    (_with(name=" "), 'name: must be 1 to 120 characters, not only spaces, is " "'),
    (_with(name="x" * 121), "name: must be 1 to 120 characters, not only spaces, has 121"),
    (_with(name=None), "name: must be 1 to 120 characters, not only spaces, is null"),
    (_with(name="a\0b"), "name: holds a NUL character"),
    (_with(description="\ud800"), "description: holds half a character"),
    (_with(seats=[]), "seats: must be a list of 1 to 8 seats, is an empty list"),
    (_with(seats=[SEAT] * 9), "seats: must be a list of 1 to 8 seats, has 9"),
    (_with(seats=[SEAT, 5]), 'seats[1]: must be an object such as {"model": "provider/model-id"}, is 5'),
    (_with(seats=[SEAT, {}]), "seats[1].model: is missing"),
    (_with(seats=[{"model": "gpt"}]), 'seats[0].model: must be written provider/model-id, is "gpt"'),
    (_with(seats=[SEAT, SEAT, SEAT | {"temperature": 3}]), "seats[2].temperature: must be 0 to 2 (or null), is 3"),
    (_with(seats=[SEAT | {"temperature": "0.5"}]), 'seats[0].temperature: must be 0 to 2 (or null), is "0.5"'),
    (_with(seats=[SEAT | {"temperature": True}]), "seats[0].temperature: must be 0 to 2 (or null), is true"),
    (_with(seats=[SEAT | {"temperature": float("nan")}]), "seats[0].temperature: is no ordinary number (not finite, or far too large)"),
    (_with(seats=[SEAT | {"max_tokens": 0.5}]), "seats[0].max_tokens: must be a whole number from 1 (or null), is 0.5"),
    (_with(seats=[SEAT | {"tools": "yes"}]), 'seats[0].tools: must be true or false, is "yes"'),
    (_with(seats=[SEAT | {"temprature": 1}]), 'seats[0].temprature: is no key of a council file; perhaps "temperature"?'),
    (_with(seats=[SEAT | {"instructions": "x" * 20_001}]), "seats[0].instructions: must be text of up to 20,000 characters, has 20,001"),
    (_with(judge={"model": "a/b", "x y": 1}), 'judge["x y"]: is no key of a council file'),
    (_with(judge="a/b"), 'judge: must be an object such as {"model": "provider/model-id"}, is "a/b"'),
    (_with(tools=["web"]), 'tools[0]: must be "web_search" or "web_fetch", is "web"'),
    (_with(server_tools=["x"]), 'server_tools[0]: must be one of OpenRouter\'s tools, such as "openrouter:web_search", is "x"'),
    (_with(routing=[1]), "routing: must be an object (or null), is a list"),
    (_with(routing={"a": {"\0": 1}}), r'routing.a["\u0000"]: holds a NUL character in its name'),
    (_with(routing={"a": 10**40}), "routing.a: is no ordinary number (not finite, or far too large)"),
    (_with(routing={"a": "x" * 10_001}), "routing: must be at most 10,000 characters"),
    ('{"name":"a","seats":[{"model":"a/b"}],"judge":{"model":"a/b"},"routing":' + '{"a":' * 25 + "1" + "}" * 26, "routing" + ".a" * 11 + "…: is nested deeper than 20 levels"),
    (_with(max_tool_steps=17), "max_tool_steps: must be a whole number from 1 to 16, is 17"),
    (_with(limits={"run_s": float("inf")}), "limits.run_s: is no ordinary number (not finite, or far too large)"),
    (_with(limits={"run_s": 0}), "limits.run_s: must be more than 0 and up to 7200, is 0"),
    (_with()[:-1] + ', "judge": {"model": "a/b"}}', "judge: stands there twice"),
    (_with().replace('"fake/m1"', '"fake/m1", "model": "fake/m2"'), "seats[0].model: stands there twice"),
    (_with(limits={"cost_usd": "9" * 5000}).replace('"' + "9" * 5000 + '"', "9" * 5000), "limits.cost_usd: is no ordinary number (not finite, or far too large)"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "problem"), DAMAGES, ids=[problem for _, problem in DAMAGES])
def test_a_damage_is_named_by_its_place(file: bytes | str, problem: str) -> None:
    assert _problems(file) == [problem]


def test_everything_that_is_wrong_is_said_at_once_in_the_order_of_the_file() -> None:
    assert [problem.partition(":")[0] for problem in _problems(json.dumps({
        "nonsense": 1, "limits": {"cost_usd": -1}, "version": 2, "description": "a\0",
        "seats": [{"model": "x", "tools": 1}, SEAT | {"temperature": 9}],
    }))] == [
        "version", "name", "description", "seats[0].model", "seats[0].tools",
        "seats[1].temperature", "judge", "limits.cost_usd", "nonsense",
    ]  # fmt: skip


def test_of_many_problems_fifty_are_said_and_the_rest_is_counted() -> None:
    told = _problems(_with(**{f"key{i}": i for i in range(70)}))
    assert len(told) == 51
    assert told[-1] == "the file: has 20 more problems like these"
