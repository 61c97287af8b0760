"""A run as its readers see it: the page's HTML, and the frames that keep it current.

One `Page` folds the journal and keeps, for every answer, the blocks already closed and
rendered. The first load, a reload and the socket all read from it, so they cannot
disagree: for every cut k, the page at k plus the frames after k is the fresh page.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string

from council.core import events as ev
from council.core.state import Part, RunState
from council.disagreement import citing
from council.journal import Folded, Tick
from council.render import STRETCH, Block, Cites, Mark, Stream, html, open_html, page
from council.sharing.lens import OWNER, Lens

VERSION = 1
Frame = dict[str, Any]

COLUMN = "run/_column.html"
SEAT_PARTS = {
    "head": "run/_seat_head.html",
    "tools": "run/_seat_tools.html",
    "foot": "run/_seat_foot.html",
}
RUN_PARTS = {
    "run-meta": "run/_meta.html",
    "crux": "run/_crux.html",
    "verdict": "run/_verdict.html",
    "breakdown": "run/_breakdown.html",
    "synthesis-head": "run/_synthesis_head.html",
    "minority": "run/_minority.html",
    "synthesis-foot": "run/_synthesis_foot.html",
    "tabs": "run/_tabs.html",
    "kinds": "run/_kinds.html",
    "status": "run/_status.html",
    "sources": "run/_sources.html",
    "timeline": "run/_timeline.html",
}
_JUDGE_PARTS = {"breakdown", "verdict", "kinds", "run-meta", "minority"}
_WRITER_PARTS = {"synthesis-head", "synthesis-foot", "run-meta", "minority"}
_LOOKUPS = (ev.CallStarted, ev.CallEnded, ev.ToolStarted, ev.ToolEnded)
_ALWAYS = {"run-meta", "tabs", "status"}


@dataclass
class Body:
    """One growing Markdown text and its closed blocks, each rendered once."""

    letter: str
    cites: Callable[[str], Cites] | None = None
    """What a block of a synthesis cites; answers cite nothing."""
    stream: Stream = field(default_factory=Stream)
    blocks: list[Block] = field(default_factory=list)
    rendered: list[str | None] = field(default_factory=list)
    """None where nobody has asked for a block yet: a socket's readers have the old ones."""
    marks: tuple[Mark, ...] = ()
    text: str = ""
    finished: bool = False
    told: str = ""
    """The open block as readers have it."""

    def feed(self, text: str) -> list[list[Any]]:
        """Add text; the blocks it closed, as ``[html, joins]``."""
        self.text += text
        return self._add(self.stream.feed(text))

    def hold(self, text: str, is_over: bool) -> None:
        """Take what readers have already; it is rendered when somebody asks for it."""
        self.text += text
        closed = self.stream.feed(text)
        if is_over:
            self.finished = True
            closed += self.stream.finish()
        if self.cites:  # what it cites may change, and is told by how it looked
            self._add(closed)
        else:
            self.blocks += closed
            self.rendered += [None] * len(closed)
        self.told = self.tail

    def finish(self) -> list[list[Any]]:
        """Nothing more comes: the open block closes."""
        if self.finished:
            return []
        self.finished = True
        return self._add(self.stream.finish())

    def mark(self, marks: tuple[Mark, ...]) -> list[list[Any]]:
        """Mark exactly these words; the blocks that look different now, as ``[index, html]``."""
        if marks == self.marks:
            return []
        before, self.marks = self.marks, marks
        changed = []
        for index, block in enumerate(self.blocks):
            if _within(before, block) != _within(marks, block):
                self.rendered[index] = fresh = self._render(block)
                changed.append([index, fresh])
        return changed

    def recite(self) -> list[list[Any]]:
        """Lead citations to the findings as they are now; the blocks that look different."""
        changed = []
        for index, block in enumerate(self.blocks):
            if (fresh := self._render(block)) != self.rendered[index]:
                self.rendered[index] = fresh
                changed.append([index, fresh])
        return changed

    @property
    def tail(self) -> str:
        """The open block, as text."""
        return "" if self.finished else self.stream.tail

    @property
    def html(self) -> str:
        """All closed blocks, as the browser has them after every frame."""
        return page(self._closed(), 0 if self.letter == "writer" else STRETCH)

    @property
    def open_html(self) -> str:
        """The open block as it looks so far; empty where there is none."""
        return open_html(self.tail, self.cites(self.tail) if self.cites else None)

    def tell(self, change: Frame, said: str) -> None:
        """Put the open block into the change, unless it is what readers have and ``said``.

        Repeated with every frame it would grow with the square of a long block of code.
        """
        tail = self.tail
        if "reset" in change or tail != self.told + said:
            change["tail"] = tail
        self.told = tail

    def state(self) -> dict[str, Any]:
        """What a browser needs to go on from here."""
        closed = [[html, joins] for html, joins in self._closed()]
        return {"text": self.text, "tail": self.tail, "blocks": closed}

    def _closed(self) -> Iterator[tuple[str, bool]]:
        for index, block in enumerate(self.blocks):
            found = self.rendered[index]
            if found is None:
                self.rendered[index] = found = self._render(block)
            yield found, block.joins

    def _add(self, closed: Sequence[Block]) -> list[list[Any]]:
        added = []
        for block in closed:
            rendered = self._render(block)
            self.blocks.append(block)
            self.rendered.append(rendered)
            added.append([rendered, block.joins])
        return added

    def _render(self, block: Block) -> str:
        cites = self.cites(block.source) if self.cites else None
        return html(block.source, block.start, _within(self.marks, block), cites)


