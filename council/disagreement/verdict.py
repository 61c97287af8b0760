"""The ten-second reading: at most sixty words, made from data alone.

Every open contradiction of high stakes is named, by its claim or, where there are many, by its
topic; what else is worth saying follows while there is room. Agreement is never called strong:
it is counted in points, and in independent voices. Pure functions over `council.core.state`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from council import words
from council.core.events import Finding
from council.core.state import Part, RunState
from council.disagreement import standing, voices
from council.disagreement.standing import Row, Side

MOST_WORDS = 60
_DEPTHS = ((26, True), (14, True), (8, True), (8, False), (5, False), (3, False))
"""How many words may name a contradiction, and whether its sides are told: the first that fits."""
_CHARS_PER_WORD = 9
"""A name is cut by its characters too: not every script has spaces between words."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the verdict: plain, strong, a member's letter, or the name of a finding."""

    text: str
    is_strong: bool = False
    is_letter: bool = False
    finding: str = ""


Pieces = tuple[Piece, ...]


@dataclass(frozen=True)
class Verdict:
    """A sentence, the contradictions where there are several to name, and what else is known."""

    lead: Pieces = ()
    named: tuple[Pieces, ...] = ()
    rest: Pieces = ()

    def __bool__(self) -> bool:
        return bool(self.lead)

    @property
    def text(self) -> str:
        """All of it as one line."""
        return " ".join(map(_text, (self.lead, *self.named))) + _text(self.rest)

    @property
    def words(self) -> int:
        """How many words there are to read."""
        return len(self.text.split())


def verdict(run: RunState) -> Verdict:
    """The ten-second reading; empty (and false) while there is nothing to say."""
    if run.is_final and run.state in ("failed", "stopped", "interrupted"):
        return Verdict(tuple(_ended_early(run)))
    if run.is_final and len(run.usable) == 1 and len(run.seats) > 1 and run.point is None:
        return Verdict(tuple(_single(run)))
    if run.breakdown == "done":
        return _compared(run)
    if run.is_final and run.breakdown == "failed":
        return Verdict(tuple(_uncompared(run)), rest=tuple(_absent(run)))
    return Verdict()


def _ended_early(run: RunState) -> Iterator[Piece]:
    if run.state == "failed":
        yield Piece("Nobody answered.", is_strong=True)
        yield Piece(" Each reason stands in its column; the question is kept below.")
        return
    kept = "What had arrived is kept." if any(p.text for p in run.parts) else "Nothing had arrived."
    yield Piece(f"{run.state.capitalize()}.", is_strong=True)
    yield Piece(f" {len(run.usable)} of {len(run.seats)} had answered. {kept}")


def _single(run: RunState) -> Iterator[Piece]:
    yield Piece("Only ", is_strong=True)
    yield Piece(run.usable[0].seat, is_letter=True)
    yield Piece(" answered.", is_strong=True)
    yield Piece(" There was nothing to compare it with: this is one model's answer, unchecked.")


def _uncompared(run: RunState) -> Iterator[Piece]:
    yield Piece("No comparison.", is_strong=True)
    count = words.number_words(len(run.usable)).capitalize()
    yield Piece(f" {count} answers stand below; the judge's comparison could not be had.")


def _compared(run: RunState) -> Verdict:
    """As much as fits: what must be said first, then who is missing, then the rest in order."""
    rows = standing.rows(run)
    open_rows = [row for row in rows if row.is_open]
    absent = tuple(_absent(run))
    for most, with_sides in _DEPTHS:
        said = _open(open_rows, most, with_sides)
        if said.words + len(_text(absent).split()) <= MOST_WORDS:
            break
    for more in (_settled(rows), _agreements(run), _disputed(rows), _unverified(run), absent):
        longer = Verdict(said.lead, said.named, (*said.rest, *more))
        kept = 0 if more is absent else len(_text(absent).split())
        if longer.words + kept <= MOST_WORDS:
            said = longer
    return said


