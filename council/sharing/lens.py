"""What of a run somebody may see: its owner all of it, a stranger what was ticked.

A lens looks at events and at their fold alike, so that a page that is read live and the copy
that is kept show the same: what a lens hides is not in the copy, not in a frame, not on the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from council.core import events as ev
from council.core.delta import Usage
from council.core.failures import Failure
from council.core.plan import Seat
from council.core.state import Part, RunState
from council.words import cause_words

TICKS = ("instructions", "cost", "reasoning", "attachments", "name")
"""What a share may show besides the answers; nothing of it unless ticked."""

_UNTOLD = {"cost_usd": None, "cost_source": "unknown", "usage": Usage()}
"""What a call cost where that is hidden: with its tokens, from which anybody could reckon it."""


@dataclass(frozen=True)
class Lens:
    """``is_owner``: sees all of it. ``may_act``: may ask something of it. ``name``: who shared it
    is named."""

    is_owner: bool = False
    may_act: bool = False
    instructions: bool = False
    cost: bool = False
    reasoning: bool = False
    attachments: bool = False
    name: bool = False

    @classmethod
    def of(cls, shows: Iterable[str]) -> "Lens":
        """A stranger's, with what was ticked; names that are none are passed over."""
        return cls(**{name: True for name in shows if name in TICKS})

    @property
    def shows(self) -> list[str]:
        """What is ticked, in the order of `TICKS`."""
        return [name for name in TICKS if getattr(self, name)]

    def events(self, events: Iterable[ev.Event]) -> tuple[ev.Event, ...]:
        """What happened, as it is seen."""
        if self.is_owner:
            return tuple(events)
        return tuple(seen for event in events if (seen := self._event(event)) is not None)

    def _event(self, event: ev.Event) -> ev.Event | None:
        match event:
            case ev.RunStarted():
                return event.model_copy(
                    update={
                        "seats": tuple(_without_host(card) for card in event.seats),
                        "judge": _without_host(event.judge),
                        "writer": _without_host(event.writer),
                    }
                )
            case ev.SeatChanged():
                card, spec = _without_host(event.card), self._seat(event.spec)
                return event.model_copy(update={"card": card, "spec": spec})
            case ev.ReasoningAdded():
                return event if self.reasoning else None
            case ev.ToolStarted():
                return event if self.reasoning else event.model_copy(update={"arguments": ""})
            case ev.CallStarted():
                return event.model_copy(update={"most_usd": None, "whose_key": ""})
            case ev.CallEnded():
                known: dict[str, Any] = {} if self.cost else _UNTOLD
                hidden = {"host": None, "failure": _plain(event.failure), **known}
                return event.model_copy(update=hidden)
            case ev.RetryWaiting():
                return event.model_copy(update={"failure": _plain(event.failure)})
            case ev.BreakdownEnded():
                return event.model_copy(update={"raw": "", "failure": _plain(event.failure)})
        return event

    def state(self, run: RunState) -> RunState:
        """A run as it is seen. The run itself stays as it is."""
        if self.is_owner:
            return run
        seen = run.model_copy(deep=True)
        seen.breakdown_raw, seen.breakdown_failure = "", _plain(seen.breakdown_failure)
        seen.specs = {letter: self._seat(spec) for letter, spec in seen.specs.items()}
        for part in seen.parts:
            self._part(part)
        return seen

    def _seat(self, seat: Seat) -> Seat:
        return seat if self.instructions else seat.model_copy(update={"instructions": ""})

    def mark(self, run: RunState) -> None:
        """Have a run that was folded from what is seen say so where something is hidden."""
        if not self.cost:
            for part in run.parts:
                part.cost_source = "hidden"

    def _part(self, part: Part) -> None:
        part.charged_usd = part.held_usd = part.own_usd = 0.0
        part.whose_key = part.host = ""
        part.failure = _plain(part.failure)
        if part.retry is not None:
            part.retry = part.retry.model_copy(update={"failure": _plain(part.retry.failure)})
        if not self.cost:
            part.cost_usd, part.cost_source, part.usage = None, "hidden", Usage()
        for call in part.calls:
            call.whose_key = call.host = ""
            call.failure = _plain(call.failure)
            if not self.cost:
                call.cost_usd, call.cost_source, call.usage = None, "unknown", Usage()
        if not self.reasoning:
            part.reasoning = ""
            part.tools = [use.model_copy(update={"arguments": ""}) for use in part.tools]

    def plan(self, plan: dict[str, Any]) -> dict[str, Any]:
        """What was asked, as it is seen: of earlier turns and of files nothing that was not
        ticked."""
        if self.is_owner:
            return plan
        council = dict(plan["council"])
        if not self.instructions:
            council["description"] = ""
            council["seats"] = [{**seat, "instructions": ""} for seat in council["seats"]]
            for chair in ("judge", "writer"):
                council[chair] = {**council.get(chair, {}), "instructions": ""}
        if not self.cost:
            council["limits"] = {**council.get("limits", {}), "cost_usd": None}
        files = plan.get("attachments", []) if self.attachments else []
        bare = [{**file, "text": ""} for file in files]
        hidden: dict[str, Any] = {"history": [], "wishes": {}}  # nor what a program told the models
        return {**plan, "council": council, "attachments": bare, **hidden}


def _without_host(card: ev.Card) -> ev.Card:
    """Addresses inside somebody's network are nobody else's business."""
    return card.model_copy(update={"host": ""})


def _plain(failure: Failure | None) -> Failure | None:
    """The cause alone: a provider's own sentence may name an account or an address."""
    if failure is None:
        return None
    said = f"{cause_words(failure).capitalize()}."
    return failure.model_copy(update={"message": said})


OWNER = Lens(**{field.name: True for field in fields(Lens)})
READ_ONLY = replace(OWNER, may_act=False)
