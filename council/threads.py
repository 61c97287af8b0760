"""The threads of a conversation: whom a question reaches, and what they have heard before.

The main thread is what the whole council was asked, and the synthesis. A member has a thread of
its own: its own answers, and what it was asked alone. What was asked about one point, and what a
judge read again, belongs to neither.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from pydantic import ValidationError

from council import journal
from council.core import plan as planned
from council.core.crux import contested
from council.core.plan import Council, Plan, Point, Seat, Turn
from council.core.state import RunState
from council.models import Conversation, Run

MAIN = (Run.Kind.COUNCIL, Run.Kind.SYNTHESIS)
"""The kinds of run that the main thread is made of."""

Thread = Conversation | Run
"""What a question goes on from: a conversation or, for a branch, the run it is asked instead of."""


class NoSuchThread(Exception):
    """Nobody is there to go on with; the message is a sentence for the person."""


@dataclass(frozen=True)
class To:
    """Whom a further question reaches instead of the whole council, and the run it goes back to."""

    kind: planned.Kind
    parent: Run
    council: Council
    asked: str = ""
    point: Point | None = None


def root(run: Run) -> Run:
    """The question to the council that this run goes back to: often itself."""
    is_apart = run.kind not in (Run.Kind.COUNCIL, Run.Kind.JUDGING) or run.parent_id is not None
    return run.parent if is_apart and run.parent is not None else run


def to_member(run: Run, letter: str) -> To:
    """One member in its own thread. Raises NoSuchThread."""
    first, council, state = _opened(run)
    part = state.seats.get(letter)
    if part is None or not part.is_usable:
        raise NoSuchThread(f"{letter} has not answered here, so it cannot be asked alone.")
    return To("member", first, council, letter)


def to_synthesis(run: Run) -> To:
    """The writer alone, as the one who wrote the syntheses. Raises NoSuchThread."""
    first, council, state = _opened(run)
    if not state.writer.text:
        raise NoSuchThread("There is no synthesis here to ask about.")
    writer = Seat(
        model=council.writer_model,
        role="Synthesis",
        instructions=council.writer.instructions,
        tools=False,
    )
    return To("synthesis", first, council.model_copy(update={"seats": (writer,)}))


def to_point(run: Run, finding: str) -> To:
    """Everybody who answered, about one contested finding. Raises NoSuchThread."""
    first, council, state = _opened(run)
    point = contested(state, finding)
    if point is None:
        raise NoSuchThread("That point is not contested here any more. Nobody was asked.")
    letters = "".join(part.seat for part in state.usable)
    return To("crux", first, council, letters, point)


def choices(run: Run) -> tuple[str, RunState]:
    """Whom one may ask alone from this run's page, by letter, and the run they answered in."""
    _, _, state = _opened(run)
    return "".join(part.seat for part in state.usable), state


def history(thread: Thread | None, council: Council, to: To | None = None) -> tuple[Turn, ...]:
    """What is behind a question that is asked now, as those it reaches have heard it."""
    if thread is None or (to is not None and to.kind == "crux"):
        return ()
    if to is not None and to.kind == "member":
        return tuple(_own(thread, to.asked, to.council.seat(to.asked).model))
    mode = council.history if to is None else "synthesis"
    return tuple(_main(thread, mode))


def told(thread: Thread | None) -> str:
    """The system prompt of the program that began this conversation; empty for a person's."""
    conversation = thread.conversation if isinstance(thread, Run) else thread
    first = conversation.runs.order_by("number").first() if conversation is not None else None
    if first is not None:
        with suppress(ValidationError):  # another version of the program may have written it
            return Plan.model_validate(first.plan).wishes.system
    return ""


def _opened(run: Run) -> tuple[Run, Council, RunState]:
    """The question behind this run, its council as it is by now, and how it stands."""
    first = root(run)
    state = journal.folded(first.id).state
    return first, Plan.model_validate(first.plan).seated(state.specs).council, state


def _main(thread: Thread, mode: str) -> Iterator[Turn]:
    runs = list(_runs(thread))
    before = thread if isinstance(thread, Run) else None
    first = runs[0] if runs else before
    if first is not None:
        with suppress(ValidationError):  # another version of the program may have written it
            yield from Plan.model_validate(first.plan).history
    for run in runs:
        if run.kind in MAIN and run.synthesis:
            is_own = mode == "own" and run.kind == Run.Kind.COUNCIL
            own = journal.folded(run.id).state.seats.values() if is_own else ()
            yield Turn(
                prompt=run.prompt,
                synthesis=run.synthesis,
                own={part.seat: part.text for part in own if part.is_usable},
                attachments=_files(run),
            )


def _own(thread: Thread, letter: str, model: str) -> Iterator[Turn]:
    """What this model under this letter was asked, and answered itself; before it what a program
    that began the conversation said had been said."""
    runs = list(_with_origin(thread))
    if runs and runs[0].api_key_id is not None:
        with suppress(ValidationError):
            yield from Plan.model_validate(runs[0].plan).history
    for run in runs:
        if run.kind not in (Run.Kind.COUNCIL, Run.Kind.MEMBER):
            continue
        part = journal.folded(run.id).state.seats.get(letter)
        if part is not None and part.is_usable and part.model == model:
            text = {letter: part.text}
            yield Turn(prompt=run.prompt, synthesis="", own=text, attachments=_files(run))


def _runs(thread: Thread) -> Iterator[Run]:
    """The runs before this question, in their order; of a branch those before what it replaces."""
    if isinstance(thread, Run):
        found = thread.conversation.runs.filter(number__lt=thread.number)
    else:
        found = thread.runs.all()
    yield from found.order_by("number")


def _with_origin(thread: Thread) -> Iterator[Run]:
    """The same, and before it what a branch had in common with where it comes from."""
    conversation = thread.conversation if isinstance(thread, Run) else thread
    if conversation.branched_from is not None:
        yield from _with_origin(conversation.branched_from)
    yield from _runs(thread)


def _files(run: Run) -> tuple[planned.Attachment, ...]:
    with suppress(ValidationError):
        return Plan.model_validate(run.plan).attachments
    return ()
