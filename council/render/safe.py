"""The last word on every piece of HTML: what it may hold, whatever was written before.

The renderer escapes all model text itself; this is the second wall, and it knows nothing
of the first.
"""

import re
from html import escape

import nh3
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

from council.render import formulas

HIDDEN = '<span class="hidden-text">[hidden text removed]</span>'
LINK_REL = "noopener noreferrer nofollow ugc"

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")

_BLOCKS = ("p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "div")
_LETTERS = set("ABCDEFGH")
CLASSES: dict[str, set[str]] = {
    "a": {"l", "open", "settled", "sign"} | _LETTERS,
    "code": {"hl"},
    "div": {"code", "code-bar", "math", "table"},
    "h4": {"minority"},
    "h5": {"minority"},
    "pre": {"plain"},
    "span": {
        *("hidden-text", "host", "long", "math", "no-image", "own", "vh"),
        *filter(None, STANDARD_TYPES.values()),
    },
    "td": {"center", "right"},
    "th": {"center", "right"},
}
ATTRIBUTES: dict[str, set[str]] = {
    **{tag: {"dir"} for tag in _BLOCKS},
    "a": {"data-finding", "data-seat", "href", "rel", "target"},
    "div": {"aria-label", "dir", "role", "tabindex"},
    "mark": {"data-f", "id"},
    "ol": {"dir", "start"},
    "span": {"id"},
    **formulas.ATTRIBUTES,
}
TAGS = {
    *formulas.TAGS,
    *_BLOCKS,
    *("a", "br", "code", "em", "hr", "li", "mark", "s", "span", "strong"),
    *("table", "tbody", "td", "th", "thead", "tr"),
}
VALUES: dict[str, re.Pattern[str]] = {
    "aria-label": re.compile("Table|Formula"),
    "data-finding": re.compile(r"f\d{1,3}"),
    "data-seat": re.compile("[A-H]"),
    "data-f": re.compile(r"[f\d A-H-]+"),
    "dir": re.compile("auto|ltr"),
    "href": re.compile(
        r"(?:https?://|mailto:).*|#seat-[A-H]|#(?:q-)?f\d{1,3}(?:[-.][A-H])?",
        re.IGNORECASE | re.DOTALL,
    ),
    "id": re.compile(r"q-f\d+-[A-H]|f\d+\.[A-H]"),
    "rel": re.compile(LINK_REL),
    "role": re.compile("group"),
    "start": re.compile(r"\d{1,9}"),
    "tabindex": re.compile("0"),
    "target": re.compile("_blank"),
    **{name: formulas.VALUE for names in formulas.ATTRIBUTES.values() for name in names},
}


def _allowed(_tag: str, name: str, value: str) -> str | None:
    if name == "class":  # already held to CLASSES
        return value
    rule = VALUES.get(name)
    return value if rule and rule.fullmatch(value) else None


_CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_allowed,
    allowed_classes=CLASSES,
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)


def clean(html: str) -> str:
    """``html`` with everything outside the allow-list taken out."""
    return _CLEANER.clean(html)


def shown(text: str) -> str:
    """Text as HTML that shows all it holds.

    Bidirectional controls are taken out: they could turn text around beyond their block.
    Unicode tags spell words that no reader sees: taken out, and said so once.
    """
    escaped = escape(_BIDI.sub("", text), quote=False)
    return _TAGS.sub("", _TAGS.sub(HIDDEN, escaped, count=1))


def visible(text: str) -> str:
    """Text, not HTML, without the signs that turn it around or that no reader sees."""
    return _TAGS.sub("", _BIDI.sub("", text))
