"""The small links in a synthesis: whom a sentence cites, and what became of a contradiction."""

import re

from council.core.provenance import CITATION, SIGN

ANY = re.compile(rf"(?P<cited>{CITATION.pattern})|(?i:{SIGN.pattern})")
LETTER = re.compile("[A-H]")
_SIGNS = {"settled": "settled", "open": "left open", "": "this claim"}


def chip(letter: str, finding: str) -> str:
    """A member's letter: a link to its quoted words of a finding, or to its column."""
    if not finding:
        return f'<a class="l {letter}" href="#seat-{letter}">{letter}</a>'
    to = f'href="#q-{finding}-{letter}" data-finding="{finding}" data-seat="{letter}"'
    return f'<a class="l {letter}" {to}>{letter}</a>'


def sign(match: re.Match[str]) -> str:
    """What became of a finding: a link to its row."""
    state = (match["state"] or "").lower()
    name = f"sign {state}" if state else "sign"
    return f'<a class="{name}" href="#{match["id"].lower()}">{_SIGNS[state]}</a>'
