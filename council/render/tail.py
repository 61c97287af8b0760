"""The open block while it is written: text without the marks that will become something else.

The browser does the same (static/js/run/tail.js); one list of cases holds both to it.
"""

import re

_FENCE = re.compile(r"\s*(?:```|~~~)")
_SIGN = re.compile(r"[ \t]?\[f\d{1,3}(?:[ :,]+[a-z]{4,7})?\]", re.IGNORECASE)
_HALF = re.compile(r"[ \t]?\[(?:f\d{0,3}(?:[ :,]+[a-z]{0,7})?)?$", re.IGNORECASE)
_DRESS = re.compile(r"\*\*|`|^#{1,6}[ \t]+", re.MULTILINE)


def softened(tail: str) -> str:
    """The text of an open block as it is shown; code stays as it is."""
    if _FENCE.match(tail):
        return tail
    return _DRESS.sub("", _HALF.sub("", _SIGN.sub("", tail)))
