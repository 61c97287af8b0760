"""Cuts Markdown that is still being written into blocks that later text can never change.

A line scanner, not a parser: it decides from complete lines only, each seen once, so what it
has closed stays closed and the cost is linear in the text however it is fed. Where it is
unsure it keeps lines together, because a block may hold more than one element; Markdown
proper is read block by block in `council.render.markup`.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from council.render import lines
from council.render.lines import Fence, Line, Marker
from council.render.markup import html

Kind = Literal["", "indented", "fence", "math", "paragraph", "table", "quote", "item"]


@dataclass(frozen=True)
class Block:
    """A closed stretch of an answer, from ``start`` to ``end`` in Unicode code points.

    ``joins`` says that it is a list item which carries on the list of the block before.
    """

    start: int
    end: int
    joins: bool
    source: str = field(repr=False)

    @cached_property
    def html(self) -> str:
        """The block as safe HTML without marks, rendered when first asked for."""
        return html(self.source, self.start)


@dataclass(frozen=True)
class Blocks:
    """A text as far as it stands: closed blocks, and the rest that may still change."""

    closed: list[Block]
    tail: str


def blocks(text: str, final: bool) -> Blocks:
    """Split ``text``; with ``final`` nothing more will come and the tail is closed too.

    For every prefix of a text, the prefix's closed blocks are the first of the text's.
    """
    stream = Stream()
    closed = stream.feed(text)
    if final:
        closed += stream.finish()
    return Blocks(closed, stream.tail)


class Stream:
    """The splitter, fed as the text arrives. Its result does not depend on how it is cut up."""

    def __init__(self) -> None:
        self._partial: list[str] = []
        self._offset = 0
        self._kind: Kind = ""
        self._start = 0
        self._lines: list[str] = []
        self._kept = 0
        self._is_complete = False
        self._list: str | None = None
        self._joins = False
        self._begins: Marker | None = None
        self._fence: Fence | None = None
        self._closer = ""
        self._may_lag = False
        self._previous = Line(0, "")

    @property
    def tail(self) -> str:
        """The text after the last closed block, without blank lines before it.

        Joined on each call: ask once per frame, not once per token.
        """
        partial = "".join(self._partial)
        return "\n".join([*self._lines, partial]) if self._kind else partial

    @property
    def tail_start(self) -> int:
        """Where the tail starts, in code points."""
        return self._start if self._kind else self._offset

    def feed(self, text: str) -> list[Block]:
        """Take more text; returns the blocks it closed."""
        closed: list[Block] = []
        first, *rest = text.split("\n")
        self._partial.append(first)
        for piece in rest:
            raw = "".join(self._partial)
            self._partial = [piece]
            self._take(raw, closed)
        return closed

    def finish(self) -> list[Block]:
        """Close what is left; the stream is then at its end and takes no more text."""
        closed: list[Block] = []
        raw = "".join(self._partial)
        self._partial = []
        self._take(raw, closed)
        self._close(closed)
        self._offset -= 1  # the last line has no line feed
        return closed

    def _take(self, raw: str, closed: list[Block]) -> None:
        line = lines.read(raw)
        if self._kind and not self._holds(line):
            self._close(closed)
        if not self._kind and not line.is_blank:
            self._begin(line)
        if self._kind:
            self._lines.append(raw)
            if not line.is_blank:
                self._kept = len(self._lines)
        self._offset += len(raw) + 1
        self._previous = line
        if self._is_complete:
            self._close(closed)

    def _close(self, closed: list[Block]) -> None:
        if not self._kind:
            return
        source = "\n".join(self._lines[: self._kept])
        closed.append(Block(self._start, self._start + len(source), self._joins, source))
        self._list = self._begins.sign if self._begins else None
        self._kind = ""
        self._lines = []
        self._is_complete = False
        self._begins = None

    def _begin(self, line: Line) -> None:
        """Open the block that ``line`` starts."""
        self._start = self._offset
        self._fence = lines.fence(line)
        self._begins = lines.marker(line)
        self._joins = self._begins is not None and self._begins.sign == self._list
        self._kind = self._kind_of(line)
        if self._kind == "item":
            self._read_item(line)

    def _kind_of(self, line: Line) -> Kind:
        if line.indent >= 4:
            return "indented"
        if self._fence:
            return "fence"
        if self._begins:
            return "item"
        if lines.is_quote(line):
            return "quote"
        if lines.is_rule(line) or lines.is_heading(line):
            self._is_complete = True
            return "paragraph"
        closer = lines.math_closer(line.body)
        if closer and lines.closes_math(line.body[2:], closer):
            self._is_complete = True
        elif closer and closer not in line.body[2:]:
            self._closer = closer
            return "math"
        return "paragraph"

    def _holds(self, line: Line) -> bool:
        """Whether ``line`` belongs to the open block."""
        if self._kind == "fence":
            self._is_complete = self._fence is not None and lines.closes(line, self._fence)
            return True
        if self._kind == "indented":
            return line.is_blank or line.indent >= 4
        if self._kind == "item":
            return self._item_holds(line)
        if line.is_blank:
            return False
        if self._kind == "math":
            self._is_complete = lines.closes_math(line.body, self._closer)
            return not (lines.fence(line) or lines.is_heading(line))
        if self._kind == "quote":
            if lines.is_quote(line):
                return True
            return not _interrupts(line) and bool(self._previous.body.strip("> \t"))
        return self._paragraph_holds(line)

    def _paragraph_holds(self, line: Line) -> bool:
        if self._kind == "paragraph":
            if lines.is_delimiters(line) and "|" in self._previous.body:
                self._kind = "table"
                return True
            if lines.is_underline(line):
                self._is_complete = True
                return True
        item = lines.marker(line)
        if item and self._kind == "paragraph":
            return item.is_empty or item.number not in (None, 1)
        return not _interrupts(line)

    def _item_holds(self, line: Line) -> bool:
        item = self._begins
        assert item is not None
        if line.is_blank:
            self._may_lag = False
            return not (item.is_empty and len(self._lines) == 1)
        if line.indent < item.offset and (not self._may_lag or _interrupts(line)):
            return False
        self._read_item(line)
        return True

    def _read_item(self, line: Line) -> None:
        """Note whether the item's paragraph may go on in a line that is not indented."""
        inner = lines.innermost(line)
        if self._fence:
            if lines.closes(inner, self._fence):
                self._fence = None
            self._may_lag = False
            return
        self._fence = lines.fence(inner)
        stands_alone = self._fence or lines.is_heading(inner) or lines.is_rule(inner)
        self._may_lag = not (stands_alone or inner.is_blank or inner.body.startswith("|"))


def _interrupts(line: Line) -> bool:
    """Whether ``line`` starts a block of its own wherever it stands."""
    if line.indent >= 4:
        return False
    return bool(
        lines.fence(line)
        or lines.is_heading(line)
        or lines.is_rule(line)
        or lines.is_quote(line)
        or lines.marker(line)
        or lines.math_closer(line.body)
    )
