"""What one line of Markdown may begin, end or interrupt, seen on its own.

The scanner (`council.render.blocks`) decides with these and nothing else, so that it can
cut a text that is still being written. They follow CommonMark's rules for block starts.
"""

import re
from typing import NamedTuple

_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_MARKER = re.compile(r"(?:([-+*])|(\d{1,9})([.)]))(?:([ \t]+)|$)")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*$")
_DELIMITERS = re.compile(r"[-:|][-:| \t]*$")
_NESTING = re.compile(r"(?:[ \t]*(?:(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)|>))*[ \t]*")
_MATH = re.compile(r"(?:\$\$(?!\$)|\\\[)")
_MATH_CLOSERS = {"$$": "$$", "\\[": "\\]"}

LITERAL = {0: "\ufffd", 0x0D: " "} | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""For `str.translate`: what no HTML can hold. One character for one, so that offsets stay."""


class Marker(NamedTuple):
    """The start of a list item: ``sign`` tells lists apart, ``offset`` is the content's column."""

    sign: str
    number: int | None
    offset: int
    is_empty: bool


class Fence(NamedTuple):
    """The opening of a code fence."""

    sign: str
    length: int


class Line(NamedTuple):
    """A line without its line feed: its indentation in columns, and what follows it."""

    indent: int
    body: str

    @property
    def is_blank(self) -> bool:
        """Nothing but spaces and tabs."""
        return not self.body


def read(raw: str) -> Line:
    """The line as the scanner sees it."""
    line = raw.translate(LITERAL)
    body = line.lstrip(" \t")
    lead = line[: len(line) - len(body)]
    return Line(len(lead.expandtabs(4)), body)


def fence(line: Line) -> Fence | None:
    """The code fence this line opens, if it does."""
    match = _FENCE.match(line.body) if line.indent < 4 else None
    if match is None:
        return None
    run = match[1] or match[2]
    return Fence(run[0], len(run))


def closes(line: Line, opened: Fence) -> bool:
    """Whether the line is the closing fence of ``opened``."""
    run = line.body.rstrip(" \t")
    return line.indent < 4 and len(run) >= opened.length and not run.strip(opened.sign)


def is_heading(line: Line) -> bool:
    """``# Heading``."""
    return line.indent < 4 and _HEADING.match(line.body) is not None


def is_rule(line: Line) -> bool:
    """A thematic break: ``---``, ``* * *``."""
    return line.indent < 4 and _RULE.match(line.body) is not None


def is_underline(line: Line) -> bool:
    """The line under a paragraph that makes a heading of it."""
    return line.indent < 4 and _UNDERLINE.match(line.body) is not None


def is_quote(line: Line) -> bool:
    """``> quoted``."""
    return line.indent < 4 and line.body.startswith(">")


def is_delimiters(line: Line) -> bool:
    """The row under a table's head."""
    return line.indent < 4 and _DELIMITERS.match(line.body) is not None


def marker(line: Line) -> Marker | None:
    """The list item this line begins, if it does. A thematic break is not an item."""
    match = _MARKER.match(line.body) if line.indent < 4 else None
    if match is None or is_rule(line):
        return None
    sign = match[1] or match[3]
    number = int(match[2]) if match[2] else None
    width = line.indent + len(match[0]) - len(match[4] or "")
    space = len((" " * width + (match[4] or "")).expandtabs(4)) - width
    is_empty = match.end() == len(line.body)
    return Marker(sign, number, width + (space if space <= 4 and not is_empty else 1), is_empty)


def math_closer(body: str) -> str | None:
    r"""What will close the display math that ``body`` opens with ``$$`` or ``\[``, if it does."""
    match = _MATH.match(body)
    return _MATH_CLOSERS[match[0]] if match else None


def closes_math(body: str, closer: str) -> bool:
    """Whether display math ends with this line; a full stop or comma may follow."""
    return body.rstrip(" \t.,;:").endswith(closer)


def words_at(text: str) -> int:
    """Where the list markers and quote signs at the head of a line end."""
    match = _NESTING.match(text)
    return match.end() if match else 0


def innermost(line: Line) -> Line:
    """The line without the list markers and quote signs before its words."""
    return Line(0, line.body[words_at(line.body) :])
