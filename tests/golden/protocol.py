"""docs/protocol.schema.json, ready to hold a frame against."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[2] / "docs"


@cache
def schema() -> Any:
    """The schema itself, checked against its own meta-schema."""
    found = json.loads((DOCS / "protocol.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(found)
    return found


def check(value: Any, part: str = "") -> None:
    """Raises ValidationError when ``value`` is no frame (or not the named part of the schema)."""
    root = {**schema(), "oneOf": [{"$ref": f"#/$defs/{part}"}]} if part else schema()
    Draft202012Validator(root).validate(value)
