"""What a run came to, in the words of OpenAI's answers and of Fusion's result."""

from collections.abc import Iterable
from typing import Any

from council import lookups
from council.api import wording
from council.api.errors import ApiError
from council.core.failures import Failure, Kind
from council.core.plan import Plan
from council.core.state import Found, Part, RunState
from council.document import document
from council.models import Run

_STANCE = {"supports": "Says so", "contradicts": "Contradicts", "hedges": "Hedges"}


def result_of(state: RunState, plan: Plan) -> str:
    """The text of the answer: the synthesis without signs, or the only answer there is, as it was
    written. So is JSON."""
    if not state.writer.text:
        return state.result
    if plan.wishes.is_json:
        return state.writer.text
    return wording.clean(state.writer.text, _findings(state))


def so_far(state: RunState, plan: Plan) -> str:
    """The beginning of `result_of` that will not change any more."""
    if not plan.has_comparison:
        return next(iter(state.seats.values())).text
    if plan.wishes.is_json:
        return state.writer.text
    return wording.clean_so_far(state.writer.text, _findings(state))


def _findings(state: RunState) -> set[str]:
    return {found.finding.id for found in state.findings}


def finish_reason(state: RunState) -> str:
    """Why the text ends: ``length`` also where it was cut off or stopped."""
    usable = state.usable
    last = state.writer if state.writer.text or not usable else usable[0]
    if last.state in ("filtered", "refused"):
        return "content_filter"
    return "stop" if last.state == "done" else "length"


def usage(state: RunState) -> dict[str, Any]:
    """The tokens of all calls together, and what they cost in US dollars; a number nobody said
    counts as nothing. ``cost`` is what is known of it, and null rather than 0 where not all is."""

    def total(name: str) -> int:
        return sum(getattr(part.usage, name) or 0 for part in state.parts)

    prompt, completion = total("prompt"), total("completion")
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": total("cached")},
        "completion_tokens_details": {"reasoning_tokens": total("reasoning")},
        "cost": state.cost_usd if state.cost_complete else state.cost_usd or None,
        "cost_complete": state.cost_complete,
    }


def extensions(run: Run, state: RunState) -> dict[str, Any]:
    """What stands beside the answer: Fusion's result, and the whole run."""
    return {"fusion": fusion(state), "council_run": document(run, state)}


def fusion(state: RunState) -> dict[str, Any]:
    """Fusion's own result. Without a comparison there is no ``analysis``; with nobody's answer a
    ``failure_reason``."""
    found: dict[str, Any] = {"status": "ok" if state.usable else "error"}
    if not state.usable:
        found["failure_reason"] = failure_reason(state)
        found["error"] = _nobody(state)
    if state.breakdown == "done":
        found["analysis"] = _analysis(state)
    elif state.breakdown == "failed" and state.breakdown_failure is not None:
        found["error"] = state.breakdown_failure.message
    found["responses"] = [
        {"model": slug(part.model), "content": part.text} for part in state.usable
    ]
    if failed := [part for part in state.seats.values() if not part.is_usable]:
        found["failed_models"] = [_failed(part) for part in failed]
    sources = lookups.run_sources(state)
    found["sources"] = [{"url": source.url, "title": source.title} for source in sources]
    return found


def failure_reason(state: RunState) -> str:
    """Why nobody answered, in Fusion's words."""
    kinds = {part.failure.kind for part in state.seats.values() if part.failure is not None}
    if kinds == {Kind.RATE_LIMITED}:
        return "rate_limited"
    if kinds == {Kind.NO_CREDIT}:
        return "insufficient_credits"
    return "all_panels_failed"


def failure(run: Run, state: RunState) -> ApiError:
    """The error of a run that has no result to give."""
    beside = extensions(run, state)
    headers = {"x-should-retry": "false"}  # a client's own retry would ask everybody again
    if state.state == "stopped":
        message = "The run was stopped before there was an answer."
        return ApiError(409, message, code="run_stopped", beside=beside, headers=headers)
    if state.usable:
        why = state.writer.failure.message if state.writer.failure else "It said nothing."
        message = f"The answers are there, but the synthesis could not be written. {why}"
        code = "synthesis_failed"
        return ApiError(502, message, code=code, beside=beside, headers=headers)
    code = failure_reason(state)
    status = {"rate_limited": 429, "insufficient_credits": 402}.get(code, 502)
    if waits := [w for part in state.seats.values() if (w := _wait_s(part.failure)) is not None]:
        headers["Retry-After"] = str(max(1, round(min(waits))))
    return ApiError(status, _nobody(state), code=code, beside=beside, headers=headers)


def slug(model: str) -> str:
    """A model as Fusion names it: OpenRouter's without its provider's name."""
    return model.removeprefix("openrouter/")


def _wait_s(what: Failure | None) -> float | None:
    return None if what is None else what.retry_after_s


def _nobody(state: RunState) -> str:
    said = [
        f"{slug(part.model)}: {part.failure.message}"
        for part in state.seats.values()
        if part.failure is not None
    ]
    return " ".join(["No member of the council answered.", *said])


def _failed(part: Part) -> dict[str, Any]:
    what = part.failure
    message = what.message if what is not None else f"It did not answer ({part.state})."
    status = what.status if what is not None else None
    return {"model": slug(part.model), "error": message, "status_code": status}


def _analysis(state: RunState) -> dict[str, Any]:
    models = {letter: slug(part.model) for letter, part in state.seats.items()}

    def group(name: str) -> list[Found]:
        return [found for found in state.findings if found.group == name]

    def who(found: Found) -> list[str]:
        return [models.get(seat, seat) for seat in _saying(found)]

    return {
        "consensus": [found.finding.claim for found in group("consensus")],
        "contradictions": [
            {
                "topic": found.finding.claim,
                "stances": [
                    {"model": models.get(p.seat, p.seat), "stance": _stance(p.stance, p.quote)}
                    for p in found.finding.positions
                    if p.stance != "silent"
                ],
            }
            for found in group("contradictions")
        ],
        "partial_coverage": [
            {"models": who(found), "point": found.finding.claim}
            for found in group("partial_coverage")
        ],
        "unique_insights": [
            {"model": next(iter(who(found)), ""), "insight": found.finding.claim}
            for found in group("unique_insights")
        ],
        "blind_spots": [found.finding.claim for found in group("blind_spots")],
    }


def _saying(found: Found) -> Iterable[str]:
    return (p.seat for p in found.finding.positions if p.stance in ("supports", "hedges"))


def _stance(stance: str, quote: str) -> str:
    said = _STANCE.get(stance, stance)
    return f"{said}: “{quote}”" if quote else f"{said}."
