"""Whether a quote's words stand in an answer, and where.

Both sides are reduced to the same plain form before they are compared: case, white
space, quotation marks, dashes, ligatures, Markdown marks, link targets and invisible
characters make no difference. Words, numbers and the punctuation between them do:
there is no fuzzy matching, so words that nobody wrote are never found.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

_MAX_TRIES = 200
"""Places looked at for one fragment; only hostile text repeats a near miss more often."""
_MAX_GAP = 600
"""How many plain characters an ellipsis inside a quote may stand for."""
_MIN_WORDS, _MIN_CHARS = 2, 8
"""A part of a quote beside an ellipsis that is shorter than both proves nothing."""
_MIN_UNSPACED = 4
"""From this length on, words of a script without spaces are found inside a run of it."""

_HYPHENS = frozenset("-‐‑−")
_DASHES = _HYPHENS | frozenset("‒–—―⸺⸻﹘－")
_QUOTES = frozenset("\"'‘’‚‛“”„‟«»‹›´′″＂＇「」『』")
_ELLIPSIS = re.compile(r"\s*[\[(]?\.{3,}[\])]?\s*")
_OPENING = re.compile(r"(?:[\s,;:!?'()\[\]]|\.{2,}|[-.](?!\d))+")
_CLOSING = " .,;:!?'()[]-"
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)

_LINK = re.compile(
    r"!?\[([^\[\]\n]{1,500})\]"
    r"(?:\((?:[^()\s]|\([^()\s]{0,200}\)){0,1000}(?: \"[^\"\n]{0,200}\")?\)|\[[^\[\]\n]{0,100}\])"
)
_LEAD = re.compile(
    r"^[ \t]*(?:>[ \t]*)*(?:(?:[-*+•‣]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?|#{1,6}[ \t]+)*",
    re.MULTILINE,
)
_RULE = re.compile(  # a code fence with its language, a rule, the line under a table's head
    r"^[ \t>]*(?:(?:`{3,}+|~{3,}+)[^`\n]*|[|:=*_-][|:=*_ \t-]{2,})$", re.MULTILINE
)
_MARK = re.compile(
    r"""
      (?P<escape>\\)[!-/:-@\[-`{-~]                         # the sign after it is meant
    | (?P<sign>(?<=[A-Za-z0-9])\*(?=[A-Za-z0-9]) | (?<=\d)\*\*(?=\d) | (?<!\S)\*(?!\S))
    | (?P<mark>\*+ | `+ | ~~
        | </?(?:b|i|em|strong|u|s|sup|sub|code|kbd|mark|small|ins|del)>)
    | (?P<score>_+)
    | (?P<space>\| | <br[ ]?/?>)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_RUN = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)  # Markdown hides words whole or not at all
_HIDDEN, _SPACE = 1, 2


def find(quote: str, text: str) -> tuple[int, int] | None:
    """Where the quote's words stand in ``text``, in code points of its source; else None."""
    return Text(text).find(quote)


class Text:
    """One answer, made ready once for many quotes. Takes time and memory linear in it."""

    def __init__(self, text: str) -> None:
        self._plain, self._at = _reduce(text)
        self._source = text

    def find(self, quote: str) -> tuple[int, int] | None:
        """Where the quote's words stand, from the first word to the last; None if they do not.

        An ellipsis inside the quote may stand for a few sentences.
        """
        wanted = _trim(_reduce(quote)[0])
        if not any(map(str.isalnum, wanted)):
            return None
        span = next(self._places(wanted, 0), None)
        if span is None and "..." in wanted:
            span = self._joined([_trim(part) for part in _ELLIPSIS.split(wanted)])
        return None if span is None else (self._at[span[0]], self._at[span[1] - 1] + 1)

    def _joined(self, parts: list[str]) -> tuple[int, int] | None:
        """The parts in order, each close behind the one before."""
        if any(len(part.split()) < _MIN_WORDS and len(part) < _MIN_CHARS for part in parts):
            return None
        for start, first_end in self._places(parts[0], 0):
            end = first_end
            for part in parts[1:]:
                place = next(self._places(part, end, end + _MAX_GAP + len(part)), None)
                if place is None:
                    break
                end = place[1]
            else:
                return start, end
        return None

    def _places(self, wanted: str, start: int, end: int | None = None) -> Iterator[tuple[int, int]]:
        for _ in range(_MAX_TRIES):
            start = self._plain.find(wanted, start, end)
            if start < 0:
                return
            stop = start + len(wanted)
            if self._is_border(start, wanted) and self._is_border(stop, wanted):
                yield start, stop
            start += 1

    def _is_border(self, i: int, wanted: str) -> bool:
        """True where no word goes on from one side of ``i`` to the other."""
        if i in (0, len(self._plain)):
            return True
        left, right = self._plain[i - 1], self._plain[i]
        if unicodedata.combining(right):
            return False
        if _is_wordly(left) and _is_wordly(right):
            unspaced = _UNSPACED.match(left) or _UNSPACED.match(right)
            return bool(unspaced) and len(wanted) >= _MIN_UNSPACED
        return not (self._goes_on_left(i) or self._goes_on_right(i))

    def _goes_on_left(self, i: int) -> bool:
        """True when the sign before ``i`` ties a word there to what stands before (-5, 3.5)."""
        left, right = self._plain[i - 1], self._plain[i]
        before = self._plain[i - 2] if i > 1 else " "
        if left in _HYPHENS:
            at = self._at[i - 1]
            tight = self._source[at] in _HYPHENS and self._at[i] == at + 1
            follows_word = at > 0 and _is_wordly(self._source[at - 1])
            return tight and _is_wordly(right) and (follows_word or right.isdigit())
        if left == "'":
            return _is_wordly(right)
        return right.isdigit() and (left == "." or (left == "," and before.isdigit()))

    def _goes_on_right(self, i: int) -> bool:
        """True when the sign at ``i`` ties the word before to what follows (can't, 3.5, non-)."""
        left, right = self._plain[i - 1], self._plain[i]
        after = self._plain[i + 1] if i + 1 < len(self._plain) else " "
        if right in _HYPHENS:
            at = self._at[i]
            tight = self._source[at] in _HYPHENS and self._at[i - 1] == at - 1
            return tight and _is_wordly(after) and self._at[i + 1] == at + 1
        if right == "'":
            return _is_wordly(left)
        return right in ".," and left.isdigit() and after.isdigit()


