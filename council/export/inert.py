"""Somebody's Markdown as a block quote in ours, so that it reads well elsewhere and does nothing.

What becomes of it depends on who reads it: with raw HTML, pictures, footnotes and formulas or
without. So no sign is trusted to be escaped already, by a backslash that may itself be escaped or
the end of a link: what could begin a tag is written as an entity, and what else could begin
something alive gets a backslash behind it, where nothing before it can take that back.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark").enable(["table"])
_PARSER.disable(["html_block", "reference", "inline"])
"""What readers of Markdown agree on; what our pages read besides might hide a fence from others."""
_WEB = r"\((?!\s*(?:https?://|mailto:))"
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ALIVE = re.compile(rf"{_TAG.pattern}|!(?=\[)|\[(?=\^)|\](?=:|{_WEB})")
_ALIVE_IN_SPAN = re.compile(rf"{_TAG.pattern}|!(?=\[)|\](?={_WEB})")
_SPAN = re.compile(r"(`[^`]+`|\$(?! )[^$]+(?<! )\$)")
_HASHES = re.compile(r"#{1,6}")
_DEEPER = 2
"""Ours are of the first two levels: theirs begin below."""


def quoted(text: str) -> str:
    """The text as a block quote: headings below ours; no HTML, picture, footnote or definition, and
    no link but to the web or a mailbox. Code stays as it was written."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tokens = _PARSER.parse("\n".join(lines))
    fences = [token.map for token in tokens if token.type == "fence" and token.map]
    code = {line for start, end in fences for line in range(start, end)}
    is_sure = _is_even("\n".join("" if n in code else line for n, line in enumerate(lines)))
    inert: list[str | None] = [
        _inert(line) if n not in code else line if is_sure else _TAG.sub("< ", line)
        for n, line in enumerate(lines)
    ]
    for token in tokens:
        if token.type == "heading_open":
            _lower(inert, token)
    return "\n".join(f"> {line}".rstrip() for line in inert if line is not None)


def _is_even(words: str) -> bool:
    """False where a formula may reach from the words into the code between them, and turn inside
    out, for whoever reads formulas, what is code and what is not."""
    return all(
        part.count("$$") % 2 == 0 and part.count(r"\[") == part.count(r"\]")
        for part in words.split("\n\n")
    )


def _inert(line: str) -> str:
    """One line outside of code. What looks like code or a formula within it gets a space rather
    than a backslash that would be seen."""
    return "".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    for place, piece in enumerate(_SPAN.split(line)):
        if place % 2:
            yield _ALIVE_IN_SPAN.sub(r"\g<0> ", piece)
        else:
            yield _ALIVE.sub(_dead, piece)


def _dead(found: re.Match[str]) -> str:
    return "&lt;" if found[0] == "<" else found[0] + "\\"


def _lower(lines: list[str | None], heading: Token) -> None:
    """Put a heading below ours; one that is underlined gets signs before it if it is one line."""
    assert heading.map
    first, end = heading.map
    line = lines[first]
    if line is None:
        return
    level = min(6, int(heading.tag[1]) + _DEEPER)
    if heading.markup.startswith("#"):
        lines[first] = _HASHES.sub("#" * level, line, count=1)
    elif heading.level == 0 and end - first == 2:
        lines[first], lines[end - 1] = f"{'#' * level} {line.strip()}", None
