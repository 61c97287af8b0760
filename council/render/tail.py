"""The open block as HTML: what is still being written, as if it ended here.

For a page's first picture, and for readers without scripts; from then on the browser draws it
with every frame (static/js/run/tail.js). One list of cases holds both to the same elements.
"""

import re

from council.render.marks import Cites
from council.render.markup import html

_HALF_SIGN = re.compile(r"[ \t]?\[(?:[fF]\d{0,3}[^\[\]\n]{0,12}|[A-H][^\[\]\n]{0,12})?$")
_FENCE = re.compile(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)
_MARKS = re.compile(r"`|\*\*")


def open_html(tail: str, cites: Cites | None = None) -> str:
    """Safe HTML of an open block; empty for an empty one. ``cites`` as for `html`."""
    ended = _ended(tail)
    return html(ended, 0, (), cites) if ended.strip() else ""


def _ended(tail: str) -> str:
    """The text without a sign half written, its last mark closed; code stays as it is."""
    words = tail.rpartition("\n\n")[2]
    if _FENCE.search(words) or _FENCE.match(tail):
        return tail
    tail, opened = _HALF_SIGN.sub("", tail), ""
    for mark in _MARKS.findall(words):
        opened = "" if mark == opened else opened or mark
    if not opened:
        return tail
    tail = tail.rstrip()
    return tail.removesuffix(opened) if tail.endswith(opened) else tail + opened
