"""Reading an unfinished run's state: which calls were open, and what is still owed."""

from typing import Literal

from council.core import events as ev
from council.core.state import Part, RunState

Due = Literal["nothing", "judging", "writing"]


def played_s(state: RunState) -> float:
    """How much of its time a run has used. A reader who takes it up again gives it new time."""
    if state.is_final or any(part.why == "reader" for part in state.parts):
        return 0.0
    return state.last_ms / 1000


def is_open(part: Part) -> bool:
    """True when a call was under way: started, not ended, and not just waiting for the next one.

    A part in the midst of its tools is open in any case: what they found is gone.
    """
    return part.attempt > 0 and not part.is_final and (part.retry is None or part.has_used_tools)


def interrupted(part: Part, last_ms: int, at_ms: int) -> ev.CallEnded:
    """The end of a call whose player went away at ``last_ms``: text stays, cost is unknown."""
    return ev.CallEnded(
        seat=part.seat,
        call=part.call,
        attempt=part.attempt,
        state="interrupted",
        duration_ms=max(0, last_ms - (part.started_ms or 0)),
        at_ms=at_ms,
    )


def due_in(state: RunState) -> Due:
    """What an unfinished run still owes after its members, once open calls are closed."""
    if state.breakdown == "running":
        return "judging"
    if state.state in ("queued", "members"):
        return "judging" if state.breakdown in ("none", "skipped", "failed") else "nothing"
    writer = state.writer
    is_written = writer.is_final and writer.state != "interrupted"
    is_newer = (writer.started_ms or 0) >= (state.judging_ms or 0)
    if state.breakdown in ("done", "failed") and not (is_written and is_newer):
        return "writing"
    return "nothing"