def _is_over(part: Part) -> bool:
    """True when the call that wrote this text has ended, whether or not another one follows."""
    return part.is_final or part.retry is not None


def _said(tick: Tick, letter: str) -> str:
    """What this seat said in one tick."""
    return "".join(e.text for e in tick.events if isinstance(e, ev.TextAdded) and e.seat == letter)


def _within(marks: tuple[Mark, ...], block: Block) -> tuple[Mark, ...]:
    return tuple(m for m in marks if m.start < block.end and m.end > block.start)


class Page:
    """A run folded and rendered up to entry ``seq``, as it is seen through a lens."""

    def __init__(self, run_id: UUID, folded: Folded, lens: Lens = OWNER) -> None:
        self.run_id, self.run, self.seq = run_id, lens.state(folded.state), folded.seq
        self.lens = lens
        self._dirty: set[str] = set()
        self._new_columns: set[str] = set()
        self.bodies: dict[str, Body] = {}
        for part in [*self.run.seats.values(), self.run.writer]:
            self._body(part.seat).hold(part.text, _is_over(part))
        self._mark_all()

    def take(self, tick: Tick, *, last: bool = True) -> Frame:
        """Fold one entry in; the frame that brings a reader from the entry before to this one.

        With ``last`` false the rendered parts wait for a later frame of the same batch.
        """
        if not self.lens.is_owner:
            tick = replace(tick, events=self.lens.events(tick.events))
        bodies: dict[str, Frame] = {}
        for event in tick.events:
            self._take_event(event, bodies)
        self.lens.mark(self.run)
        if any(isinstance(e, ev.Found | ev.CallStarted) for e in tick.events) or any(
            "reset" in change for change in bodies.values()
        ):
            for letter, changed in self._mark_all().items():
                bodies.setdefault(letter, {})["set"] = changed
        for letter, change in bodies.items():
            self.bodies[letter].tell(change, _said(tick, letter))
        self.seq = tick.seq
        frame: Frame = {
            "v": VERSION,
            "type": "events",
            "seq": tick.seq,
            "events": tick.rows,
        }
        if bodies:
            frame["bodies"] = bodies
        if last and self._dirty:
            frame["parts"] = {name: self.part(name) for name in sorted(self._dirty)}
            self._dirty = set()
        if last and self._new_columns:
            frame["columns"] = self._columns(self._new_columns)
            self._new_columns = set()
        return frame

    def snapshot(self) -> Frame:
        """Everything at once, for a reader whose cursor is older than the journal."""
        frame = {"v": VERSION, "type": "snapshot", "seq": self.seq, **self.state(), "parts": {
            name: self.part(name) for name in self.part_names
        }}  # fmt: skip
        if self.run.specs:
            frame["columns"] = self._columns(set(self.run.specs))
        return frame

    def state(self) -> dict[str, Any]:
        """What the page's own state module starts from (static/js/run/state.js)."""
        run = self.run
        return {
            "seq": self.seq,
            "run": run.state,
            "seats": {
                p.seat: {"state": p.state, "attempt": p.attempt, "reasoning": p.reasoning}
                | self._body(p.seat).state()
                for p in [*run.seats.values(), run.writer]
            },
            "findings": len(run.findings),
        }

    @property
    def part_names(self) -> list[str]:
        """The ids of everything that is rendered as one piece."""
        seats = [f"seat-{s}-{p}" for s in self.run.seats for p in (*SEAT_PARTS, "reasoning")]
        return [*RUN_PARTS, *seats]

    def part(self, name: str) -> str:
        """One piece of the page by its element id, as HTML."""
        if name in RUN_PARTS:
            return render_to_string(RUN_PARTS[name], self._context)
        _, letter, piece = name.split("-")
        template = SEAT_PARTS.get(piece, "run/_seat_reasoning.html")
        return render_to_string(template, {**self._context, "part": self.run.part(letter)})

    def _columns(self, letters: set[str]) -> dict[str, str]:
        """Whole columns, for pages that were loaded before these seats were there; without text."""
        parts = {letter: self.run.part(letter) for letter in sorted(letters)}
        return {
            letter: render_to_string(COLUMN, {**self._context, "letter": letter, "part": part})
            for letter, part in parts.items()
        }

    @property
    def _context(self) -> dict[str, Any]:
        lens = self.lens
        return {"run": self.run, "run_id": self.run_id, "is_owner": lens.may_act, "lens": lens}

    def _take_event(self, event: ev.Event, bodies: dict[str, Frame]) -> None:
        seat = getattr(event, "seat", "")
        before = self.run.part(seat).state if seat else ""
        had_reasoning = bool(seat and self.run.part(seat).reasoning)
        self.run.apply(event)
        if isinstance(event, ev.RunStarted):
            self._begin(bodies)
        if isinstance(event, ev.SeatChanged):
            self._reseat(event.card.seat, bodies)
            return
        if isinstance(event, ev.ReasoningAdded):
            if not had_reasoning:
                self._soil(event, seat)
            return
        if seat and seat != "judge":
            self._grow(event, seat, bodies)
        if isinstance(event, ev.TextAdded) and before == "streaming":
            return
        self._soil(event, seat)

    def _begin(self, bodies: dict[str, Frame]) -> None:
        """A run that starts has nobody's words yet, and every piece is new."""
        self.bodies.clear()
        bodies.clear()
        for part in [*self.run.seats.values(), self.run.writer]:
            self._new_body(part.seat)
        self._dirty = set(self.part_names)
        self._new_columns.clear()

    def _reseat(self, letter: str, bodies: dict[str, Frame]) -> None:
        """A seat is another, or new: then it gets a column, and the writer may name it."""
        if letter in self.bodies:
            self._dirty.add(f"seat-{letter}-head")
            return
        self._new_body(letter)
        self._new_columns.add(letter)
        self._dirty |= {name for name in self.part_names if name.startswith(f"seat-{letter}-")}
        self._dirty |= set(RUN_PARTS)
        writer = self.run.writer
        body = self._new_body("writer")
        added = body.feed(writer.text) + (body.finish() if _is_over(writer) else [])
        bodies["writer"] = {"reset": True, **({"add": added} if added else {})}

    def _grow(self, event: ev.Event, seat: str, bodies: dict[str, Frame]) -> None:
        part, body = self.run.part(seat), self._body(seat)
        text = event.text if isinstance(event, ev.TextAdded) else ""
        change = bodies.get(seat, {})
        is_new = isinstance(event, ev.CallStarted) and event.why != "tools"
        if is_new or (body.finished and (text or not _is_over(part))):
            body, text, change = self._new_body(seat), part.text, {"reset": True}
        added = body.feed(text) if text else []
        if _is_over(part):
            added += body.finish()
        if added:
            change.setdefault("add", []).extend(added)
        if change or isinstance(event, ev.TextAdded | ev.CallEnded):
            bodies[seat] = change

    def _soil(self, event: ev.Event, seat: str) -> None:
        """Note which pieces look different after this event."""
        self._dirty |= _ALWAYS
        if seat in self.run.seats:
            self._dirty |= {f"seat-{seat}-head", f"seat-{seat}-foot"}
            if isinstance(event, ev.CallStarted | ev.CallEnded):
                self._dirty |= {"crux"} if self.run.point is not None else set()
                self._dirty |= {f"seat-{seat}-reasoning", *_JUDGE_PARTS, "timeline"}
            elif isinstance(event, ev.ReasoningAdded):
                self._dirty.add(f"seat-{seat}-reasoning")
            if isinstance(event, _LOOKUPS):
                self._dirty.add(f"seat-{seat}-tools")
        elif seat == "writer":
            self._dirty |= _WRITER_PARTS
            if isinstance(event, ev.CallStarted | ev.CallEnded):
                self._dirty |= {"crux"} if self.run.point is not None else set()
                self._dirty |= _JUDGE_PARTS  # it settles contradictions
        elif not isinstance(event, ev.PhaseChanged):
            self._dirty |= _JUDGE_PARTS
        if isinstance(event, _LOOKUPS):
            self._dirty.add("sources")
        if isinstance(event, ev.BreakdownEnded):
            self._dirty |= _WRITER_PARTS  # the synthesis says when there is no comparison
            self._dirty |= {f"seat-{s}-head" for s, p in self.run.seats.items() if p.sample_of}
        if self.run.is_final or isinstance(event, ev.PhaseChanged | ev.JudgingStarted):
            self._dirty |= set(RUN_PARTS) | {f"seat-{s}-foot" for s in self.run.seats}

    def _body(self, seat: str) -> Body:
        return self.bodies.get(seat) or self._new_body(seat)

    def _new_body(self, seat: str) -> Body:
        cites = partial(citing.cites, self.run) if seat == "writer" else None
        self.bodies[seat] = Body(seat, cites)
        return self.bodies[seat]

    def _mark_all(self) -> dict[str, list[list[Any]]]:
        wanted = marks_of(self.run)
        changed = {
            seat: body.recite() if body.cites else body.mark(wanted.get(seat, ()))
            for seat, body in self.bodies.items()
        }
        return {seat: blocks for seat, blocks in changed.items() if blocks}


def marks_of(run: RunState) -> dict[str, tuple[Mark, ...]]:
    """The words to mark in each answer: every verified quote, in the order of the findings."""
    marks: dict[str, list[Mark]] = {}
    for found in run.findings:
        for place in found.finding.positions:
            if place.verified and place.start is not None and place.end is not None:
                name = f"{found.finding.id}-{place.seat}"
                marks.setdefault(place.seat, []).append(Mark(place.start, place.end, name))
    return {seat: tuple(found) for seat, found in marks.items()}


def encode(frame: Frame) -> str:
    """A frame as it goes over the socket."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
