"""Markdown to tokens: markdown-it, with raw HTML and references off, and a place for every token.

Inline tokens carry ``meta["at"]``, the offset in their own content at which they were read;
`markup` turns that into a place in the source. Fragments are left unjoined for it.
Limits keep hostile text linear: past them text is shown as it was written, never dropped.
"""

import re
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import link as markdown_link
from markdown_it.token import Token
from markdown_it.utils import EnvType

from council.core import formulas
from council.render.lines import closes_math, math_closer

MAX_NESTING = 32
MAX_INLINE_CHARS = 20_000
MAX_FAILED_LINKS = 50
MAX_LABEL_CHARS = 2_000
MAX_MATH_LINES = 40

_LINK = re.compile(
    r"(?:https?://(?:[^\s/?#@\\:\[\]]+|\[[0-9a-f:.]+\])(?::\d*)?(?:[/?#]|$)|mailto:.)",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"!\[((?:[^\[\]\\]|\\.){0,2000})\]"
    r"\([ \t\n]*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)"
    r"""(?:[ \t\n]+(?:"[^"]{0,500}"|'[^']{0,500}'|\([^()]{0,500}\)))?[ \t\n]*\)"""
)


class TooDeepError(Exception):
    """The block nests further than any reader could follow; show it as it was written."""


class _State(StateInline):
    """Remembers where in the content each token was read."""

    failed_links = 0
    _pending_at: int | None = None

    def append_pending(self, text: str) -> None:
        if self._pending_at is None:
            self._pending_at = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:  # noqa: N802
        token = super().pushPending()
        token.meta["at"] = self._pending_at
        self._pending_at = None
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.meta["at"] = self.pos
        self._pending_at = None
        return token


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        if len(src) > MAX_INLINE_CHARS:
            tokens.append(Token("text", "", 0, content=src, meta={"at": 0}))
            return tokens
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for finish in self.ruler2.getRules(""):
            finish(state)
        return tokens


def is_link(url: str) -> bool:
    """Whether ``url`` may be a link: http, https or mailto, with no user name before its host."""
    return _LINK.match(url) is not None


def _link(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != "[" or not isinstance(state, _State):
        return False
    if state.failed_links >= MAX_FAILED_LINKS:
        return False
    if state.src.find("](", state.pos, state.pos + MAX_LABEL_CHARS) < 0:
        return False
    found = markdown_link(state, silent)
    if not found:
        state.failed_links += 1
    return found


def _image(state: StateInline, silent: bool) -> bool:
    match = _IMAGE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    if not silent:
        state.push("image", "", 0).content = match[1]
    state.pos = match.end()
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """A formula within a line; before escapes, because its signs may be escaped brackets."""
    if state.src[state.pos] not in "$\\":
        return False
    found = formulas.at(state.src, state.pos)
    if found is None or found.end() > state.posMax:
        return False
    if not silent:
        token = state.push("formula", "", 0)
        token.content, token.info = found[0], formulas.tex(found)
        token.markup = "$$" if formulas.is_display(found) else "$"
    state.pos = found.end()
    return True


def _math(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Display math on lines of its own, left as it was written."""
    if state.is_code_block(start):
        return False
    body = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    closer = math_closer(body)
    if closer is None:
        return False
    body = body[2:]
    last = start
    while not closes_math(body, closer):
        last += 1
        if closer in body or last >= min(end, start + MAX_MATH_LINES) or state.isEmpty(last):
            return False
        if state.sCount[last] < state.blkIndent:
            return False
        body = state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]]
    if not silent:
        token = state.push("math", "", 0)
        token.content = state.getLines(start, last + 1, state.blkIndent, False)
        token.map = [start, last + 1]
        state.line = last + 1
    return True


def _parser() -> MarkdownIt:
    md = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    md.inline = _Inline()
    md.enable(["table", "strikethrough"])
    md.disable(["reference", "html_block", "html_inline"])
    md.inline.ruler.at("link", _link)
    md.inline.ruler.at("image", _image)
    md.inline.ruler.before("escape", "formula", _formula)
    md.inline.ruler2.disable("fragments_join")
    md.core.ruler.disable(["normalize", "text_join"])
    alternatives = {"alt": ["paragraph", "blockquote"]}
    md.block.ruler.before("fence", "math", _math, alternatives)  # type: ignore[arg-type]
    md.validateLink = is_link  # type: ignore[method-assign]
    return md


_MARKDOWN = _parser()


def tokens(source: str) -> list[Token]:
    """The block tokens of ``source``. Raises `TooDeepError` rather than drop deeply nested text."""
    parsed = _MARKDOWN.parse(source)
    if any(token.level >= MAX_NESTING - 2 for token in parsed):
        raise TooDeepError
    return parsed
