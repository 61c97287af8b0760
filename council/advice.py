"""What is worth knowing about a council before it is asked. It teaches; it forbids nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from council import words
from council.core.estimate import Estimate, amount
from council.core.facts import Know
from council.core.independence import family, is_independent, same_family
from council.core.plan import Council

MANY = 5
"""Seats beyond which another one seldom says anything new."""

Standing = Literal["listed", "unlisted", "unsaid", "absent"]
"""Of a model: in its provider's list; not in it; its provider lists nothing; no such provider."""


@dataclass(frozen=True)
class Advice:
    """One sentence with its reason, and the letter, ``judge``, ``writer`` or ``council`` it is
    about."""

    place: str
    text: str


def advice(
    council: Council,
    know: Know,
    standing: Callable[[str], Standing],
    expected: Estimate | None = None,
    letters: str = "",
) -> tuple[Advice, ...]:
    """What to say about this council, the gravest first.

    ``expected`` is the estimate of a typical run. ``letters`` are the seats' where they are not
    simply A, B, C: while some seats are still empty.
    """
    said = [
        *_unreachable(council, standing, letters or council.letters),
        *_without_tools(council, know, letters or council.letters),
        *_panel(council),
        *_alike(council, letters or council.letters),
        *_judge(council),
        *_cap(council, expected),
    ]
    return tuple(said)


def _unreachable(
    council: Council, standing: Callable[[str], Standing], letters: str
) -> Iterator[Advice]:
    who = [*zip(letters, (seat.model for seat in council.seats), strict=False)]
    who.append(("judge", council.judge.model))
    if council.writer.model is not None:
        who.append(("writer", council.writer.model))
    absent: dict[str, list[str]] = {}
    for place, model in who:
        provider, _, name = model.partition("/")
        if (stands := standing(model)) == "absent":
            absent.setdefault(provider, []).append(place)
        elif stands == "unlisted":
            yield Advice(
                place, f"“{name}” is in no list of {provider}’s. It is asked as written; check it."
            )
    for provider, places in absent.items():
        yield Advice(
            "council",
            f"No provider named “{provider}” is connected, so nobody can ask "
            f"{words.list_words(places)}.",
        )


def _without_tools(council: Council, know: Know, letters: str) -> Iterator[Advice]:
    if not council.tools:
        return
    for letter, seat in zip(letters, council.seats, strict=False):
        if seat.tools and know(seat.model).can_tools is False:
            yield Advice(
                letter, "This model cannot use tools: it answers without the web, from memory."
            )


def _panel(council: Council) -> Iterator[Advice]:
    count = len(council.seats)
    if count == 1:
        yield Advice(
            "council",
            "One seat has nobody to disagree with: no judge and no writer are asked, and its "
            "answer is the result.",
        )
    elif voices(council) == 1:
        yield Advice(
            "council",
            "All seats are of one family, about 1 independent voice: kin tend to share their "
            "mistakes, so that they agree proves little.",
        )
    if count > MANY:
        yield Advice(
            "council",
            f"{count} seats: cost and reading grow with each, while more than "
            f"{words.number_words(MANY)} seldom disagree about anything new.",
        )


def _alike(council: Council, letters: str) -> Iterator[Advice]:
    seats = [*zip(letters, council.seats, strict=False)]
    for (one, first), (other, second) in combinations(seats, 2):
        same = (first.model, first.role, first.instructions.strip())
        if same == (second.model, second.role, second.instructions.strip()):
            yield Advice(
                other,
                f"It has the model, role and instructions of {one}: they will say much the same. "
                "Give one another model or another way of looking.",
            )
            return


def _judge(council: Council) -> Iterator[Advice]:
    models = [seat.model for seat in council.seats]
    if len(models) < 2:
        return
    if not is_independent(council.judge.model, models):
        yield Advice(
            "judge",
            "It also sits on the panel: names are hidden from it, but models tend to prefer what "
            "they would have written themselves.",
        )
    elif same_family(council.judge.model, models):
        yield Advice(
            "judge",
            "A member is of its family: models tend to favour their own kin. A judge from "
            "another maker is freer.",
        )


def _cap(council: Council, expected: Estimate | None) -> Iterator[Advice]:
    cap = council.limits.cost_usd
    if cap is None or expected is None or cap >= expected.high_usd:
        return
    yield Advice(
        "council",
        f"A typical run may take more than the cap of {amount(cap)}: what would not fit is "
        "not asked, so answers may be short, or missing.",
    )


def voices(council: Council) -> int:
    """How many families sit on the panel: about so many independent voices."""
    return len({family(seat.model) for seat in council.seats})
