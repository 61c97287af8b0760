"""Calls as CSV: a row each, and no cell that a spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable

COLUMNS = (
    "started_at", "council", "seat", "attempt", "model", "state", "tokens_prompt",
    "tokens_completion", "cost_usd", "cost_source", "whose_key", "run",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table(rows: Iterable[Iterable[object]]) -> str:
    """The rows under `COLUMNS`. None is an empty cell: not known is not 0."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: object) -> str:
    """A text that would begin a formula gets an apostrophe before it: a spreadsheet shows it."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
