"""A run as it stood when it was frozen: its plan and its fold through a lens, and when it was.

What is kept is all there is: pages, documents and exports of a frozen run read nothing else.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from council.core.state import RunState
from council.models import Run, SharedRun
from council.sharing.lens import Lens


class Frozen(BaseModel):
    """The copy. ``plan`` is a `council.core.plan.Plan` as JSON."""

    version: int = 1
    id: UUID
    number: int
    kind: str
    council_name: str
    created_at: datetime
    ended_at: datetime | None
    plan: dict[str, Any]
    state: RunState

    @property
    def row(self) -> Run:
        """A run that is in no database, for whoever draws or exports one."""
        return Run(
            id=self.id,
            number=self.number,
            kind=self.kind,
            council_name=self.council_name,
            created_at=self.created_at,
            ended_at=self.ended_at,
            plan=self.plan,
            prompt=self.state.prompt,
            state=self.state.state,
        )


def freeze(run: Run, state: RunState, lens: Lens) -> Frozen:
    """The run as this lens shows it now."""
    return Frozen(
        id=run.id,
        number=run.number,
        kind=run.kind,
        council_name=run.council_name,
        created_at=run.created_at,
        ended_at=run.ended_at,
        plan=lens.plan(run.plan),
        state=lens.state(state),
    )


def freeze_shares(run: Run, state: RunState) -> None:
    """A run is over: whoever followed it through a share reads the copy from now on."""
    for shared in SharedRun.objects.filter(run=run, frozen="").select_related("share"):
        copy = freeze(run, state, Lens.of(shared.share.shows))
        SharedRun.objects.filter(id=shared.id, frozen="").update(frozen=copy.model_dump_json())
