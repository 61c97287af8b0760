"""Who worked when: one bar per member, judge and writer, on the run's own clock."""

from dataclasses import dataclass

from council.core.state import Part, RunState

WIDTH = 1000
_LEAST = 4
"""A bar is never thinner than this (in thousandths of the run), or nobody would see it."""


@dataclass(frozen=True)
class Bar:
    """The last attempt of one part, in thousandths of the run's length.

    ``wait`` is how much of ``width`` passed before the first token.
    """

    part: Part
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


def bars(run: RunState) -> list[Bar]:
    """A bar for every part that was asked and has ended, seats first."""
    asked = [p for p in run.parts if p.started_ms is not None and p.duration_ms is not None]
    end_ms = max([run.ended_ms or run.last_ms, *(_end_ms(part) for part in asked), 1])
    return [_bar(part, WIDTH / end_ms) for part in asked]


def _end_ms(part: Part) -> int:
    return (part.started_ms or 0) + (part.duration_ms or 0)


def _bar(part: Part, scale: float) -> Bar:
    duration_ms = part.duration_ms or 0
    width = max(round(duration_ms * scale), _LEAST)
    x = min(round((part.started_ms or 0) * scale), WIDTH - width)
    waited_ms = duration_ms if part.first_token_ms is None else part.first_token_ms
    return Bar(part=part, x=max(x, 0), width=width, wait=min(round(waited_ms * scale), width))
