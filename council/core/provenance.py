"""What a synthesis rests on: its sentences, whom each cites, and which findings it settles.

A citation is a panel's letter in square brackets: ``[A]``, ``[A][C]`` or ``[A, C]``. It
covers the one sentence it stands in; right behind a full stop it belongs to the sentence
before. No sentence is covered by its neighbour's citation: without one of its own it
counts as the writer's. A sign is a finding's id with what became of it, ``[f2 settled]`` or
``[f2 open]``, and goes with a sentence in the same way.

Code, formulas, headings, rules and the heads of tables are no sentences; a list item or a
row of a table is a block of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from council.core import formulas

_CITED = r"\[[A-H](?:\s{0,3}(?:[,;/&+]|and)\s{0,3}[A-H]){0,7}\](?!\()"
_SIGNED = r"\[f\d{1,3}(?:[ \t]{0,3}[:,–—-]?[ \t]{0,3}(?:settled|open))?\](?!\()"
CITATION = re.compile(_CITED)
SIGN = re.compile(
    r"\[(?P<id>f\d{1,3})(?:[ \t]{0,3}[:,–—-]?[ \t]{0,3}(?P<state>settled|open))?\](?!\()",
    re.IGNORECASE,
)
"""A finding and what became of it. Without a state it only points there."""

_BEHIND = rf"(?:\s*(?:{_CITED}|(?i:{_SIGNED})))*"
_FENCE = re.compile(
    r"^[ \t>]*(`{3,}+|~{3,}+)[^\n]*+\n(?:.*?^[ \t>]*\1[`~]*[ \t]*$|.*)", re.MULTILINE | re.DOTALL
)
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_FORMULA = re.compile(r"^[ \t>]*(?:\$\$[^$]+\$\$|\\\[.+?\\\])[ \t.,;:]*$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?: {4}|\t)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_RULE = re.compile(r"[=*_-]{2}")
_RULE_SIGNS = " \t|:=*_-"
_LEAD = re.compile(r"[ \t>]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nr|Fig|vs|cf|ca|approx|[A-Z])\.$")
_END = re.compile(rf"[.!?…]+[\"'”’»)*_]*{_BEHIND}(?=\s+[^\sa-z]|\s*\Z)|[。！？]+[”’」』]*{_BEHIND}")
_BEFORE = " \t\r\n>"
_QUOTED = re.compile(r"\n[ \t>]+")
_DRESS = re.compile(r"\*+|(?<!\w)_+|_+(?!\w)|`+|~~")


@dataclass(frozen=True)
class Sentence:
    """One sentence and its place in the text, from ``start`` to ``end`` in code points."""

    start: int
    end: int
    text: str

    def cites(self, letters: str) -> str:
        """The letters of ``letters`` that it cites."""
        found = set("".join(CITATION.findall(without_code(self.text))))
        return "".join(letter for letter in letters if letter in found)

    @property
    def signs(self) -> list[tuple[str, Literal["", "settled", "open"]]]:
        """The findings it names, by id, and what it says became of each."""
        return [
            (found["id"].lower(), (found["state"] or "").lower())  # type: ignore[misc]
            for found in SIGN.finditer(without_code(self.text))
        ]

    @property
    def words(self) -> str:
        """What it says: without citations, signs and Markdown's marks."""
        bare = SIGN.sub("", CITATION.sub("", self.text))
        bare = re.sub(r"\s+([.,;:!?])", r"\1", _DRESS.sub("", _QUOTED.sub(" ", bare)))
        return " ".join(bare.split())


def cited(text: str, letters: str) -> str:
    """The letters of ``letters`` that the text cites, outside code."""
    return Sentence(0, len(text), text).cites(letters)


def signs(text: str) -> Iterator[re.Match[str]]:
    """The signs of the text with their places, outside code and formulas."""
    return SIGN.finditer(without_code(text))


def plain(text: str) -> str:
    """The text for readers without links: a sign becomes words, and code stays as it is."""
    pieces, at = [], 0
    for sign in signs(text):
        said = {"settled": "(settled)", "open": "(left open)"}.get((sign["state"] or "").lower())
        before = text[at : sign.start()]
        pieces += [before, said] if said else [before.rstrip(" \t")]
        at = sign.end()
    return "".join([*pieces, text[at:]])


def sentences(block: str) -> list[Sentence]:
    """The sentences of one block of Markdown, in order.

    Cut a text into blocks first (`council.render.blocks`), so that what is counted is what
    is shown. Takes time linear in the block.
    """
    if _INDENTED.match(block):
        return []
    outside = without_code(block)
    return [
        Sentence(start, end, block[start:end])
        for begin, stop in _units(outside)
        for start, end in _cut(outside, begin, stop)
        if any(map(str.isalnum, SIGN.sub("", CITATION.sub("", outside[start:end]))))
    ]


def _cut(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where the sentences of one unit stand, without the white space around them."""
    ends = [
        end.end()
        for end in _END.finditer(text, start, stop)
        if not _ABBREVIATION.search(text, max(start, end.end() - 10), end.end())
    ]
    for begin, end in pairwise([start, *ends, stop]):
        said = text[begin:end]
        first = begin + len(said) - len(said.lstrip(_BEFORE))
        if kept := text[first:end].rstrip():
            yield first, first + len(kept)


def without_code(text: str) -> str:
    """The text with code and formulas made unreadable, every character in its place."""

    def blank(found: re.Match[str]) -> str:
        return re.sub(r"[^\n]", " ", found[0])

    text = _FORMULA.sub(blank, _FENCE.sub(blank, text))
    return formulas.blanked(_INLINE_CODE.sub(lambda found: "x" * len(found[0]), text))


def _units(text: str) -> list[tuple[int, int]]:
    """Paragraphs, list items and table rows by their place; their line feeds count as spaces."""
    units: list[tuple[int, int]] = []
    goes_on = False
    at = 0
    for line in text.splitlines(keepends=True):
        lead = _LEAD.match(line)
        begin = lead.end() if lead else 0
        body = line[begin:].strip()
        if not line.strip().strip(_RULE_SIGNS) and _RULE.search(line):
            if goes_on:  # what stands right above is a heading or a table's head
                units.pop()
            goes_on = False
        elif not body or _HEADING.match(line):
            goes_on = False
        elif goes_on and not body.startswith("|") and not (lead and lead.group().strip(" \t>")):
            units[-1] = (units[-1][0], at + len(line))
        else:
            units.append((at + begin, at + len(line)))
            goes_on = True
        at += len(line)
    return units