def _is_wordly(char: str) -> bool:
    return char.isalnum() or char == "_" or bool(unicodedata.combining(char))


def _trim(plain: str) -> str:
    """The quote without what people put around it: quotation marks, dots, brackets."""
    opening = _OPENING.match(plain)
    return plain[opening.end() if opening else 0 :].rstrip(_CLOSING)


def _reduce(text: str) -> tuple[str, "array[int]"]:
    """The plain form of ``text``, and for each of its characters where it comes from."""
    look = _looks(text)
    plain: list[str] = []
    at = array("L")
    for match in _RUN.finditer(text):
        i, run = match.start(), match.group()
        last = plain[-1][-1] if plain else " "
        if look[i] == _HIDDEN or (run in _QUOTES and not _is_inside_word(text, i, i + 1)):
            continue
        if look[i] == _SPACE or run.isspace():
            letters = "" if last in " -" else " "
        elif run in _DASHES:
            if last == " " and plain:
                plain.pop()
                at.pop()
            letters = "" if last == "-" else "-"
        elif len(run) > 1:
            letters = run.lower()
        else:
            letters = _letters(run)
        if letters:
            plain.append(letters)
            at.extend(range(i, i + len(run)) if len(run) > 1 else [i] * len(letters))
    return "".join(plain), at


def _looks(text: str) -> bytearray:
    """For each character whether it is seen, hidden by Markdown, or as good as a space."""
    look = bytearray(len(text))

    def mark(start: int, end: int, how: int) -> None:
        look[start:end] = bytes([how]) * (end - start)

    for match in _MARK.finditer(text):
        kind = match.lastgroup or ""
        if kind != "sign" and not (kind == "score" and _is_inside_word(text, *match.span())):
            mark(*match.span(kind), _SPACE if kind == "space" else _HIDDEN)
    for match in _LINK.finditer(text):
        mark(match.start(), match.start(1), _HIDDEN)
        mark(match.end(1), match.end(), _HIDDEN)
    for match in _LEAD.finditer(text):
        mark(*match.span(), _SPACE)
    for match in _RULE.finditer(text):
        mark(*match.span(), _SPACE)
    return look


def _is_inside_word(text: str, start: int, end: int) -> bool:
    """True for what is an apostrophe or part of a name; elsewhere the same sign is dress."""
    return start > 0 and text[start - 1].isalnum() and text[end : end + 1].isalnum()


@lru_cache(maxsize=4096)
def _letters(char: str) -> str:
    """The character folded: compatibility forms opened, accents apart, nothing invisible.

    Superscripts and fractions stay as they are: 10² is not 102.
    """
    if char in _QUOTES:
        return "'"
    kept = unicodedata.decomposition(char).startswith(("<super>", "<fraction>"))
    form: Literal["NFD", "NFKD"] = "NFD" if kept else "NFKD"
    folded = unicodedata.normalize(form, unicodedata.normalize(form, char).casefold())
    return "".join(c for c in folded if not c.isspace() and not _is_invisible(c))


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) in ("Cf", "Cc") or "\ufe00" <= char <= "\ufe0f"
