"""The schema says what the frames are: neither more nor less than the code sends."""

import json
import re
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from jsonschema import ValidationError
from pydantic import BaseModel

from council.core import events as ev
from council.core.failures import Failure, Kind
from council.core.plan import Point
from council.frames import encode
from council.journal import Tick
from tests.golden import tape
from tests.golden.journals import journals
from tests.golden.protocol import DOCS, check, schema
from tests.golden.reading import page_at

_EVENTS = get_args(get_args(ev.Event)[0])
_CARRIED: dict[str, type[BaseModel]] = {
    "failure": Failure,
    "card": ev.Card,
    "position": ev.Position,
    "finding": ev.Finding,
    "point": Point,
}


def test_every_golden_frame_is_in_the_schema() -> None:
    page = page_at([], 0)
    for tick in tape.ticks():
        check(json.loads(encode(page.take(tick))))
        check(json.loads(encode(page.snapshot())))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(journals())
def test_the_frames_of_any_journal_are_in_the_schema(ticks: list[Tick]) -> None:
    page = page_at(ticks, 0)
    for tick in ticks:
        check(json.loads(encode(page.take(tick))))


@pytest.mark.parametrize("event", _EVENTS, ids=lambda e: str(e.__name__))
def test_the_schema_names_every_field_of_an_event(event: Any) -> None:
    name = event.model_fields["type"].default
    described = schema()["$defs"][name]
    assert set(described["properties"]) == set(event.model_fields)
    needed = {key for key, field in event.model_fields.items() if field.is_required()}
    assert set(described["required"]) == needed | {"type"}


def test_the_schema_names_every_event_and_every_cause() -> None:
    named = {ref["$ref"].rpartition("/")[2] for ref in schema()["$defs"]["event"]["oneOf"]}
    assert named == {event.model_fields["type"].default for event in _EVENTS}
    causes = schema()["$defs"]["failure"]["properties"]["kind"]["enum"]
    assert causes == [kind.value for kind in Kind]


@pytest.mark.parametrize("name", _CARRIED)
def test_the_schema_names_every_field_of_what_events_carry(name: str) -> None:
    assert set(schema()["$defs"][name]["properties"]) == set(_CARRIED[name].model_fields)


def test_the_examples_of_the_documentation_are_in_the_schema() -> None:
    text = (DOCS / "protocol.md").read_text("utf-8")
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert len(examples) == 3
    for example in examples:
        check(json.loads(example))
    said = re.findall(r"^\| `(\{.*?\})` \|", text, re.MULTILINE)
    assert len(said) == 2
    for message in said:
        check(json.loads(message.replace("N", "12")), "said")


def test_the_documentation_names_every_event_and_close_code() -> None:
    from council import consumers

    text = (DOCS / "protocol.md").read_text("utf-8")
    for event in _EVENTS:
        assert f"`{event.model_fields['type'].default}`" in text
    for code in ("RESTART", "MALFORMED", "SIGNED_OUT", "NOT_YOURS", "TOO_SLOW", "TOO_MANY"):
        assert f"| {getattr(consumers, code)} |" in text


@pytest.mark.parametrize(
    "frame",
    [
        {"v": 2, "type": "ping", "seq": 1},
        {"v": 1, "type": "ping", "seq": -1},
        {"v": 1, "type": "ping", "seq": 1, "x": 0},
        {"v": 1, "type": "events", "seq": 1, "events": []},
        {"v": 1, "type": "events", "seq": 1, "events": [{"type": "execute"}]},
        {"v": 1, "type": "hello", "seq": 1},
    ],
)
def test_what_is_no_frame_is_not_in_the_schema(frame: Any) -> None:
    with pytest.raises(ValidationError):
        check(frame)