def _open(rows: list[Row], most: int, with_sides: bool) -> Verdict:
    if not rows:
        return Verdict((Piece("No open contradiction.", is_strong=True),))
    grave = [row for row in rows if row.is_hot]
    others = len(rows) - len(grave)
    if len(grave) > 1:
        lead = f"{words.number_words(len(grave)).capitalize()} open contradictions, high stakes:"
        named = tuple((*_named(row, most), *_sides(row, with_sides)) for row in grave)
        return Verdict((Piece(lead),), named, _others(others))
    first = rows[0]
    lead = f"One open contradiction{', high stakes' if grave else ''}: "
    if not grave and others > 1:
        lead = f"{words.number_words(others).capitalize()} open contradictions. The first: "
    said = (Piece(lead), *_named(first, most), *_sides(first, with_sides))
    return Verdict(said, rest=_others(others) if grave else ())


def _others(count: int) -> Pieces:
    if not count:
        return ()
    return (Piece(f" {words.number_words(count).capitalize()} more of lower stakes."),)


def _named(row: Row, most: int) -> Pieces:
    name = name_of(row.finding, most)
    dot = "" if name.endswith(("…", "?", "!")) else "."
    return (Piece(name + dot, is_strong=True, finding=row.finding.id),)


def name_of(finding: Finding, most: int) -> str:
    """The claim if it has at most so many words, else the topic, else as many as fit of one."""
    chars = most * _CHARS_PER_WORD
    offered = [text.rstrip(" .") for text in (finding.claim, finding.topic) if text]
    for text in offered:
        if len(text.split()) <= most and len(text) <= chars:
            return text
    cut = " ".join(offered[-1].split()[:most])
    shown = cut if len(cut) <= chars else cut[:chars]
    return shown.rstrip(" ,;:–—-") + "…"


def _sides(row: Row, are_told: bool) -> Iterator[Piece]:
    sides = row.sides if are_told else []
    for index, side in enumerate(sides):
        yield Piece("; " if index else " ")
        yield from _letters(side.seats)
        yield Piece(f" {_says(side)}")
    if sides:
        yield Piece(".")


def _says(side: Side) -> str:
    return f"{'says' if len(side.seats) == 1 else 'say'} {side.says}"


def _letters(seats: Iterable[str]) -> Iterator[Piece]:
    for index, seat in enumerate(seats):
        if index:
            yield Piece(" ")
        yield Piece(seat, is_letter=True)


def _settled(rows: list[Row]) -> Pieces:
    """What was settled is told with its sides: the majority may have been wrong."""
    settled = [row for row in rows if row.is_contested and not row.is_open]
    if not settled:
        return ()
    count = words.number_words(len(settled)).capitalize()
    lead = f" {count} settled: " if len(settled) == 1 else f" {count} settled, the gravest: "
    return (Piece(lead), *_named(settled[0], 10), *_sides(settled[0], True))


def _agreements(run: RunState) -> Pieces:
    points = standing.agreed(run)
    if not points:
        return (Piece(" No point of agreement is backed by verified quotes."),)
    noun = "point" if len(points) == 1 else "points"
    said = f" They agree on {words.number_words(len(points))} {noun}"
    widest = max(points, key=lambda letters: len(voices.voices(run, letters)))
    about = voices.about(run, widest)
    return (Piece(f"{said}, {about}." if about else f"{said}."),)


def _disputed(rows: list[Row]) -> Pieces:
    count = sum(row.is_disputed for row in rows)
    if not count:
        return ()
    number = words.number_words(count).capitalize()
    called = "point is called a contradiction" if count == 1 else "points are called contradictions"
    return (Piece(f" {number} {called}, but nobody is shown to contradict."),)


def _unverified(run: RunState) -> Pieces:
    count = run.unverified_quotes
    if not count:
        return ()
    noun = "quote" if count == 1 else "quotes"
    return (Piece(f" {words.number_words(count).capitalize()} {noun} could not be verified."),)


def _absent(run: RunState) -> Iterator[Piece]:
    absent = [part for part in run.seats.values() if part.is_final and not part.is_usable]
    if not absent:
        return
    yield Piece(f" {len(run.usable)} of {len(run.seats)} answered: ")
    by_end = groupby(sorted(absent, key=_absence), key=_absence)
    for index, (how, parts) in enumerate(by_end):
        yield Piece(", " if index else "")
        yield from _letters(part.seat for part in parts)
        yield Piece(f" {how}")
    yield Piece(".")


def _absence(part: Part) -> str:
    return {"failed": "failed", "refused": "refused", "filtered": "was withheld"}.get(
        part.state, "gave no answer"
    )


def _text(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
