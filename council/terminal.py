"""A run in the terminal: columns where there is room, else a line whenever a state changes.

Then where the members stand, and the synthesis. What models and providers wrote may be
hostile: nothing of it reaches the terminal with a control character in it.
"""

import asyncio
import io
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from council import lookups, words
from council.core.events import Finding, Position
from council.core.state import Part, RunState, ToolUse
from council.disagreement.judge_card import judge_card
from council.disagreement.verdict import verdict
from council.readings import Reader, readings

LEAST_WIDTH, MOST_COLUMNS = 100, 4
REFRESH_S = 0.1
_TAIL_CHARS = 6_000
"""How much of a growing answer is laid out for a column; its end is what is shown."""

_TITLES = {
    "contradictions": "Contradictions",
    "partial_coverage": "Covered by some",
    "consensus": "Agreement",
    "unique_insights": "Said by one",
    "blind_spots": "Nobody addressed",
}
_STYLES = {"good": "green", "fair": "yellow", "bad": "red"}

# Whole sequences first, so that what they carry does not stay behind as letters: CSI; OSC,
# DCS and their like, only where they are closed; then every control character but line end
# and tab, and the marks that turn the direction of text around.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)

Show = Callable[[RunState], None]


async def watch(run_id: UUID) -> None:
    """Follow a run to its end on standard output."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    is_terminal = sys.stdout.isatty()
    # Plain text through a pipe is never cut or wrapped: whoever reads it may want the words.
    console = Console(
        force_terminal=is_terminal, soft_wrap=not is_terminal, highlight=False, markup=False,
        emoji=False,
    )  # fmt: skip
    news = asyncio.Event()
    reader = Reader(news.set)
    async with readings.join(run_id, reader, lens=None) as reading:
        with _shown(console, reading.run) as show:
            show(reading.run)
            while not (reading.run.is_final or reading.failed):
                await news.wait()
                news.clear()
                reader.frames.clear()
                show(reading.run)
                await asyncio.sleep(REFRESH_S)
            show(reading.run)
        _print_result(console, reading.run)


def plain(text: str) -> str:
    """The text without anything a terminal would obey."""
    return _ESCAPES.sub("", text.replace("\r\n", "\n"))


@contextmanager
def _shown(console: Console, run: RunState) -> Iterator[Show]:
    has_room = console.width >= LEAST_WIDTH and len(run.seats) <= MOST_COLUMNS
    if console.is_terminal and not console.is_dumb_terminal and has_room:
        with Live(console=console, auto_refresh=False, vertical_overflow="crop") as live:
            yield lambda run: live.update(_columns(console, run), refresh=True)
        return
    said: dict[str, str] = {}
    yield lambda run: _print_changes(console, run, said)


def _print_changes(console: Console, run: RunState, said: dict[str, str]) -> None:
    for part in run.parts:
        for use in part.tools:
            key, line = f"{part.seat} {use.id}", _use(use)
            if use.state != "running" and key not in said:
                said[key] = line
                console.print(Text.assemble(_name(part), " ", (line, "dim")))
        line = words.state_words(part)
        if said.get(part.seat) == line or not (part.attempt or part.seat in run.seats):
            continue
        said[part.seat] = line
        console.print(Text.assemble(_name(part), " ", _state(part), _figures(part)))


def _use(use: ToolUse) -> str:
    return plain(": ".join(filter(None, (lookups.use_words(use), use.note))))


def _name(part: Part) -> Text:
    who = part.seat if len(part.seat) == 1 else part.seat.capitalize()
    about = " · ".join(filter(None, [words.short_model(part.model), part.role]))
    if len(part.seat) > 1:
        about = words.short_model(part.model)
    return Text.assemble((who, "bold"), f"  {plain(about)}:")


def _state(part: Part) -> Text:
    failure = part.failure or (part.retry.failure if part.retry else None)
    why = f". {failure.message}" if failure else ""
    return Text(plain(words.state_words(part) + why), style=_STYLES.get(words.tone(part), ""))


def _figures(part: Part) -> Text:
    """What an ended part took, in brackets."""
    if not part.is_final or not part.attempt:
        return Text("")
    tokens = part.usage.completion
    figures = [words.seconds(part.duration_ms), words.cost_words(part)]
    if tokens is not None:
        figures.insert(1, f"{tokens} tokens")
    return Text(f" ({', '.join(filter(None, figures))})", style="dim")


def _columns(console: Console, run: RunState) -> Group:
    """All members side by side, each at the end of its text, and the state of the rest below."""
    grid = Table.grid(expand=True)
    height = max(6, console.height - 4)
    width = console.width // max(1, len(run.seats)) - 4
    for _ in run.seats:
        grid.add_column(ratio=1)
    grid.add_row(*(_column(console, part, width, height) for part in run.seats.values()))
    asked = [part for part in (run.judge, run.writer) if part.attempt]
    below = [Text.assemble(_name(part), " ", _state(part)) for part in asked]
    if run.breakdown == "running" and run.findings:
        below.append(Text(f"{len(run.findings)} findings so far", style="dim"))
    return Group(grid, *(below or [Text(words.run_words(run), style="dim")]))


def _column(console: Console, part: Part, width: int, height: int) -> Panel:
    lines = Text(plain(part.text[-_TAIL_CHARS:])).wrap(console, max(8, width))
    name = Text.assemble((part.seat, "bold"), f" {plain(words.short_model(part.model))}")
    state = Text(words.state_words(part), style=_STYLES.get(words.tone(part), ""))
    body = Text("\n").join(lines[-(height - 2) :])
    return Panel(body, title=name, subtitle=state, height=height, border_style="dim")


def _print_result(console: Console, run: RunState) -> None:
    """The verdict, the comparison, and the synthesis or what there is instead."""
    console.print()
    if run.usable and (said := verdict(run)):
        console.print(Text(plain(said.text), style="bold"))
    _print_breakdown(console, run)
    if run.writer.text:
        _print_text(console, "Synthesis", run.writer, run.synthesis)
    else:
        for part in run.usable:
            _print_text(console, f"Answer {part.seat}", part, part.text)
    _print_sources(console, run)
    console.print()
    took = words.seconds(run.ended_ms)
    console.print(Text(f"{words.run_words(run)}. {took}, {words.cost_words(run)}.", style="dim"))


def _print_text(console: Console, title: str, part: Part, text: str) -> None:
    short = "" if part.state == "done" else f" ({words.state_words(part)})"
    console.print()
    console.print(Text(title + short, style="bold"))
    console.print(Text(plain(text).strip()))


def _print_sources(console: Console, run: RunState) -> None:
    """Every page the run rests on, with who used it."""
    found = lookups.run_sources(run)
    if found:
        console.print()
        console.print(Text("Sources", style="bold"))
    for source in found:
        who = " ".join(source.used_by)
        title = f"{plain(source.title)} " if source.title else ""
        console.print(Text.assemble(f"• {who}  ", title, (plain(source.url), "dim")))


def _print_breakdown(console: Console, run: RunState) -> None:
    if run.breakdown == "failed":
        failure = run.breakdown_failure
        reason = failure.message if failure else run.breakdown_note
        console.print(Text(plain(f"There is no comparison: {reason}")))
    elif run.breakdown == "skipped" and run.breakdown_note and run.usable:
        console.print(Text(plain(run.breakdown_note)))
    for group, title in _TITLES.items():
        found = [one.finding for one in run.findings if one.group == group]
        if found:
            console.print()
            console.print(Text(title, style="bold"))
        for finding in found:
            _print_finding(console, finding)
    if run.order:
        console.print()
        facts = "; ".join(fact.sentence for fact in judge_card(run))
        console.print(Text(plain(f"Judge: {facts}."), style="dim"))


def _print_finding(console: Console, finding: Finding) -> None:
    stakes = f" ({finding.stakes} stakes)"
    console.print(Text.assemble("• ", plain(finding.claim), (stakes, "dim")))
    for position in finding.positions:
        if position.stance != "silent":
            console.print(_position(position))
    if finding.crux:
        console.print(Text(f"    What would settle it: {plain(finding.crux)}"))
    if finding.resolution:
        console.print(Text(f"    Settled: {plain(finding.resolution)}"))


def _position(position: Position) -> Text:
    line = Text(f"    {position.seat} {words.stance_sign(position.stance)} ")
    line.append(words.stance_words(position.stance))
    if position.quote:
        line.append(f": “{plain(position.quote)}”")
    if position.verified:
        return line.append(" verified", style="green")
    return line.append(" unverified", style="yellow")
