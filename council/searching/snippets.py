"""A few words around what was looked for, as a reader sees them, with those words marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from council import render
from council.searching.queries import Query
from council.searching.terms import Word, words

BEFORE, LONGEST = 70, 240
"""Characters ahead of the first word that was looked for, and in all."""
_BACK, _ON = 120, 400
"""Characters of Markdown around it: the blocks that reach in there are read, whole …"""
_FARTHEST = 1_200
"""… but for what is further away than this."""
_TRIES = 3
"""Places that are looked at for one that can be seen: a word may stand in a link's address."""
_HEAD = 300

_Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A stretch of the snippet. It is a person's or a model's text: to be escaped."""

    text: str
    is_marked: bool = False


class _View(NamedTuple):
    """Text to be cut to a snippet, where in it stands what was looked for, and whether more of
    the passage stands before and behind it."""

    text: str
    spans: Sequence[_Span]
    has_before: bool = False
    has_more: bool = False


def snippet(text: str, query: Query) -> list[Piece]:
    """The text around the first place that fits, in one line; all places within it are marked."""
    return _cut(_View(text, _spans(text, query, 0, LONGEST)))


def snippet_of_markdown(text: str, query: Query, *, has_signs: bool) -> list[Piece]:
    """The same of Markdown, in the words that stand on the page; ``has_signs``: of a synthesis.

    The first place that can be seen counts, among a few. Takes about as long whatever the text.
    """
    views, since = list[_View](), 0
    while len(views) < _TRIES and (spans := _spans(text, query, since, _ON)):
        views.append(_seen(text, spans, has_signs))
        if views[-1].spans:
            return _cut(views[-1])
        since = spans[0][0] + _ON
    return _cut(views[0] if views else _seen(text, [(0, 0)], has_signs))


def _seen(text: str, spans: Sequence[_Span], has_signs: bool) -> _View:
    """What a reader sees of the blocks around the first of these."""
    at, shown, places = spans[0][0], "", list[_Span]()
    blocks = render.blocks(text[: at + _FARTHEST], final=True).closed
    near = [block for block in blocks if at - _BACK < block.end and block.start < at + _ON]
    end = 0
    for block in near:
        source, shift = _near(block.source, at - block.start)
        start = block.start + shift
        seen = render.plain(source, [(a - start, b - start) for a, b in spans], has_signs=has_signs)
        shown += (" · " if block.joins else " ") if shown else ""
        places += [(len(shown) + low, len(shown) + high) for low, high in seen.stretches]
        shown, end = shown + seen.text, block.end
        if places and len(shown) - places[0][0] > LONGEST:
            break
    is_later = bool(near) and bool(text[: near[0].start].strip())
    return _View(shown, places, is_later, bool(text[end:].strip()))


def _near(source: str, at: int) -> tuple[str, int]:
    """The block without what is far before ``at``, and how far that moves the rest. The first two
    lines stay: they say that it is a table or code."""
    begin = at - _FARTHEST
    if begin <= _HEAD:
        return source, 0
    begin = max(source.find("\n", begin, at), source.find(" ", begin, at)) + 1 or begin
    head = "".join(line + "\n" for line in source.split("\n", 2)[:2])
    head = head if len(head) < _HEAD else ""
    return head + source[begin:], begin - len(head)


def _cut(view: _View) -> list[Piece]:
    """What is to be shown of it."""
    text = view.text
    first = view.spans[0][0] if view.spans else 0
    start = 0 if first <= BEFORE else _space(text, first - BEFORE, first)
    end = len(text) if len(text) - start <= LONGEST else _space_back(text, start + LONGEST)
    pieces, at = [Piece("… ")] if start or view.has_before else [], start
    for low, high in view.spans:
        if at <= low and high <= end:
            pieces += [Piece(_line(text[at:low])), Piece(_line(text[low:high]), is_marked=True)]
            at = high
    goes_on = end < len(text) or view.has_more
    pieces.append(Piece(_line(text[at:end]) + (" …" if goes_on else "")))
    return [piece for piece in pieces if piece.text]


def _spans(text: str, query: Query, since: int, size: int) -> list[_Span]:
    """Where it fits, from the first place on as far as ``size`` goes: no more is read."""
    read, spans, enough, wanted = list[Word](), list[_Span](), len(text), query.wanted
    for word in words(text, since):
        read.append(word)
        for term in wanted:
            if (span := term.ends(read)) is not None:
                spans.append(span)
                enough = min(enough, spans[0][0] + size)
        if word.start > enough:
            break
    return sorted(spans)


def _line(text: str) -> str:
    """White space of all kinds as one space; at the ends too, for other pieces follow."""
    inner = " ".join(render.visible(text).split())
    return (
        (" " * text[:1].isspace() + inner + " " * text[-1:].isspace())
        if inner
        else " " * bool(text)
    )


def _space(text: str, start: int, first: int) -> int:
    """Behind the next space, so that a word is whole; not behind what was looked for."""
    found = text.find(" ", start, first)
    return start if found < 0 else found + 1


def _space_back(text: str, end: int) -> int:
    found = text.rfind(" ", end - 30, end)
    return end if found < 0 else found
