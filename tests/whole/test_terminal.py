"""A run in the terminal: columns where there is room, lines elsewhere, and nothing that obeys."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios

from tests.fakes.server import ROOT
from tests.whole.house import (
    ALUMINIUM,
    EITHER,
    JUDGED,
    PATIENCE_S,
    STEEL,
    SYNTHESIS,
    House,
    saying,
    usual,
)

SEATS = [
    "--seat", "fake/m1", "--seat", "fake/m2", "--seat", "fake/m3",
    "--judge", "fake/judge", "--writer", "fake/writer",
]  # fmt: skip
_STYLE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
HOSTILE = "\x1b]0;owned\x07Take \x1b[2J\x1b[31msteel\x1b[0m\x9b1m, \x08\x08yes.\u202e\r\nSure."


def _in_terminal(house: House, width: int, *arguments: str, height: int = 40) -> tuple[int, str]:
    """Exit code and everything written, when standard output is a terminal of this size."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    env = house.server.env | {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "ask", *arguments],
        cwd=ROOT, env=env, stdout=slave, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(slave)
    said = b""
    # Linux says EIO, not end of file, once the last writer has closed a terminal.
    with contextlib.suppress(OSError):
        while select.select([master], [], [], PATIENCE_S)[0]:
            said += os.read(master, 65536)
        process.kill()  # silent for too long
    os.close(master)
    return process.wait(30), said.decode()


def test_through_a_pipe_every_change_is_a_line_and_the_result_is_plain_text(alone: House) -> None:
    alone.script(**usual(m3=[{"status": 401}]))
    asked = alone.server.manage("ask", "Which?", *SEATS)
    assert asked.returncode == 3, asked.stderr
    assert "\x1b" not in asked.stdout
    lines = asked.stdout.splitlines()
    for start, end in (("A  m1: done", "cost unknown)"), ("Judge  judge: done", ")")):
        assert any(line.startswith(start) and line.endswith(end) for line in lines), lines
    assert any(line.startswith("C  m3: failed: key not valid. ") for line in lines), lines
    assert SYNTHESIS in lines, "never wrapped"
    assert "2 of 3 answered" in asked.stdout


def test_the_comparison_is_grouped_and_every_quote_says_whether_it_was_found(alone: House) -> None:
    invented = JUDGED.replace('"Take steel"', '"Steel for ever"')
    alone.script(**usual(judge=[saying(invented)]))
    said = alone.server.manage("ask", "Which?", *SEATS).stdout
    contradictions, agreement = said.index("\nContradictions\n"), said.index("\nAgreement\n")
    synthesis = said.index("\nSynthesis\n")
    assert contradictions < agreement < synthesis
    assert "• Steel is the better choice. (high stakes)" in said[contradictions:agreement]
    assert "A ✓ supports: “Steel for ever” unverified" in said
    assert "B ✗ contradicts: “Take aluminium” verified" in said
    assert "C ✓ supports: “buy the frame that fits your back” verified" in said[agreement:]


def test_a_wide_terminal_shows_the_members_side_by_side_while_they_write(alone: House) -> None:
    slow = {"first_token_s": 0.3, "tokens_per_s": 20}
    alone.script(
        **usual(m1=[{"text": STEEL, **slow}], m2=[{"text": ALUMINIUM, **slow}], m3=[EITHER])
    )
    code, said = _in_terminal(alone, 120, "Which?", *SEATS)
    assert code == 0
    assert "\x1b[" in said, "it redraws"
    rows = _STYLE.sub("", said).splitlines()
    beside = [row for row in rows if "Take steel" in row and "Take aluminium" in row]
    assert beside, "two members in one row"
    assert SYNTHESIS[:60] in _STYLE.sub("", said)
    assert said.count("\x1b[?25l") == said.count("\x1b[?25h"), "the cursor comes back"


def test_a_narrow_terminal_gets_lines(alone: House) -> None:
    alone.script(**usual())
    code, said = _in_terminal(alone, 80, "Which?", *SEATS)
    rows = _STYLE.sub("", said).splitlines()
    assert code == 0
    assert any(row.startswith("A  m1: done") for row in rows), rows
    assert not [row for row in rows if "│" in row]


def test_nothing_a_model_writes_is_obeyed_by_the_terminal(alone: House) -> None:
    hostile = [saying(HOSTILE)]
    alone.script(**usual(m1=hostile, writer=hostile))
    for width in (80, 120):
        code, said = _in_terminal(alone, width, "Which?", *SEATS)
        assert code == 0
        assert "\x1b]" not in said
        assert "\x1b[2J" not in said
        assert not set("\x07\x08\x9b\u202e") & set(said)
        assert "Take steel, yes." in _STYLE.sub("", said)


def test_without_a_synthesis_the_answers_themselves_are_printed(alone: House) -> None:
    alone.script(**usual(m2=[{"status": 401}], m3=[{"status": 401}]))
    asked = alone.server.manage("ask", "Which?", *SEATS)
    assert asked.returncode == 3
    assert f"\nAnswer A\n{STEEL}\n" in asked.stdout
    assert "Only A answered." in asked.stdout
    assert "Synthesis" not in asked.stdout


def test_when_nobody_answers_every_reason_is_in_its_line(alone: House) -> None:
    alone.script(**usual(m1=[{"status": 402}]))
    asked = alone.server.manage("ask", "Which?", "--seat", "fake/m1")
    assert asked.returncode == 4
    assert "A  m1: failed: no credit left." in asked.stdout
    assert "Nobody answered" in asked.stdout
