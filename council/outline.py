"""Which answers are long enough to need an outline. Its lines are made by the page itself."""

import re

from council.core.state import Part

LONG_CHARS = 2_500
HEADINGS = 3
_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE)


def is_long(part: Part) -> bool:
    """True for an answer that is over, of `LONG_CHARS` or more under several headings."""
    if not part.is_final or len(part.text) < LONG_CHARS:
        return False
    return len(_HEADING.findall(_FENCED.sub("", part.text))) >= HEADINGS
