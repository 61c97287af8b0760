"""Who worked when, on the run's own clock: what the run waited for, and every call it made.

A line for every member, judge and writer; on it a bar for each call from its start to its end,
lighter until the first word. Pure functions over `council.core.state`.
"""

from dataclasses import dataclass
from functools import cached_property

from council import words
from council.core.state import Call, Part, RunState

WIDTH = 1000
_LEAST = 4
"""A bar is never thinner than this (in thousandths of the axis), or nobody would see it."""
_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 3_600)
_MOST_STEPS = 6
_WHY = {
    "first": "first",
    "retry": "again after a failure",
    "reader": "asked again by the reader",
    "reask": "asked once more for its form",
    "restart": "again after a restart",
    "tools": "with what its tools found",
}


@dataclass(frozen=True)
class Bar:
    """One call, in thousandths of the axis. ``wait`` is how much of it passed before a word."""

    x: int
    width: int
    wait: int

    @property
    def work_x(self) -> int:
        """Where the words begin."""
        return self.x + self.wait

    @property
    def work(self) -> int:
        """How long there were words."""
        return self.width - self.wait


@dataclass(frozen=True)
class Line:
    """One part's bars. ``tools`` are its uses of tools; ``is_waited_for``: the run stood still
    until this part had ended."""

    part: Part
    bars: tuple[Bar, ...]
    tools: tuple[Bar, ...]
    is_waited_for: bool

    @property
    def took_ms(self) -> int:
        """From its first call to the end of its last."""
        return _took_ms(self.part)

    @property
    def retries(self) -> int:
        """How many times it was asked again from the start."""
        return sum(call.why != "tools" for call in self.part.calls[1:])


@dataclass(frozen=True)
class Timeline:
    """All lines on one axis; ``marks`` are the places of its steps, with their times in words."""

    lines: tuple[Line, ...]
    marks: tuple[tuple[int, str], ...]

    @cached_property
    def waited_for(self) -> str:
        """What the run waited for, one after the other, as a sentence; empty for a single part."""
        path = [line.part for line in self.lines if line.is_waited_for]
        if len(path) < 2:
            return ""
        names = [
            f"{'' if len(part.seat) == 1 else 'the '}{part.seat} ({words.seconds(_took_ms(part))})"
            for part in path
        ]
        return f"The run waited for {', then '.join(names)}."


@dataclass(frozen=True)
class Told:
    """One call in words, for the table of all of them."""

    part: Part
    call: Call

    @property
    def why(self) -> str:
        """Why it was made."""
        return _WHY[self.call.why]

    @property
    def outcome(self) -> str:
        """How it ended, with the cause where it failed."""
        if not self.call.state:
            return "not ended"
        cause = self.call.failure
        said = self.call.state.replace("_", " ")
        return f"{said}: {words.cause_words(cause)}" if cause else said

    @property
    def took_ms(self) -> int | None:
        """From its start to its end; None while it is open."""
        return None if self.call.ended_ms is None else self.call.ended_ms - self.call.started_ms


def timeline(run: RunState) -> Timeline:
    """A line for every part that was asked and has ended, seats first."""
    asked = [part for part in run.parts if any(c.ended_ms is not None for c in part.calls)]
    end_ms = max([run.ended_ms or run.last_ms, *map(_end_ms, asked), 1])
    step_ms = _step_ms(end_ms)
    steps = -(-end_ms // step_ms)
    scale = WIDTH / (steps * step_ms)
    path = _path(run, asked)
    return Timeline(
        lines=tuple(_line(part, scale, part.seat in path) for part in asked),
        marks=tuple((n * WIDTH // steps, _clock(n * step_ms)) for n in range(steps)),
    )


def calls(run: RunState) -> list[Told]:
    """Every call of the run in the order in which they were made."""
    made = [Told(part, call) for part in run.parts for call in part.calls]
    return sorted(made, key=lambda told: told.call.started_ms)


def _path(run: RunState, asked: list[Part]) -> set[str]:
    """The member whose end the judge (or, without one, the run) waited for, judge and writer."""
    seats = [part for part in asked if part.seat in run.seats]
    after = [part.seat for part in asked if part.seat not in run.seats]
    start = run.judging_ms
    in_time = [p for p in seats if start is None or _end_ms(p) <= start] or seats
    return {*after, *([max(in_time, key=_end_ms).seat] if in_time else [])}


def _line(part: Part, scale: float, is_waited_for: bool) -> Line:
    bars = (
        _bar(c.started_ms, c.ended_ms, c.first_token_ms, scale)
        for c in part.calls
        if c.ended_ms is not None
    )
    uses = (
        _bar(use.started_ms, use.ended_ms, 0, scale)
        for use in part.tools
        if use.ended_ms is not None
    )
    return Line(part, tuple(bars), tuple(uses), is_waited_for)


def _bar(start_ms: int, end_ms: int, first_token_ms: int | None, scale: float) -> Bar:
    width = max(round((end_ms - start_ms) * scale), _LEAST)
    x = max(min(round(start_ms * scale), WIDTH - width), 0)
    waited = width if first_token_ms is None else min(round(first_token_ms * scale), width)
    return Bar(x, width, waited)


def _end_ms(part: Part) -> int:
    return max((c.ended_ms for c in part.calls if c.ended_ms is not None), default=0)


def _took_ms(part: Part) -> int:
    return _end_ms(part) - part.calls[0].started_ms


def _step_ms(end_ms: int) -> int:
    """The shortest step of the axis that needs no more than a few of them."""
    fitting = (s for s in _STEPS_S if end_ms <= s * 1000 * _MOST_STEPS)
    return round(next(fitting, -(-end_ms // (1000 * _MOST_STEPS))) * 1000)


def _clock(ms: int) -> str:
    return f"{ms / 1000:g} s" if ms < 60_000 else words.seconds(ms)
