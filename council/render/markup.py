"""One block of Markdown as safe HTML, with the marked words marked."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import takewhile
from urllib.parse import urlsplit

from markdown_it.token import Token

from council.render import chips, code, formulas, lines, parse
from council.render.marks import Cites, Mark, Output, Place
from council.render.places import Source
from council.render.safe import LINK_REL, clean, shown

MAX_INLINE_DEPTH = 20
MAX_FORMULAS_AT = 60_000
"""Formulas that begin further on in an answer, in code points, stand as they were written: they
cost a hundred times what words do, and a page of eight long answers must not take half a minute."""
_LONG = 60
"""A formula with more signs may have to scroll, and then the keyboard must reach it."""

_SCHEME = re.compile(r"(?:https?://|mailto:)")
_LIST_OPENS = {"bullet_list_open", "ordered_list_open"}
_INLINE_TAGS = {"em", "strong", "s"}
# An answer stands under an h3, and models begin with "#", "##" or "###" alike: all become the
# next level, because no heading may skip one (WCAG 1.3.1) and a block cannot see its neighbours.
_HEADINGS = {"h1": "h4", "h2": "h4", "h3": "h4", "h4": "h5", "h5": "h5", "h6": "h5"}


def html(
    block_source: str, start: int, marks: Sequence[Mark] = (), cites: Cites | None = None
) -> str:
    """One block of an answer as safe HTML.

    ``start`` is the block's place in the answer, in code points; ``marks`` are addressed in
    the answer as well. With ``cites``, ``[A]`` and ``[A, C]`` become links to these members'
    words, and a finding's sign (``[f2 settled]``) a link to its row. A block that begins as a
    list item is exactly one list element.
    Raises nothing for any text.
    """
    return clean(_written(block_source, start, marks, cites).close())


def seen(block_source: str, stretches: Sequence[tuple[int, int]]) -> list[bool]:
    """For each stretch of a block whether a reader sees anything of it.

    Asked of the renderer itself, because only it knows: a list's number or a link's address
    are words in the source and none on the page.
    """
    return _written(block_source, 0, (), Cites(own=stretches)).opened_own


def _written(block_source: str, start: int, marks: Sequence[Mark], cites: Cites | None) -> Output:
    source = block_source.translate(lines.LITERAL)
    out = Output(len(source), start, marks, cites or Cites())
    try:
        tokens = parse.tokens(source)
    except parse.TooDeepError:
        _literal(source, out)
    else:
        Writer(source, out, cites, start < MAX_FORMULAS_AT).write(_one_list(tokens))
    return out


STRETCH = 24
"""Blocks of an answer that a browser lays out, or leaves out, as one (static/js/run/bodies.js)."""


def page(rendered: Iterable[tuple[str, bool]], stretch: int = 0) -> str:
    """Blocks, as (html, joins), put together: a list item that joins moves into the list before.

    Just what a browser holds after appending the item to the last list element. With ``stretch``,
    every so many blocks are held by an element of their own; a list is never cut in two.
    """
    whole: list[str] = []
    held = 0
    for block, joins in rendered:
        if joins and whole:
            close = whole.pop()
            whole += [block[block.index(">") + 1 : -len(close)], close]
        else:
            if stretch and (held >= stretch or not whole):
                whole += ["</div>" if whole else "", '<div class="stretch">']
                held = 0
            end = block.rfind("</") if block.endswith(("</ul>", "</ol>")) else len(block)
            whole += [block[:end], block[end:]]
        held += 1
    return "".join(whole) + ("</div>" if stretch and whole else "")


def _literal(source: str, out: Output) -> None:
    """Write the text as it was written, in a list where the block is a list item."""
    item = lines.marker(lines.read(source.partition("\n")[0]))
    name = "" if item is None else "ul" if item.number is None else "ol"
    out.tag((f'<{name} dir="auto"><li>' if name else "") + '<pre class="plain" dir="auto">')
    out.text(source, _same, 0)
    out.tag("</pre>" + (f"</li></{name}>" if name else ""))


def _same(offset: int) -> int:
    return offset


def _one_list(tokens: list[Token]) -> list[Token]:
    """Keep what follows a list within its last item, so that the next item can join."""
    if not tokens or tokens[0].type not in _LIST_OPENS:
        return tokens
    close = next(i for i, token in enumerate(tokens) if i and token.level == 0)
    ends = tokens[close - 1 : close + 1]
    return tokens[: close - 1] + tokens[close + 1 :] + ends


class Writer:
    """Writes the tokens of one block."""

    def __init__(self, source: str, out: Output, cites: Cites | None, has_formulas: bool) -> None:
        self._source = Source(source)
        self._out = out
        self._cites = cites
        self._has_formulas = has_formulas
        self._holder = ""
        self._cells: Iterator[Sequence[int]] = iter(())
        self._depth = 0
        self._links: list[str] = []

    def write(self, tokens: Iterable[Token]) -> None:
        """Write block tokens."""
        tokens = list(tokens)
        for token, following in zip(tokens, [*tokens[1:], None], strict=True):
            if self._is_minority(token, following):
                self._out.tag(f'<{_HEADINGS[token.tag]} class="minority" dir="auto">')
            elif token.type == "inline":
                self._inline(token)
            elif token.type in ("fence", "code_block"):
                self._code(token)
            elif token.type == "math":
                self._math(token)
            elif not token.hidden:
                self._structure(token)

    def _is_minority(self, token: Token, following: Token | None) -> bool:
        """True for the heading of a synthesis's own minority report, which is set apart."""
        if self._cites is None or token.type != "heading_open" or following is None:
            return False
        self._holder = _holder(token)
        return following.content.strip(" *:").casefold() == "minority report"

    def _structure(self, token: Token) -> None:
        """Open or close an element that holds others, or a thematic break."""
        tag = _HEADINGS.get(token.tag, token.tag)
        self._holder = _holder(token)
        if token.type == "tr_open" and self._out.has_marks and token.map:
            self._cells = iter(self._source.places_of_cells(token.map[0]))
        if token.nesting < 0:
            self._out.tag(f"</{tag}>" + ("</div>" if tag == "table" else ""))
            return
        direction = ' dir="auto"' if token.level == 0 else ""
        if tag == "table":
            region = 'tabindex="0" role="group" aria-label="Table"'
            self._out.tag(f'<div class="table"{direction} {region}><table>')
        elif tag == "hr":
            self._out.tag("<hr>")
        elif tag in ("td", "th"):
            side = str(token.attrGet("style") or "").rpartition(":")[2]
            self._out.tag(f'<{tag} class="{side}">' if side in ("center", "right") else f"<{tag}>")
        else:
            number = token.attrGet("start")
            self._out.tag(f"<{tag}{direction}" + (f' start="{number}">' if number else ">"))

    def _code(self, token: Token) -> None:
        first, last = token.map or (0, 0)
        if token.type == "fence":
            first += 1
        code.write(self._out, token.content, token.info, self._lines(token.content, first, last))

    def _math(self, token: Token) -> None:
        """A formula on lines of its own; what stands behind its end is a full stop or a comma."""
        first, last = token.map or (0, 0)
        place = self._lines(token.content, first, last)
        begin = len(token.content) - len(token.content.lstrip())
        end = len(token.content.rstrip(" \t\n.,;:"))
        tex = token.content[begin + 2 : end - 2]
        region = ' tabindex="0" role="group" aria-label="Formula"' if len(tex) > _LONG else ""
        self._out.tag(f'<div class="math" dir="ltr"{region}>')
        if self._has_formulas and (shown := formulas.mathml(tex, display=True)):
            self._out.whole(shown, place, begin, end)
            self._out.text(token.content[end:].rstrip(), place, end)
        else:
            self._out.text(token.content, place, 0)
        self._out.tag("</div>")

    def _place(self, token: Token) -> Place:
        """Where the content of an inline token stands in the source."""
        first, last = token.map or (0, 0)
        if not self._out.has_marks:
            return _same
        if self._holder == "cell":
            cell = next(self._cells, ())
            return cell.__getitem__ if len(cell) == len(token.content) else _nowhere
        if self._holder == "heading":
            return self._source.place_of_heading(token.content, first)
        return self._lines(token.content, first, last)

    def _lines(self, content: str, first: int, last: int) -> Place:
        if not self._out.has_marks:
            return _same
        return self._source.place_of_lines(content, first, last)

    def _inline(self, token: Token) -> None:
        place = self._place(token)
        children = token.children or []
        for number, child in enumerate(children):
            at = child.meta.get("at", 0)
            if child.type == "text" or child.content == child.markup != "":
                self._words(child.content, place, at)
            elif child.type == "text_special":
                self._out.whole(shown(child.content), place, at, at + len(child.markup))
            elif child.type == "softbreak":
                self._out.text("\n", place, at)
            elif child.type == "hardbreak":
                self._out.tag("<br>")
            elif child.type == "code_inline":
                self._code_span(child, token.content, place, at)
            elif child.type == "formula":
                self._formula(child, place, at)
            elif child.type == "image":
                self._image(child, place, at)
            elif child.type == "link_open":
                self._open_link(child, children[number + 1 :])
            elif child.type == "link_close":
                self._out.tag("</a>" + self._links.pop())
            else:
                self._emphasis(child)

    def _words(self, text: str, place: Place, at: int) -> None:
        """Plain text, in which citations become links."""
        begin = 0
        if self._cites and not self._links:
            for match in chips.ANY.finditer(text):
                cited = match["cited"]
                if cited and not set(chips.LETTER.findall(cited)) <= set(self._cites.letters):
                    continue
                self._out.text(text[begin : match.start()], place, at + begin)
                begin = match.end()
                links = self._chips(match, place, at) if cited else chips.sign(match)
                self._out.whole(links, place, at + match.start(), at + begin)
        self._out.text(text[begin:], place, at + begin)

    def _chips(self, match: re.Match[str], place: Place, at: int) -> str:
        """A link for every letter: to its quoted words where they are known, else to its column."""
        assert self._cites
        links = []
        for letter in chips.LETTER.finditer(match.string, match.start(), match.end()):
            rests_on = self._cites.rests.get(place(at + letter.start()), "")
            links.append(chips.chip(letter[0], rests_on))
        return "".join(links)

    def _code_span(self, token: Token, content: str, place: Place, at: int) -> None:
        begin = at + len(token.markup)
        if content[begin + len(token.content)] != "`":
            begin += 1  # one space was cut from each side
        self._out.tag("<code>")
        self._out.text(token.content, place, begin)
        self._out.tag("</code>")

    def _formula(self, token: Token, place: Place, at: int) -> None:
        is_display = token.markup == "$$"
        if self._has_formulas and (shown := formulas.inline(token.info, display=is_display)):
            self._out.whole(shown, place, at, at + len(token.content))
        else:
            self._out.text(token.content, place, at)

    def _image(self, token: Token, place: Place, at: int) -> None:
        self._out.tag('<span class="no-image">[image: ')
        self._out.text(token.content, place, at + len("!["))
        self._out.tag("]</span>")

    def _open_link(self, token: Token, after: Sequence[Token]) -> None:
        href = str(token.attrGet("href"))
        text = "".join(t.content for t in takewhile(lambda t: t.type != "link_close", after))
        host = _host(href)
        is_told = _shows(text, host)
        self._links.append("" if is_told else f' <span class="host">({shown(host)})</span>')
        self._out.tag(f'<a href="{escape(href)}" rel="{LINK_REL}" target="_blank">')

    def _emphasis(self, token: Token) -> None:
        """Open or close em, strong or s; too deep it would only slow the browser down."""
        self._depth += token.nesting
        depth = self._depth + (token.nesting < 0)
        if depth <= MAX_INLINE_DEPTH and token.tag in _INLINE_TAGS:
            self._out.tag(f"<{token.tag}>" if token.nesting > 0 else f"</{token.tag}>")


def _holder(token: Token) -> str:
    """What kind of element the next inline content stands in, as far as its place depends on it."""
    if token.type in ("td_open", "th_open"):
        return "cell"
    return "heading" if token.type == "heading_open" and token.markup.startswith("#") else ""


def _nowhere(_offset: int) -> int:
    return -1


def _host(href: str) -> str:
    """What a link leads to, as a reader should see it."""
    try:
        parts = urlsplit(href)
    except ValueError:  # brackets around what is no address
        return href
    return parts.path if parts.scheme == "mailto" else parts.hostname or href


def _shows(text: str, host: str) -> bool:
    """Whether a link's own text is an address at ``host``."""
    address = _SCHEME.sub("", text.strip().casefold())
    rest = address.removeprefix("www.").removeprefix(host.casefold().removeprefix("www."))
    return rest != address and (not rest or rest[0] in "/?#:")
