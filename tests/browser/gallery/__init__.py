"""Golden runs: finished councils worth reading, played through the real server.

One TOML file a run under ``runs/``: the question, what each seat says and how it ends, what the
judge finds and the writer writes, and what the page has to say of it. `play` has it asked over
the wire; everything a reader sees is then the product's own.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.whole.house import House, comparison, saying

PROVIDER = "lab"
"""The name under which the scripted provider has to be known to the server."""
_FOLDER = Path(__file__).parent / "runs"
_STANCES = {"+": "supports", "-": "contradicts", "~": "hedges"}
_LETTERS = "ABCDEFGH"


@dataclass(frozen=True)
class Expected:
    """What the page has to say. ``failed`` and ``dissent`` are letters, the rest is counted."""

    state: str
    failed: tuple[str, ...] = ()
    contested: int = 0
    unverified: int = 0
    dissent: str = ""
    judge_failed: bool = False


@dataclass(frozen=True)
class Golden:
    """One run: who sits on the panel, what everybody says."""

    name: str
    question: str
    models: tuple[str, ...]
    roles: tuple[str, ...]
    judge: str
    writer: str
    expects: Expected
    scripts: Mapping[str, list[dict[str, Any]]] = field(repr=False)

    @property
    def letters(self) -> str:
        """The letters of its seats."""
        return _LETTERS[: len(self.models)]


@cache
def golden_runs() -> dict[str, Golden]:
    """All of them by name, the smallest panel first."""
    read = (_read(path) for path in sorted(_FOLDER.glob("*.toml")))
    return {run.name: run for run in sorted(read, key=lambda run: len(run.models))}


def play(house: House, run: Golden, *, tokens_per_s: float = 0) -> str:
    """Have it asked in a house that knows `PROVIDER`; the run's id. 0 is all at once."""
    paced = {
        model: [take | {"tokens_per_s": tokens_per_s} for take in takes]
        for model, takes in run.scripts.items()
    }
    house.script(**paced)
    return house.person.ask(
        run.question,
        [f"{PROVIDER}/{model}" for model in run.models],
        f"{PROVIDER}/{run.judge}" if run.judge else "",
        writer=f"{PROVIDER}/{run.writer}" if run.writer else "",
        role=list(run.roles),
    )


def _read(path: Path) -> Golden:
    raw = tomllib.loads(path.read_text("utf-8"))
    seats = raw["seats"]
    judge, writer = raw.get("judge", {}), raw.get("writer", {})
    if judge and "text" not in judge:
        judge["text"] = comparison(*map(_finding, raw["findings"]))
    scripts: dict[str, list[dict[str, Any]]] = {}
    for part in filter(None, (*seats, judge, writer)):
        scripts.setdefault(part["model"], []).append(_take(part))
    expects = raw["expects"] | {"failed": tuple(raw["expects"].get("failed", ()))}
    return Golden(
        name=path.stem,
        question=raw["question"],
        models=tuple(seat["model"] for seat in seats),
        roles=tuple(seat["role"] for seat in seats),
        judge=judge.get("model", ""),
        writer=writer.get("model", ""),
        expects=Expected(**expects),
        scripts=scripts,
    )


def _take(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part as the provider plays it."""
    if "status" in part:
        return {"status": part["status"]}
    more: dict[str, Any] = {"usage": {"cost": part.get("cost", 0)}}
    if "refuses" in part:
        more["chunks"] = [{"choices": [{"index": 0, "delta": {"refusal": part["refuses"]}}]}]
    if "filtered" in part:
        more["finish"] = "content_filter"
    if "stops_after" in part:
        more["finish"], more["usage"] = None, None
        more["end_after"] = part["stops_after"]
    for name in ("reasoning", "first_token_s"):
        if name in part:
            more[name] = part[name]
    return saying(part.get("text", "").strip(), **more)


def _finding(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as judges send it; ``A = "+ words"`` is a position, ``-`` and ``~`` as well."""
    said = {name: value for name, value in raw.items() if name not in _LETTERS}
    positions = [
        {"seat": seat, "stance": _STANCES[raw[seat][0]], "quote": raw[seat][2:]}
        for seat in _LETTERS
        if seat in raw
    ]
    return {"stakes": "medium", "topic": "", "crux": "", **said, "positions": positions}
