"""The published schema of the run document is the one that imports are held to."""

import json
from pathlib import Path

from council import run_file

SCHEMA = Path(__file__).parents[1] / "docs/run-document.schema.json"


def test_the_published_schema_is_the_one_we_read_by() -> None:
    """To write it anew: ``json.dumps(run_file.schema(), indent=1)`` and a line end."""
    assert json.loads(SCHEMA.read_text()) == run_file.schema()
