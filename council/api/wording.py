"""The synthesis as a program gets it: without the signs a page makes chips of.

Citations (``[A]``) stay: they are how the text says whose a claim is, as in an answer with
footnotes, and stand in sentences that would not read without them. A sign of what became of a
contradiction (``[f2 settled]``) is for a program that has the findings; nobody else reads it.
"""

from collections.abc import Collection

from council.core import provenance

_SIGN_CHARS = 26
"""The longest that a sign can be (`council.core.provenance.SIGN`)."""
_OPENS = ("`", "~", "$", "\\")
"""What may turn a sign behind it in its line into code or a formula, once that is closed."""
_OVER_LINES = ("$$", "\\(", "\\[")
"""What opens a formula that may go over several lines."""


def clean(text: str, findings: Collection[str]) -> str:
    """The text without signs; code and formulas stay as they are. ``[f2]`` without a state is one
    only where there is such a finding."""
    return _without_signs(text, findings, len(text))


def clean_so_far(text: str, findings: Collection[str]) -> str:
    """The beginning of `clean` that no text to come will change. It never shrinks while the text
    grows."""
    return _without_signs(text, findings, _settled(text)).rstrip()


def _without_signs(text: str, findings: Collection[str], end: int) -> str:
    pieces, at = [], 0
    for sign in provenance.signs(text):
        if sign.end() <= end and (sign["state"] or sign["id"].lower() in findings):
            pieces.append(text[at : sign.start()].rstrip(" \t"))
            at = sign.end()
    return "".join([*pieces, text[at:end]])


def _settled(text: str) -> int:
    """Up to where it is settled what is a sign and what is not."""
    for sign in provenance.SIGN.finditer(text):
        if sign.end() == len(text) or _may_be_code(text, sign.start(), sign.end()):
            return sign.start()
    opened = text.rfind("[", max(0, len(text) - _SIGN_CHARS))
    return opened if opened >= 0 and "]" not in text[opened:] else len(text)


def _may_be_code(text: str, start: int, end: int) -> bool:
    """True while what follows can still make code or a formula of this place."""
    if any(one in provenance.without_code(text[:start]) for one in _OVER_LINES):
        return True
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return "\n" not in text[end:] and any(one in before for one in _OPENS)
