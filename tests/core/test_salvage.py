"""Reading JSON as models write it: valid JSON unchanged, the rest as far as it makes sense."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from council.core.salvage import Path, Scanner

texts = st.text(st.sampled_from("ab \"'\\/,:{}[]\n\té“”0-"), max_size=8)
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(-999, 999) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def read(text: str, cut: int = 10**9) -> dict[Path, JsonValue]:
    scanner = Scanner(lambda name: name == "ours")
    pieces = [p for i in range(0, len(text), cut) for p in scanner.feed(text[i : i + cut])]
    return dict(pieces + scanner.close())


@given(values, st.sampled_from([None, 1]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_valid_json_is_read_as_any_parser_reads_it(
    value: JsonValue, indent: int | None, ascii_only: bool
) -> None:
    text = json.dumps({"ours": value, "last": 1}, indent=indent, ensure_ascii=ascii_only)
    pieces = read(f"Here it is:\n```json\n{text}\n```\nDone {{}}", cut=3)
    assert pieces[("ours",)] == value
    assert pieces[("last",)] == 1


@pytest.mark.parametrize(
    ("broken", "meant"),
    [
        ("[1, 2,]", [1, 2]),
        ('["a" // why\n, /* or not */ "b"]', ["a", "b"]),
        ('{"a": "x"\n "b": "y"}', {"a": "x", "b": "y"}),
        ("{'a': 'it\\'s', 'b': None}", {"a": "it's", "b": None}),
        ("{a: “x”, b: high}", {"a": "x", "b": "high"}),
        ('{"a": "he said "no" to it", "b": 1}', {"a": 'he said "no" to it', "b": 1}),
        ('{"a": "two\nlines", "b": "\\d \\u12"}', {"a": "two\nlines", "b": "\\d \\u12"}),
        ('[{"a": [1, {"b": 2}, {"c": 3}}, 4]', [{"a": [1, {"b": 2}, {"c": 3}]}, 4]),
        ('[{"a": "x", {"b": "y"}]', [{"a": "x"}, {"b": "y"}]),
        ("[NaN, -1.5, 1e3, 007x, True]", [None, -1.5, 1000.0, "007x", True]),
    ],
)
def test_a_common_fault_is_repaired(broken: str, meant: JsonValue) -> None:
    pieces = read(f'{{"ours": {broken}, "last": 1}}')
    assert pieces[("ours",)] == meant
    assert pieces[("last",)] == 1


@pytest.mark.parametrize(
    "before",
    [
        "Comparing [A] with {x} and {'B'}: ",
        '<think>{"ours": "a draft"}</think>',
        '{"note": "another object first"}\n',
        '{"never closed {"x" ',
        "function f() {} // [{",
        "{",
    ],
)
def test_what_stands_before_the_object_is_passed_over(before: str) -> None:
    assert read(before + '{"ours": ["x"]}', cut=1)[("ours",)] == ["x"]


def test_a_value_is_there_as_soon_as_its_bracket_closes() -> None:
    scanner = Scanner(lambda name: name == "ours")
    assert scanner.feed('{"ours": [{"a": "x"') == []
    assert scanner.feed("}") == [(("ours", 0, "a"), "x"), (("ours", 0), {"a": "x"})]


def test_a_value_the_text_ends_in_is_not_there() -> None:
    for cut in ('{"ours": ["x", "y', '{"ours": ["x", "y"', '{"ours": ["x", tru'):
        scanner = Scanner(lambda name: name == "ours")
        assert scanner.feed(cut) + scanner.close() == [(("ours", 0), "x")]
        assert scanner.is_cut


@given(st.text(st.sampled_from("{}[]\":,'“”\\/*<think>\n aours0-"), max_size=60))
@settings(max_examples=150, deadline=None)
def test_broken_json_is_read_alike_however_it_arrives(text: str) -> None:
    for start in ("", '{"ours": '):
        assert read(start + text, cut=1) == read(start + text)
