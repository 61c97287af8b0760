"""A run as Markdown for people: question, verdict, synthesis, answers.

What models and people wrote stands in block quotes, so that nothing in it can look like ours, and
is inert (`council.export.inert`): no reader of Markdown fetches anything.
The exact text is in the run document beside it.
"""

import re
from typing import Any

from council import lookups, words
from council.core.state import Part, RunState
from council.disagreement import dissent, minds, standing
from council.disagreement.verdict import verdict
from council.export.inert import quoted


def markdown(document: dict[str, Any], run: RunState) -> str:
    """The run, from its document and its state."""
    figures = [
        _line(document["council"]["name"]),
        f"{document['created_at'][:16].replace('T', ' ')} UTC",
        words.run_words(run),
        words.cost_words(run),
    ]
    parts = [
        f"# {_line(words.headline(document['prompt']))}",
        " · ".join(filter(None, figures)),
        *_apart(run),
        "## Question",
        quoted(document["prompt"]),
        *_verdict(run),
        *_synthesis(run),
        *_minority(run),
        *_findings(run),
    ]
    for part in run.seats.values():
        parts += _answer(part)
    parts += _sources(run)
    return "\n\n".join(part for part in parts if part) + "\n"


def _line(text: str) -> str:
    """Somebody's words within a line of ours."""
    said = re.sub(r"([\\`*_\[\]>#|!])", r"\\\1", " ".join(text.split()))
    return said.replace("<", "&lt;")  # a backslash may be taken for the end of a link before it


def _apart(run: RunState) -> list[str]:
    """Whom it went to instead of the whole council, and what came of it."""
    about = words.kind_words(run.kind, "".join(run.seats))
    said = (about[:1].upper() + about[1:], minds.summary(run))
    return [_line(" · ".join(part for part in said if part))]


def _verdict(run: RunState) -> list[str]:
    said = verdict(run)
    return ["## Verdict", _line(said.text)] if said else []


def _synthesis(run: RunState) -> list[str]:
    if not run.writer.text:
        return []
    return [f"## Synthesis · {_line(run.writer.model)}", quoted(run.synthesis)]


def _minority(run: RunState) -> list[str]:
    """What the synthesis does not tell of whoever contradicts, in their own words."""
    found = []
    for one in dissent.untold(run):
        state = "settled" if one.settled.is_settled else "left open"
        side = "Two sides of" if one.is_tie else "Against" if one.denies else "For"
        found.append(f"- {side} **{_line(one.finding.claim)}** ({state})")
        for voice in one.voices:
            unverified = "" if voice.target else " (not found in the answer)"
            found.append(f"  - {voice.seat}: “{_line(voice.quote)}”{unverified}")
    return ["## Minority report", "\n".join(found)] if found else []


def _findings(run: RunState) -> list[str]:
    """A line per claim, its quotes as footnotes; what nobody found in an answer says so."""
    found, notes = [], []
    for row in standing.rows(run):
        stances = [f"{cell.seat} {words.stance_words(cell.stance)}" for cell in row.cells]
        for place, cell in enumerate(row.cells):
            if not cell.quote:
                continue
            mark = f"[^{row.finding.id}{cell.seat}]"
            unverified = "" if cell.is_verified else " (not found in the answer)"
            stances[place] += mark
            notes.append(f"{mark}: {cell.seat}: “{_line(cell.quote)}”{unverified}")
        found.append(f"- **{_line(row.finding.claim)}** ({', '.join(stances)})")
        if row.finding.crux:
            found.append(f"  Turns on: {_line(row.finding.crux)}")
    found += [f"- Nobody addressed: {_line(spot.claim)}" for spot in standing.blind_spots(run)]
    return ["## Where they stand", "\n".join(found), "\n".join(notes)] if found else []


def _sources(run: RunState) -> list[str]:
    """Every page once; as words, so that no reader fetches anything."""
    said = [
        f"- {_line(source.title or source.url)}: `{_address(source.url)}` "
        f"({', '.join(source.used_by)})"
        for source in lookups.run_sources(run)
    ]
    return ["## Sources", "\n".join(said)] if said else []


def _address(url: str) -> str:
    """An address as code, which it cannot end."""
    return url.replace("`", "%60").replace("<", "%3C")


def _answer(part: Part) -> list[str]:
    role = f" · {_line(part.role)}" if part.role else ""
    heading = f"## {part.seat}{role} · {_line(part.model)}"
    state = words.state_words(part)
    return [heading, _line(state) if part.state != "done" else "", quoted(part.text)]
