r"""What in a line of Markdown is a formula: ``$…$``, ``$$…$$``, ``\(…\)`` or ``\[…\]``.

A dollar is mostly money. It opens a formula only before a sign and closes one only behind
a sign and before no digit; and what reads like prose between two dollars is prose.
"""

import re

MAX_CHARS = 1_000

_INLINE = re.compile(
    r"(?<!\\)(?:"
    rf"\$\$(?P<both>[^$`]{{1,{MAX_CHARS}}})\$\$"
    rf"|\$(?!\s|\$)(?P<one>(?:\\.|[^$`\n\\]){{1,{MAX_CHARS}}})(?<!\s)\$(?![\d$])"
    rf"|\\\((?P<round>[^`]{{1,{MAX_CHARS}}}?)\\\)"
    rf"|\\\[(?P<square>[^`]{{1,{MAX_CHARS}}}?)\\\])"
)
_COMMAND = re.compile(r"\\(?:text|mathrm|operatorname|mbox)\*?\{[^{}]*\}|\\[A-Za-z]+")
_PROSE = re.compile(r"[^\W\d_]{3,}[,;:]?\s+[^\W\d_]{2,}|[^\W\d_]{2,}\s+[^\W\d_]{3,}")


def at(text: str, place: int) -> re.Match[str] | None:
    """The formula that begins exactly here, if one does. Reads at most `MAX_CHARS` on."""
    found = _INLINE.match(text, place)
    return found if found and _is_formula(found) else None


def tex(found: re.Match[str]) -> str:
    """What stands between the signs of a formula."""
    return next(said for said in found.groups() if said is not None)


def is_display(found: re.Match[str]) -> bool:
    """True when the formula wants a line of its own."""
    return found["both"] is not None or found["square"] is not None


def blanked(text: str) -> str:
    """The text with every formula as one word of the same length."""
    pieces, place = [], 0
    while found := _INLINE.search(text, place):
        is_one = _is_formula(found)
        end = found.end() if is_one else found.start() + 1
        pieces.append(text[place : found.start()])
        pieces.append("x" * len(found[0]) if is_one else text[found.start() : end])
        place = end
    return "".join([*pieces, text[place:]])


def _is_formula(found: re.Match[str]) -> bool:
    said = tex(found)
    if not said.strip() or "\n\n" in said:
        return False
    return found["one"] is None or not _PROSE.search(_COMMAND.sub(" ", said))
