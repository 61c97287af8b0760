"""A few words around what was looked for, with those words marked."""

from dataclasses import dataclass

from council.queries import Query
from council.terms import Word, words

BEFORE, LONGEST = 70, 240
"""Characters ahead of the first word that was looked for, and in all."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the snippet. It is a person's or a model's text: to be escaped."""

    text: str
    is_marked: bool = False


def snippet(text: str, query: Query) -> list[Piece]:
    """The text around the first place that fits, in one line; all places within it are marked."""
    spans = _spans(text, query)
    first = spans[0][0] if spans else 0
    start = 0 if first <= BEFORE else _space(text, first - BEFORE, first)
    end = len(text) if len(text) - start <= LONGEST else _space_back(text, start + LONGEST)
    pieces, at = [Piece("… ")] if start else [], start
    for low, high in spans:
        if at <= low and high <= end:
            pieces += [Piece(_line(text[at:low])), Piece(_line(text[low:high]), is_marked=True)]
            at = high
    pieces.append(Piece(_line(text[at:end]) + (" …" if end < len(text) else "")))
    return [piece for piece in pieces if piece.text]


def _spans(text: str, query: Query) -> list[tuple[int, int]]:
    """Where it fits, from the first place on as far as a snippet goes: no more is read."""
    read, spans, enough, wanted = list[Word](), list[tuple[int, int]](), len(text), query.wanted
    for word in words(text):
        read.append(word)
        for term in wanted:
            if (span := term.ends(read)) is not None:
                spans.append(span)
                enough = min(enough, spans[0][0] + LONGEST)
        if word.start > enough:
            break
    return sorted(spans)


def _line(text: str) -> str:
    """White space of all kinds as one space; at the ends too, for other pieces follow."""
    inner = " ".join(text.split())
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
