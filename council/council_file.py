"""A council as a file (docs/council-file.md): reading says everything that is wrong, by its place.

``read(write(council)) == council``, and what was written once is written the same ever after.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from council.core.plan import Council, Judge, Limits, Seat, Writer

MAX_BYTES = 1_048_576
MAX_DEPTH = 20
MAX_ROUTING = 10_000
"""Characters of ``routing``, written as JSON."""
SHOWN = 50
"""Problems that are told; of more only how many."""

Path = tuple[str | int, ...]
_UNKNOWN = "is no key of a council file"
_TEXT = "must be text of up to 20,000 characters"
_MODEL = "must be written provider/model-id"
_RULES = {
    "version": "must be 1",
    "kind": 'must be "council"',
    "name": "must be 1 to 120 characters, not only spaces",
    "description": "must be text of up to 2,000 characters",
    "seats": "must be a list of 1 to 8 seats",
    "seats[]": 'must be an object such as {"model": "provider/model-id"}',
    "seats[].model": _MODEL,
    "seats[].role": "must be text of up to 80 characters",
    "seats[].instructions": _TEXT,
    "seats[].temperature": "must be 0 to 2 (or null)",
    "seats[].max_tokens": "must be a whole number from 1 (or null)",
    "seats[].reasoning_effort": 'must be "minimal", "low", "medium" or "high" (or null)',
    "seats[].tools": "must be true or false",
    "judge": 'must be an object such as {"model": "provider/model-id"}',
    "judge.model": _MODEL,
    "judge.instructions": _TEXT,
    "writer": 'must be an object such as {"model": null}',
    "writer.model": f"{_MODEL} (or null: the judge's)",
    "writer.instructions": _TEXT,
    "tools": 'must be a list with "web_search", "web_fetch", both or neither',
    "tools[]": 'must be "web_search" or "web_fetch"',
    "server_tools": "must be a list of up to 8 of OpenRouter's own tools",
    "server_tools[]": 'must be one of OpenRouter\'s tools, such as "openrouter:web_search"',
    "routing": "must be an object (or null)",
    "max_tool_steps": "must be a whole number from 1 to 16",
    "history": 'must be "synthesis" or "own"',
    "limits": 'must be an object such as {"cost_usd": null, "run_s": 1200}',
    "limits.cost_usd": "must be 0 or more (or null)",
    "limits.run_s": "must be more than 0 and up to 7200",
}
_PARTS: dict[str, type[BaseModel]] = {
    "": Council,
    "seats[]": Seat,
    "judge": Judge,
    "writer": Writer,
    "limits": Limits,
}
_SYNTAX = {
    "Expecting ',' delimiter": "a comma or a closing bracket is expected here",
    "Expecting ':' delimiter": "a colon is expected here",
    "Expecting value": "a value is expected here",
    "Expecting property name enclosed in double quotes": "a key in double quotes is expected here",
    "Unterminated string starting at": "the text that begins here is never closed",
    "Invalid control character at": "a line break or control character in a text must be escaped",
    "Invalid \\escape": "JSON has no such escape",
    "Invalid \\uXXXX escape": "four hexadecimal digits must follow \\u",
    "Extra data": "something follows after the end of the council",
}
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, or what shows a text in another order than it has: written as escapes."""


@dataclass(frozen=True)
class Problem:
    """What is wrong, and where: ``seats[2].temperature``, or ``line 3, column 5``."""

    place: str
    words: str

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


