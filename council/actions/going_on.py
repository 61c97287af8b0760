"""Asking the members of a finished run about one contested point alone."""

from council import threads
from council.actions import runs
from council.core.plan import Plan
from council.models import Run
from council.threads import To


def ask_only(*, run: Run, finding: str, client_key: str = "") -> Run:
    """Ask everybody who answered about this finding; the run that does so.

    Raises NoSuchThread where it is not contested, and what `runs.start` raises.
    """
    to = threads.to_point(run, finding)
    plan = point_plan(to)
    return runs.start(
        person=run.conversation.person,
        prompt=plan.prompt,
        council=to.council,
        client_key=client_key,
        thread=run.conversation,
        to=to,
    )


def point_plan(to: To) -> Plan:
    """The plan of a run about this point, as it would be asked now."""
    claim = to.point.claim if to.point is not None else ""
    return runs.draft(claim, to.council, None, to=to)
