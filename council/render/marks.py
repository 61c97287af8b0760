"""HTML under construction, in which stretches of the source are marked by position."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from council.render.safe import shown

Place = Callable[[int], int]
"""From an offset in some rendered text to the offset in the block's source."""


OWN_WORDS = '<span class="vh">The writer’s own: </span>'
"""What a screen reader says where a sentence begins that rests on no member."""
_OWN = ""


@dataclass(frozen=True)
class Mark:
    """Words of an answer that a finding rests on.

    ``start`` and ``end`` are Unicode code points in the answer's source; ``name`` is the
    finding and the seat, ``f1-A``.
    """

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Cites:
    """What a synthesis's block may cite, and what it rests on, by position in the block.

    ``letters`` are the council's. ``own`` are the stretches that are the writer's own.
    ``rests`` says for a citation's letter, by its place, on which finding the sentence rests.
    """

    letters: str = ""
    own: Sequence[tuple[int, int]] = ()
    rests: Mapping[int, str] = field(default_factory=dict)


_NO_CITES = Cites()


class Output:
    """Collects HTML; text goes in with its place in the source, and is marked there.

    A mark that crosses tags becomes several ``<mark>``; the first one in the answer carries
    the id. Where several marks begin at once, the others' ids sit on empty spans inside, and so
    does every mark's short name for links: ``f1.A``.
    The writer's own sentences are marked in the same way, as spans that say so once each.
    """

    def __init__(
        self, length: int, start: int, marks: Sequence[Mark], cites: Cites = _NO_CITES
    ) -> None:
        self.parts: list[str] = []
        own = [Mark(start + begin, start + end, _OWN) for begin, end in cites.own]
        self._marks = marks = [*marks, *own]
        self._covers = _covers(length, start, marks)
        self._rests = bool(cites.rests)
        # A mark that began in an earlier block had its id there.
        self._named = {number for number, mark in enumerate(marks) if mark.start < start}
        self._open: tuple[int, ...] = ()

    @property
    def has_marks(self) -> bool:
        """Whether places matter at all."""
        return bool(self._covers) or self._rests

    @property
    def opened_own(self) -> list[bool]:
        """For each of the writer's own stretches whether anything of it was written."""
        return [n in self._named for n, mark in enumerate(self._marks) if mark.name == _OWN]

    def tag(self, html: str) -> None:
        """Markup of our own, outside any mark."""
        self._cover(())
        self.parts.append(html)

    def text(self, text: str, place: Place, at: int) -> None:
        """Text that stands in the source character by character, from ``place(at)`` on."""
        if not self._covers:
            self.parts.append(shown(text))
            return
        named = ((self._at(place(at + i)), char) for i, char in enumerate(text))
        for names, run in groupby(named, key=lambda pair: pair[0]):
            self._cover(names)
            self.parts.append(shown("".join(char for _, char in run)))

    def whole(self, html: str, place: Place, at: int, end: int) -> None:
        """Inline HTML that stands for ``at`` to ``end`` and is marked whole or not at all."""
        if self._covers:
            places = range(place(at), place(end - 1) + 1)
            self._cover(tuple(sorted({name for i in places for name in self._at(i)})))
        self.parts.append(html)

    def close(self) -> str:
        """The HTML collected."""
        self._cover(())
        return "".join(self.parts)

    def _at(self, place: int) -> tuple[int, ...]:
        return self._covers[place] if 0 <= place < len(self._covers) else ()

    def _cover(self, names: tuple[int, ...]) -> None:
        if names == self._open:
            return
        if self._open:
            self.parts.append("</span>" if self._is_own(self._open) else "</mark>")
        if names:
            self.parts.append("".join(self._opening(names)))
        self._open = names

    def _is_own(self, names: tuple[int, ...]) -> bool:
        return self._marks[names[0]].name == _OWN

    def _opening(self, names: tuple[int, ...]) -> Iterator[str]:
        if self._is_own(names):
            yield '<span class="own">' + ("" if names[0] in self._named else OWN_WORDS)
            self._named.update(names)
            return
        findings = dict.fromkeys(self._marks[n].name.rpartition("-")[0] for n in names)
        new = [n for n in names if n not in self._named]
        ids = [f"q-{self._marks[n].name}" for n in new]
        self._named.update(names)
        first = f' id="{escape(ids[0])}"' if ids else ""
        yield f'<mark data-f="{escape(" ".join(findings))}"{first}>'
        short = [self._marks[n].name.replace("-", ".") for n in new]
        for more in [*ids[1:], *short]:
            yield f'<span id="{escape(more)}"></span>'


def _covers(length: int, start: int, marks: Sequence[Mark]) -> list[tuple[int, ...]]:
    """For each character of the block the numbers of the marks over it; empty without any."""
    stretches = [
        (number, max(mark.start - start, 0), min(mark.end - start, length))
        for number, mark in enumerate(marks)
    ]
    if not any(begin < end for _, begin, end in stretches):
        return []
    covers: list[tuple[int, ...]] = [()] * length
    for number, begin, end in stretches:
        for place in range(begin, end):
            covers[place] += (number,)
    return covers
