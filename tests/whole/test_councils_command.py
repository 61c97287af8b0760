"""``manage.py councils``: list, export, import; and asking what was kept, all without a server."""

import json
import subprocess

from council import council_file
from tests.whole.house import House, usual

MINE = {
    "name": "Frame builders",
    "seats": [{"model": "fake/m1", "role": "Welder"}, {"model": "fake/m2"}],
    "judge": {"model": "fake/judge"},
    "writer": {"model": "fake/writer"},
}


def _councils(
    house: House, *arguments: str, file: str | None = None
) -> "subprocess.CompletedProcess[str]":
    return house.server.manage("councils", *arguments, input=file)


def test_a_council_goes_in_as_a_file_is_asked_by_its_name_and_comes_out_the_same(
    alone: House,
) -> None:
    alone.script(**usual())
    kept = _councils(alone, "import", "-", file=json.dumps(MINE))
    assert (kept.returncode, kept.stderr) == (0, "")
    assert "Kept as frame-builders." in kept.stdout
    listed = _councils(alone, "list")
    assert listed.stdout.splitlines()[0].split("  ")[0] == "frame-builders"
    assert "Frame builders (yours)" in listed.stdout
    out = _councils(alone, "export", "frame-builders").stdout
    assert council_file.write(council_file.read(out)) == out
    assert json.loads(out)["seats"][0]["role"] == "Welder"
    asked = alone.server.manage("ask", "Which?", "--council", "frame-builders", "--json")
    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["council"]["name"] == "Frame builders"
    run = alone.rows("SELECT council_version, council_name FROM council_run")
    assert run == [{"council_version": 1, "council_name": "Frame builders"}]


def test_wrong_use_exits_2_with_a_sentence_and_keeps_nothing(alone: House) -> None:
    damaged = json.dumps(MINE | {"seats": [{"model": "gpt\x1b[2J"}], "colour": "red"})
    cases = [
        (("export", "nowhere"), None, "There is no council 'nowhere'. Known: "),
        (("import", "-"), damaged, "  colour: is no key of a council file"),
    ]
    for arguments, file, words in cases:
        answer = _councils(alone, *arguments, file=file)
        assert answer.returncode == 2, arguments
        assert words in answer.stderr
        assert "Traceback" not in answer.stderr + answer.stdout
        assert "\x1b" not in answer.stderr
    assert alone.rows("SELECT 1 FROM council_council") == []
