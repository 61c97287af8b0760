"""docs/faults.md names, for every fault, tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROWS = {f"F{n}" for n in (*range(1, 16), 26, 27, 29)}


def _rows() -> dict[str, list[tuple[str, str]]]:
    """Every row's tests, as file and function."""
    page = (ROOT / "docs/faults.md").read_text("utf-8")
    rows = re.findall(r"^\| (F\d+) \|(.*)$", page, re.MULTILINE)
    return {name: re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", text) for name, text in rows}


def test_every_fault_has_a_row_and_every_row_a_test() -> None:
    rows = _rows()
    assert set(rows) >= ROWS
    assert [name for name, tests in rows.items() if not tests] == []


def test_every_test_the_page_names_exists() -> None:
    named = {one for tests in _rows().values() for one in tests}
    missing = [
        f"{file}::{name}"
        for file, name in sorted(named)
        if not re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    ]
    assert missing == []
