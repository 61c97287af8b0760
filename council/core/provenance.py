"""What a synthesis rests on: the letters it cites, and the share of sentences that cite.

A citation is a panel's letter in square brackets: ``[A]``, ``[A][C]`` or ``[A, C]``. It
covers the one sentence it stands in; right behind a full stop it belongs to the sentence
before. No sentence is covered by its neighbour's citation: without one of its own it
counts as the writer's. Code, headings, rules and the heads of tables are no sentences; a
list item or a row of a table is a block of its own.
"""

import re
from collections.abc import Iterator

_CITED = r"\[[A-H](?:\s{0,3}(?:[,;/&+]|and)\s{0,3}[A-H]){0,7}\](?!\()"
_CITATION = re.compile(_CITED)
_FENCE = re.compile(
    r"^[ \t>]*(`{3,}+|~{3,}+)[^\n]*+\n(?:.*?^[ \t>]*\1[`~]*[ \t]*$|.*)", re.MULTILINE | re.DOTALL
)
_INLINE_CODE = re.compile(r"`[^`\n]+`")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s")
_RULE = re.compile(r"[=*_-]{2}")
_RULE_SIGNS = " \t|:=*_-"
_LEAD = re.compile(r"[ \t>]*(?:(?:[-*+•]|\d{1,3}[.)])[ \t]+)?")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|Nr|Fig|vs|cf|ca|approx|[A-Z])\.$")
_END = re.compile(
    rf"[.!?…]+[\"'”’»)*_]*(?:\s*{_CITED})*(?=\s+[^\sa-z]|\s*$)|[。！？]+[”’」』]*(?:\s*{_CITED})*"
)


def cited(text: str, letters: str) -> str:
    """The letters of ``letters`` that the text cites, outside code."""
    found = set("".join(_CITATION.findall(_without_code(text))))
    return "".join(letter for letter in letters if letter in found)


def sourced_share(text: str, letters: str) -> float | None:
    """The share of sentences with a citation of their own, 0–1, two decimals; None for none."""
    sentences = list(_sentences(text))
    if not sentences:
        return None
    return round(sum(bool(cited(one, letters)) for one in sentences) / len(sentences), 2)


def _sentences(text: str) -> Iterator[str]:
    for block in _blocks(_without_code(text)):
        start = 0
        for end in _END.finditer(block):
            if _ABBREVIATION.search(block, max(start, end.end() - 10), end.end()):
                continue
            yield from _spoken(block[start : end.end()])
            start = end.end()
        yield from _spoken(block[start:])


def _spoken(sentence: str) -> Iterator[str]:
    if any(map(str.isalnum, _CITATION.sub("", sentence))):
        yield sentence


def _without_code(text: str) -> str:
    return _INLINE_CODE.sub("code", _FENCE.sub("\n", text))


def _blocks(text: str) -> list[str]:
    """Paragraphs, list items and table rows, each on one line."""
    blocks: list[str] = [""]
    for line in text.splitlines():
        lead = _LEAD.match(line)
        body = line[lead.end() if lead else 0 :].strip()
        if not line.strip(_RULE_SIGNS) and _RULE.search(
            line
        ):  # what stands right above is a heading or a table's head
            blocks[-1] = ""
        elif not body or _HEADING.match(line):
            blocks.append("")
        elif body.startswith("|") or (lead and lead.group().strip(" \t>")):
            blocks.append(body)
        else:
            blocks[-1] = f"{blocks[-1]} {body}"
    return blocks
