"""The sample questions: what may be asked without a key, and how the cast plays it.

One folder per sample under ``samples/``: ``sample.json`` (the question, who sits where and
at what pace), one Markdown file per member, ``judge.json`` and ``writer.md``.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from council.rehearsal.takes import Take, read_take, refusal

MEMBERS = ("ada", "boole", "curie", "dirac")
CAST = (*MEMBERS, "judge", "writer")
_PREFIX = "rehearsal/"
_FOLDER = Path(__file__).parent / "samples"
_ONLY_SAMPLES = "Rehearsal only plays its own sample questions. Connect a provider to ask your own."


@dataclass(frozen=True, slots=True)
class Sample:
    """A question the cast knows. ``members`` are (model, role), in the order of the columns."""

    slug: str
    question: str
    teaser: str
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Script:
    sample: Sample
    takes: Mapping[str, Take]


def questions() -> list[Sample]:
    """All samples, in the order in which they are offered. Read from disk once."""
    return [script.sample for script in _scripts()]


def sample_take(model: str, messages: Sequence[Any]) -> Take:
    """What this model of the cast says to these messages.

    A member answers what was asked last; the judge and the writer are sent the question
    inside a longer prompt, anywhere. Anything else is refused in OpenAI's words: an unknown
    model with 404, a question that is no sample with 400.
    """
    name = model.removeprefix(_PREFIX)
    if name not in CAST:
        message = f"The model {model[:200]} does not exist."
        return Take(status=404, body=refusal(404, message, "model_not_found"))
    script = _recognise(messages if name not in MEMBERS else _last_question(messages))
    if script is None:
        return Take(status=400, body=refusal(400, _ONLY_SAMPLES, "rehearsal_only"))
    return script.takes[name]


def _last_question(messages: Sequence[Any]) -> Sequence[Any]:
    asked = [m for m in messages if isinstance(m, dict) and m.get("role") == "user"]
    return asked[-1:]


def _recognise(messages: Sequence[Any]) -> _Script | None:
    """The sample whose question stands last in the messages."""
    whole = "\n".join(str(m.get("content", "")) for m in messages if isinstance(m, dict))
    words = _plain(whole)
    places = [(words.rfind(_plain(script.sample.question)), script) for script in _scripts()]
    place, script = max(places, key=lambda found: found[0])
    return script if place >= 0 else None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


@cache
def _scripts() -> tuple[_Script, ...]:
    folders = (path.parent for path in _FOLDER.glob("*/sample.json"))
    found = [_read(folder) for folder in folders]
    return tuple(script for _, script in sorted(found, key=lambda item: item[0]))


def _read(folder: Path) -> tuple[int, _Script]:
    data = json.loads((folder / "sample.json").read_text("utf-8"))
    takes = {name: _member(folder, name, data["members"][name]["take"]) for name in MEMBERS}
    judgement = (folder / "judge.json").read_text("utf-8").strip()
    if data.get("fenced"):
        judgement = f"```json\n{judgement}\n```"
    takes["judge"] = _free(read_take({**data["judge"], "text": judgement}))
    written = (folder / "writer.md").read_text("utf-8").strip()
    takes["writer"] = _free(read_take({**data["writer"], "text": written}))
    sample = Sample(
        slug=folder.name,
        question=data["question"],
        teaser=data["teaser"],
        members=tuple((_PREFIX + name, data["members"][name]["role"]) for name in MEMBERS),
    )
    return data["place"], _Script(sample, takes)


def _member(folder: Path, name: str, take: Mapping[str, Any]) -> Take:
    answer = folder / f"{name}.md"
    text = answer.read_text("utf-8").strip() if answer.exists() else ""
    return _free(read_take({"text": text, **take}))


def _free(take: Take) -> Take:
    """Scripted words truly cost nothing, and say so."""
    return replace(take, usage={"cost": 0.0})
