"""The answers of a run as another judge gets them: word for word, and paid for elsewhere."""

from typing import Any

from council.core.plan import Plan
from council.core.state import Part, RunState

_NOT_ASKED_HERE: dict[str, Any] = {
    "attempt": 0,
    "tries": 0,
    "call": "",
    "calls": [],
    "why": "first",
    "replaced": 0,
    "was_model": "",
    "retry": None,
    "cost_usd": None,
    "cost_complete": True,
    "cost_source": "unknown",
    "charged_usd": 0.0,
    "held_usd": 0.0,
    "own_usd": 0.0,
    "whose_key": "",
    "started_ms": None,
    "wait_s": None,
}
"""A part as nobody has called it in this run: its end, its words and its sources stay."""


def answers(state: RunState, plan: Plan, host: str = "") -> RunState:
    """The beginning of a run of this plan, in which only a judge is asked about these answers.

    ``host`` is the judge's. An answer that had no end yet is taken as interrupted.
    """
    return RunState(
        kind="judging",
        prompt=state.prompt,
        council=state.council,
        seats={letter: _kept(part) for letter, part in state.seats.items()},
        judge=Part(seat="judge", role="Judge", model=plan.council.judge.model, host=host),
        writer=Part(seat="writer", role="Writer", model=plan.council.writer_model),
    )


def _kept(part: Part) -> Part:
    ended = part.state if part.is_final else "interrupted"
    return part.model_copy(update={**_NOT_ASKED_HERE, "state": ended}, deep=True)
