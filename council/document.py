"""The run document, version 1: what ``ask --json``, the export and the API hand out."""

from typing import Any

from council import lookups
from council.core import crux
from council.core.failures import Failure
from council.core.independence import is_independent
from council.core.plan import Plan
from council.core.state import Part, RunState, ToolUse
from council.disagreement import dissent
from council.disagreement.grounding import sourced_share
from council.models import Run
from council.run_file import GROUPS, moment

VERSION = 1


def document(run: Run, state: RunState) -> dict[str, Any]:
    """The whole run, ready for JSON; ``breakdown`` and ``synthesis`` are null when missing."""
    plan = Plan.model_validate(run.plan).seated(state.specs)
    return {
        "version": VERSION,
        "kind": "run",
        "run_kind": state.kind,
        "parent": run.origin.get("parent") or (str(run.parent_id) if run.parent_id else None),
        "asked": list(state.seats),
        "id": run.origin.get("id") or str(run.id),
        "state": state.state,
        "prompt": state.prompt,
        "attachments": [
            {"name": a.name, "media_type": a.media_type, "kind": a.kind, "size": a.size}
            for a in plan.attachments
        ],
        "council": plan.council.model_dump(mode="json"),
        "created_at": run.origin.get("created_at") or moment(run.created_at),
        "duration_ms": state.ended_ms if state.ended_ms is not None else state.last_ms,
        "cost_usd": state.cost_usd,
        "cost_complete": state.cost_complete,
        "answered": len(state.usable),
        "seated": len(state.seats),
        "answers": [_answer(part) for part in state.seats.values()],
        "point": _point(state),
        "judge": _judge(state),
        "breakdown": _breakdown(state),
        "synthesis": _synthesis(state),
        "minority": [_dissent(one) for one in dissent.minority(state)],
        "sources": [
            {"url": source.url, "title": source.title, "used_by": list(source.used_by)}
            for source in lookups.run_sources(state)
        ],
    }


def _point(state: RunState) -> dict[str, Any] | None:
    """What everybody was asked about alone, and what became of each member's position."""
    if state.point is None:
        return None
    return {
        "finding": state.point.finding,
        "claim": state.point.claim,
        "crux": state.point.crux,
        "changes": [
            {"seat": c.seat, "before": c.before, "quote": c.quote, "after": c.after, "how": c.how}
            for c in crux.changes(state)
        ],
    }


def _answer(part: Part) -> dict[str, Any]:
    return {
        "seat": part.seat,
        "role": part.role,
        "model": part.model,
        "model_served": part.model_served,
        "host": part.host,
        "state": _state(part),
        "text": part.text,
        "reasoning": part.reasoning,
        "finish_reason": part.finish_reason,
        "refusal": part.refusal,
        "usage": part.usage.model_dump(),
        "cost_usd": part.cost_usd,
        **_took(part),
        "attempts": part.tries or part.attempt,
        "note": part.note,
        "sample_of": part.sample_of or None,
        "tool_calls": [_tool_call(use) for use in part.tools],
        "sources": [source.model_dump() for source in lookups.used_sources(part)],
        "failure": failure(part.failure),
    }


def _took(part: Part) -> dict[str, Any]:
    return {
        "cost_source": part.cost_source,
        "cost_complete": part.cost_complete,
        "started_ms": part.started_ms,
        "first_token_ms": part.first_token_ms,
        "duration_ms": part.duration_ms,
    }


def _tool_call(use: ToolUse) -> dict[str, Any]:
    """One use of a tool; ``arguments`` is text where the model sent no JSON object."""
    return {
        "name": use.name,
        "arguments": lookups.arguments(use),
        "step": use.step,
        "state": use.state,
        "note": use.note,
        "duration_ms": None if use.ended_ms is None else use.ended_ms - use.started_ms,
        "found": [source.model_dump() for source in lookups.pages_found(use)],
    }


def _state(part: Part) -> str:
    """``failed`` names its kind: ``failed:rate_limited``."""
    if part.state == "failed" and part.failure is not None:
        return f"failed:{part.failure.kind}"
    return part.state


def _judge(state: RunState) -> dict[str, Any]:
    judge = state.judge
    words = {"none": _state(judge), "running": _state(judge)}.get(state.breakdown, state.breakdown)
    if state.breakdown == "failed" and state.breakdown_failure is not None:
        words = f"failed:{state.breakdown_failure.kind}"
    return {
        "model": judge.model,
        "model_served": judge.model_served,
        "state": words,
        "order": list(state.order),
        "partial": list(state.partial),
        "trimmed": list(state.trimmed),
        "independent": is_independent(judge.model, [p.model for p in state.seats.values()]),
        "attempts": judge.tries or judge.attempt,
        "tool_calls": [_tool_call(use) for use in judge.tools],
        "usage": judge.usage.model_dump(),
        "cost_usd": judge.cost_usd,
        **_took(judge),
        "failure": failure(state.breakdown_failure),
        "note": state.breakdown_note,
    }


def _breakdown(state: RunState) -> dict[str, Any] | None:
    if state.breakdown != "done":
        return None
    lists: dict[str, Any] = {group: [] for group in GROUPS}
    for found in state.findings:
        lists[found.group].append(found.finding.model_dump(mode="json"))
    return {**lists, "unverified_quotes": state.unverified_quotes}


def _synthesis(state: RunState) -> dict[str, Any] | None:
    writer = state.writer
    if not writer.attempt and writer.failure is None:
        return None
    return {
        "text": state.synthesis,
        "signed": writer.text if writer.text != state.synthesis else None,
        "model": writer.model,
        "model_served": writer.model_served,
        "trimmed": list(state.writer_trimmed),
        "sourced_share": sourced_share(writer.text, "".join(state.seats)),
        "state": _state(writer),
        "tool_calls": [_tool_call(use) for use in writer.tools],
        "attempts": writer.tries or writer.attempt,
        "usage": writer.usage.model_dump(),
        "cost_usd": writer.cost_usd,
        **_took(writer),
        "failure": failure(writer.failure),
    }


def _dissent(one: dissent.Dissent) -> dict[str, Any]:
    return {
        "finding": one.finding.id,
        "claim": one.finding.claim,
        "stakes": one.finding.stakes,
        "crux": one.finding.crux,
        "tie": one.is_tie,
        "settled": one.settled.is_settled,
        "settled_by": one.settled.by or None,
        "settled_in": one.settled.sentence or None,
        "voices": [
            {"seat": v.seat, "stance": v.stance, "quote": v.quote, "verified": bool(v.target)}
            for v in one.voices
        ],
    }


def failure(what: Failure | None) -> dict[str, Any] | None:
    """A failure as documents carry it."""
    if what is None:
        return None
    return {"kind": str(what.kind), "message": what.message, "status": what.status}