class Damaged(Exception):
    """This is no council file. ``problems`` is everything that is wrong with it, in its order."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def read(file: bytes | str) -> Council:
    """The council in a file, or in what was pasted. Raises Damaged."""
    return check(_parsed(_text(file)))


def check(data: object) -> Council:
    """A council from JSON that is read already; an object that names a key twice is a `_Twice`.

    Raises Damaged.
    """
    if isinstance(data, dict) and data.get("kind", "council") != "council":
        hint = " This is a run document." if data["kind"] == "run" else ""
        raise Damaged(Problem("kind", f'must be "council", {_shown(data["kind"])}.{hint}'))
    found: dict[Path, str] = {}
    clean = _clean(data, (), found)
    council = None
    try:
        council = Council.model_validate_json(json.dumps(clean), strict=True)
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            if error["type"] != "too_short" or not error["input"]:  # bad seats do not count there
                found.setdefault(error["loc"], _words(error["type"], error["loc"], error["input"]))
    if council is None or found:
        raise _damaged(found)
    return council


def write(council: Council) -> str:
    """The file of a council: every key, in the order of docs/council-file.md."""
    text = json.dumps(_whole(council.model_dump(mode="json")), ensure_ascii=False, indent=1)
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def _whole(value: Any, key: str = "") -> Any:
    """The same with 1200 for 1200.0, as people write it; ``routing`` is left as it came."""
    if isinstance(value, dict):
        return {k: v if k == "routing" else _whole(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_whole(v) for v in value]
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
    return int(value) if is_whole else value


def _text(file: bytes | str) -> str:
    size = len(file.encode(errors="surrogatepass") if isinstance(file, str) else file)
    if size > MAX_BYTES:
        mb = size / 1_048_576
        raise Damaged(Problem("the file", f"has {mb:.1f} MB; a council file has at most 1 MB"))
    if isinstance(file, bytes):
        file = _decoded(file)
    file = file.removeprefix("\ufeff")
    if not file.strip():
        raise Damaged(Problem("the file", "is empty"))
    return file


def _decoded(file: bytes) -> str:
    if file[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in file[:4]:
        raise Damaged(Problem("the file", "is not UTF-8 but UTF-16 or UTF-32: save it as UTF-8"))
    try:
        return file.decode()
    except UnicodeDecodeError as problem:
        before = file[: problem.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
        words = f"is not UTF-8 (byte 0x{file[problem.start]:02X}): save the file as UTF-8"
        raise Damaged(Problem(f"line {line}, column {column}", words)) from problem


class _Twice(dict[str, Any]):
    """An object of the file that names some keys more than once."""

    keys_twice: tuple[str, ...] = ()


def _parsed(text: str) -> object:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            # Python reads no longer number; what is not finite is told with its place.
            parse_int=lambda digits: int(digits) if len(digits) < 400 else math.inf,
        )
    except json.JSONDecodeError as problem:
        words = f"is not JSON: {_SYNTAX.get(problem.msg, problem.msg)}"
        raise Damaged(Problem(f"line {problem.lineno}, column {problem.colno}", words)) from problem
    except RecursionError as problem:
        raise Damaged(Problem("the file", f"is nested deeper than {MAX_DEPTH} levels")) from problem


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = _Twice(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.keys_twice = tuple(k for k in found if names.count(k) > 1)
    return found


def _clean(value: Any, path: Path, found: dict[Path, str]) -> Any:
    """The value without what no check after this one can read; what it was goes to ``found``."""
    if len(path) > MAX_DEPTH:
        found.setdefault(path, f"is nested deeper than {MAX_DEPTH} levels")
        return None
    if isinstance(value, str):
        if fault := _text_fault(value):
            found.setdefault(path, fault)
            return re.sub("[\0\ud800-\udfff]", "\ufffd", value)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        if not math.isfinite(value) or abs(value) >= 2**63:
            found.setdefault(path, "is no ordinary number (not finite, or far too large)")
            return None
    elif isinstance(value, list):
        return [_clean(one, (*path, i), found) for i, one in enumerate(value)]
    elif isinstance(value, dict):
        return _clean_object(value, path, found)
    return value


def _clean_object(value: dict[str, Any], path: Path, found: dict[Path, str]) -> dict[str, Any]:
    for key in getattr(value, "keys_twice", ()):
        found.setdefault((*path, key), "stands there twice")
    for key in value:
        if fault := _text_fault(key):
            found.setdefault((*path, key), f"{fault} in its name")
    clean = {k: _clean(v, (*path, k), found) for k, v in value.items() if not _text_fault(k)}
    if path == ("routing",) and len(json.dumps(clean)) > MAX_ROUTING:
        found.setdefault(path, f"must be at most {MAX_ROUTING:,} characters")
    return clean


def _text_fault(text: str) -> str:
    if "\0" in text:
        return "holds a NUL character"
    return "holds half a character" if re.search("[\ud800-\udfff]", text) else ""


def _words(kind: str, path: Path, value: Any) -> str:
    """What is wrong with one value, in words."""
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        known = _PARTS[_general(path[:-1])].model_fields
        near = get_close_matches(str(path[-1]), known, n=1)
        return f'{_UNKNOWN}; perhaps "{near[0]}"?' if near else _UNKNOWN
    rule = _RULES.get(_general(path), "must be something else") if path else "must be an object {…}"
    return f"{rule}, {_shown(value, counted=kind.endswith(('too_long', 'too_short')))}"


def _shown(value: Any, counted: bool = False) -> str:
    """``is 3``; of a text or a list with the wrong length, how long it is."""
    if counted and isinstance(value, str | list | tuple) and len(value) != 0:
        return f"has {len(value):,}"
    if isinstance(value, dict | list | tuple):
        kind = "an object" if isinstance(value, dict) else "a list"
        return f"is {kind}" if value else f"is an empty {kind.split()[1]}"
    text = json.dumps(value, ensure_ascii=False)
    return f"is {text if len(text) <= 60 else text[:57] + '…'}"


def _general(path: Path) -> str:
    """A place as `_RULES` names it: ``seats[].model``."""
    names = ["[]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(names).removeprefix(".")


def _place(path: Path) -> str:
    """A place as a reader writes it: ``seats[2].model``."""
    return "".join(_steps(path)).removeprefix(".") or "the file"


def _steps(path: Path) -> Iterator[str]:
    for step in path[:12]:
        if isinstance(step, int):
            yield f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_][\w-]{0,60}", step, re.ASCII):
            yield f".{step}"
        else:
            name = re.sub("[\ud800-\udfff]", "\ufffd", step)
            short = name if len(name) <= 40 else name[:39] + "…"
            yield f"[{json.dumps(short, ensure_ascii=False)}]"
    if len(path) > 12:
        yield "…"


def _damaged(found: dict[Path, str]) -> Damaged:
    """All of it in the order of the file's keys; unknown keys last."""
    order = {name: i for i, name in enumerate(Council.model_fields)}

    def where(path: Path) -> tuple[int, int]:
        first, second = [*path[:2], None, None][:2]
        at = second if isinstance(second, int) else -1
        return order.get(first, len(order)) if isinstance(first, str) else -1, at

    paths = sorted(found, key=where)
    told = [Problem(_place(path), found[path]) for path in paths[:SHOWN]]
    if len(paths) > SHOWN:
        told.append(Problem("the file", f"has {len(paths) - SHOWN} more problems like these"))
    return Damaged(*told)
