"""Words as the search knows them: folded, in order, with their place in the text.

The same code reads what is kept and what is looked for, so both databases agree on what a word
is. Letters and digits make words; case, accents and width do not count. Chinese, Japanese and
Korean are read sign by sign, since nothing stands between their words.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

LONGEST = 64
"""Characters of a word that count."""

_SIGNS = (
    "\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0003ffff"
)
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0903\u093a-\u094f"
)
_WORD = re.compile(f"[{_SIGNS}]|(?:[^\\W_{_SIGNS}][{_MARKS}\u200c\u200d]*)+")
_NOT_WORD = re.compile(r"[\W_]+")


class Word(NamedTuple):
    """A word as it is compared, and where it stands in the text."""

    text: str
    start: int
    end: int


def words(text: str, since: int = 0) -> Iterator[Word]:
    """Every word of the text from the character ``since`` on, in order."""
    for found in _WORD.finditer(text, since):
        if folded := _fold(found.group()):
            yield Word(folded, found.start(), found.end())


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()[:LONGEST]
    plain = unicodedata.normalize("NFKD", word.casefold())
    kept = "".join(c for c in plain if not unicodedata.combining(c))
    return _NOT_WORD.sub("", unicodedata.normalize("NFC", kept).casefold())[:LONGEST]
