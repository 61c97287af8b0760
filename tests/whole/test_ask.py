"""``manage.py ask``: one document or none, a true exit code, and no quarrel with a server."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.fakes.server import ROOT
from tests.whole.house import (
    STEEL,
    SYNTHESIS,
    House,
    answer,
    saying,
    until,
    usual,
)
from tests.whole.invariants import check

SEATS = [
    "--seat", "fake/m1", "--seat", "fake/m2", "--seat", "fake/m3",
    "--judge", "fake/judge", "--writer", "fake/writer",
]  # fmt: skip
REFUSED = {"status": 401}
_WORDS = """SELECT 1 FROM council_journalentry WHERE events LIKE '%"type":"text"%'"""


def _asked(house: House, *arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    return house.server.manage("ask", *arguments, **more)


@contextmanager
def _asking(house: House, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """The command while it runs; whatever the test found, it is not left running."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "ask", *arguments],
        cwd=ROOT,
        env=house.server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("takes", "state", "code"),
    [
        ({}, "done", 0),
        ({"m3": [REFUSED]}, "partial", 3),
        ({"judge": [saying("No JSON today.")]}, "partial", 3),
        ({"m1": [REFUSED], "m2": [REFUSED], "m3": [REFUSED]}, "failed", 4),
    ],
    ids=["done", "a member failed", "no comparison", "nobody answered"],
)
def test_json_is_one_document_and_the_exit_code_says_how_it_went(
    alone: House, takes: dict[str, Any], state: str, code: int
) -> None:
    alone.script(**usual(**takes))
    asked = _asked(alone, "Steel or aluminium?", *SEATS, "--json")
    assert asked.returncode == code, asked.stderr
    document = json.loads(asked.stdout)
    assert (document["kind"], document["version"], document["state"]) == ("run", 1, state)
    rows = [call["model"].partition("/")[2] for call in alone.calls(document["id"])]
    assert alone.counts() == {model: rows.count(model) for model in rows}
    if state == "done":
        assert document["synthesis"]["text"] == SYNTHESIS


def test_a_dash_reads_the_question_from_standard_input(alone: House) -> None:
    alone.script(**usual())
    question = "Steel or aluminium?\n\nFor a tour — in winter. ❄\n"
    asked = _asked(alone, "-", "--seat", "fake/m1", "--json", input=question)
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["prompt"] == question
    assert alone.provider.requests("m1")[0]["messages"][-1]["content"] == question


def _council_file(house: House, **more: Any) -> Path:
    council = {
        "version": 1, "kind": "council", "name": "Mine",
        "seats": [{"model": "fake/m1", "role": "Welder"}, {"model": "fake/m2"}],
        "judge": {"model": "fake/judge"}, **more,
    }  # fmt: skip
    path = house.server.data_dir / "council.json"
    path.write_text(json.dumps(council))
    return path


def test_a_council_file_says_who_is_asked_and_the_judge_writes_by_default(alone: House) -> None:
    alone.script(**usual(judge=[usual()["judge"][0], saying(SYNTHESIS)]))
    asked = _asked(alone, "Which?", "--council", str(_council_file(alone)), "--json")
    assert asked.returncode == 0, asked.stderr
    document = json.loads(asked.stdout)
    assert (document["council"]["name"], answer(document, "A")["role"]) == ("Mine", "Welder")
    assert document["synthesis"]["model"] == "fake/judge"
    assert "Welder" in alone.provider.requests("m1")[0]["messages"][0]["content"]


def test_without_a_council_the_endpoint_itself_makes_one(alone: House) -> None:
    alone.script(**usual())
    asked = _asked(alone, "Which?", "--json", "--council", "all-fake")
    document = json.loads(asked.stdout)
    assert document["seated"] == 3
    assert all(a["model"].startswith("fake/") for a in document["answers"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([" ", *SEATS], "The question is empty."),
        (["x", "--council", "nowhere"], "There is no council 'nowhere'"),
        (["x", "--council", "missing.json"], "missing.json cannot be read"),
        (["x", "--council", "all-fake", "--seat", "fake/m1"], "not both"),
        (["x", "--seat", "m1"], "seats[0].model"),
        (["x", "--judge", "fake/judge"], "--judge"),
        (["x", "--seats", "fake/m1"], "--seats"),
        ([], "prompt"),
    ],
)
def test_wrong_use_exits_2_with_a_sentence_and_asks_nobody(
    alone: House, arguments: list[str], reason: str
) -> None:
    alone.script(**usual())
    asked = _asked(alone, *arguments, "--json")
    assert asked.returncode == 2, asked.stderr
    assert reason in asked.stderr
    assert "Traceback" not in asked.stderr
    assert asked.stdout == ""
    assert alone.provider.requests() == []


def test_an_unknown_key_in_a_council_file_is_named_by_its_path(alone: House) -> None:
    path = _council_file(alone, seats=[{"model": "fake/m1", "colour": "red"}])
    asked = _asked(alone, "x", "--council", str(path), "--json")
    assert asked.returncode == 2
    assert "seats[0].colour" in asked.stderr


def test_a_question_that_is_too_long_is_refused_and_not_cut(alone: House) -> None:
    asked = _asked(alone, "-", *SEATS, "--json", input="x" * 200_001)
    assert asked.returncode == 2, asked.stderr[-500:]
    assert "200,001 characters" in asked.stderr


def test_beside_a_live_server_a_question_is_played_once_and_is_there_for_its_owner(
    house: House,
) -> None:
    # Slow enough for the server to look for work while the command plays.
    late = {m: [{**usual()[m][0], "first_token_s": 1.5}] for m in ("m1", "m2", "m3")}
    house.script(**usual(**late))
    asked = _asked(house, "Asked beside a server", *SEATS, "--json")
    assert asked.returncode == 0, asked.stderr
    document = json.loads(asked.stdout)
    assert set(house.counts().values()) == {1}
    assert check(house, document["id"]) == document


def test_when_the_command_is_killed_the_server_takes_its_run_up(house: House) -> None:
    slow = {"text": STEEL, "first_token_s": 1.0, "tokens_per_s": 20}
    house.script(**usual(m1=[slow], m2=[slow], m3=[slow]))
    with _asking(house, "Killed while asking", *SEATS, "--json") as process:
        until(lambda: len(house.counts()) == 3, "three requests")
        process.kill()
    query = "SELECT id FROM council_run WHERE prompt = 'Killed while asking'"
    run_id = str(UUID(house.rows(query)[0]["id"]))
    house.end_of(run_id)
    check(house, run_id)
    assert {house.counts()[model] for model in ("m1", "m2", "m3")} == {1}


def test_control_c_stops_the_run_closes_the_connections_and_keeps_the_words(alone: House) -> None:
    endless = {"text": "and on and on ", "endless": True, "tokens_per_s": 50}
    alone.script(**usual(m1=[endless], m2=[endless], m3=[endless]))
    with _asking(alone, "Which?", *SEATS, "--json") as process:
        until(lambda: len(alone.counts()) == 3, "three requests")
        until(lambda: alone.rows(_WORDS), "the first words")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 3, err
    assert "Traceback" not in err
    document = json.loads(out)
    assert document["state"] == "stopped"
    assert any(a["text"] for a in document["answers"])
    for request in alone.provider.requests():
        assert alone.provider.end_of(request, within_s=10)["how"] == "client_left"
