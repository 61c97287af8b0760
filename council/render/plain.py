"""One block of Markdown as the words a reader sees, with where they stand."""

import re
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple

from markdown_it.token import Token

from council.core import provenance
from council.render import lines, markup, parse
from council.render.marks import Mark, Output, Place
from council.render.safe import visible

_WITHIN = re.compile(r"</?(?:a|code|em|mark|s|span|strong)\b")
_APART = re.compile(r"<(?:li|td|th)\b")
_TAG = re.compile("<[^>]*>")
_BARE = re.compile(r"(?:[^\W\d_][^\\`*_\[\]|#>~$<&!\n]*+(?:\n|\Z))*+")
"""Lines in which Markdown changes nothing: they begin with a letter and hold none of its signs."""
_SAID = {"settled": "(settled)", "open": "(left open)"}


Stretch = tuple[int, int]
"""Characters from and to."""


class Plain(NamedTuple):
    """What a reader sees. ``stretches`` are where those asked for stand in it: one of which nothing
    is seen, as an address behind a link, is left out."""

    text: str
    stretches: list[Stretch]


def plain(block_source: str, stretches: Sequence[Stretch] = (), *, has_signs: bool) -> Plain:
    """The words of a block, without Markdown's marks, addresses of links and names of languages.

    Paragraphs follow each other after a space, list items and cells of a table after `` · ``.
    Formulas are TeX without its dollars. With ``has_signs``, as in a synthesis, a finding's sign
    is said in words. ``stretches`` are of the block's source. Takes less time than `markup.html`.
    Raises nothing for any text.
    """
    source = block_source.translate(lines.LITERAL)
    if _BARE.fullmatch(source) and visible(source) == source:
        held = ((max(low, 0), min(high, len(source))) for low, high in stretches)
        return Plain(source, sorted(one for one in held if one[0] < one[1]))
    words = _Words(len(source), stretches)
    try:
        tokens = parse.tokens(source)
    except parse.TooDeepError:
        words.text(source, lambda offset: offset, 0)
    else:
        _Writer(source, words, has_signs=has_signs).write(tokens)
    return words.plain()


class _Words(Output):
    """Takes what would become HTML, and keeps the words."""

    def __init__(self, length: int, stretches: Sequence[Stretch]) -> None:
        super().__init__(length, 0, [Mark(low, high, "") for low, high in stretches])
        self._length = 0
        self._seen: dict[int, Stretch] = {}

    def plain(self) -> Plain:
        return Plain("".join(self.parts), sorted(self._seen.values()))

    def tag(self, html: str) -> None:
        if not _WITHIN.match(html) and self.parts:
            self._add(" · " if _APART.match(html) else " ")

    def text(self, text: str, place: Place, at: int) -> None:
        if visible(text) != text:
            for number, char in enumerate(text, at):
                if kept := visible(char):
                    self._see(place(number), 0, 1)
                    self._add(kept)
            return
        if text and self._is_near(place(at), place(at + len(text) - 1)):
            for number in range(len(text)):
                self._see(place(at + number), number, number + 1)
        self._add(text)

    def whole(self, html: str, place: Place, at: int, end: int) -> None:
        text = unescape(_TAG.sub("", html))
        for number in range(at, end):
            self._see(place(number), 0, len(text))
        self._add(text)

    def _is_near(self, first: int, last: int) -> bool:
        return any(self._covers[max(first, 0) : last + 1])

    def _see(self, place: int, begin: int, end: int) -> None:
        """Note that the text to be added from ``begin`` to ``end`` stands there in the source."""
        for number in self._at(place):
            first, last = self._seen.get(number, (self._length + begin, 0))
            self._seen[number] = (first, max(last, self._length + end))

    def _add(self, text: str) -> None:
        self.parts.append(text)
        self._length += len(text)


class _Writer(markup.Writer):
    """Writes a block's tokens without what only HTML shows."""

    def __init__(self, source: str, out: _Words, *, has_signs: bool) -> None:
        super().__init__(source, out, None, has_formulas=False)
        self._has_signs = has_signs

    def _code(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        place = self._lines(token.content, first + (token.type == "fence"), last)
        self._out.tag("<pre>")
        self._out.text(token.content, place, 0)
        self._out.tag("</pre>")

    def _math(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        place = self._lines(token.content, first, last)
        begin = len(token.content) - len(token.content.lstrip()) + 2
        end = len(token.content.rstrip(" \t\n.,;:")) - 2
        self._out.tag("<div>")
        self._out.text(token.content[begin:end], place, begin)
        self._out.tag("</div>")

    def _formula(self, token: Token, place: Place, at: int) -> None:
        self._out.text(token.info, place, at + max(token.content.find(token.info), 0))

    def _image(self, token: Token, place: Place, at: int) -> None:
        self._out.text(token.content, place, at + len("!["))

    def _open_link(self, token: Token, after: object) -> None:
        self._links.append("")

    def _words(self, text: str, place: Place, at: int) -> None:
        begin = 0
        for sign in provenance.SIGN.finditer(text) if self._has_signs else ():
            said = _SAID.get((sign["state"] or "").lower(), "")
            before = text[begin : sign.start()]
            self._out.text(before if said else before.rstrip(" \t"), place, at + begin)
            begin = sign.end()
            if said:
                self._out.whole(said, place, at + sign.start(), at + begin)
        self._out.text(text[begin:], place, at + begin)
