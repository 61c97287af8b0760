"""TeX as native MathML, or not at all: what cannot be read is shown as it was written."""

import re
from functools import lru_cache
from html import escape, unescape
from itertools import accumulate
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

MAX_TEX = 2_000

_TAGS = """
math menclose mfrac mi mn mmultiscripts mo mover mpadded mphantom mroot mrow mspace msqrt mstyle
msub msubsup msup mtable mtd mtext mtr munder munderover
"""
TAGS = frozenset(_TAGS.split())
ATTRIBUTES = {
    "math": {"display"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mo": {
        *("accent", "fence", "form", "largeop", "lspace", "maxsize", "minsize", "movablelimits"),
        *("rspace", "separator", "stretchy", "symmetric"),
    },
    "mover": {"accent"},
    "mpadded": {"width"},
    "mspace": {"width"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtable": {"displaystyle"},
    "mtd": {"columnalign"},
    "munder": {"accentunder"},
}
VALUE = re.compile(r"[a-z]{1,24}|[+-]?\d{0,4}(?:\.\d{1,4})?(?:em|ex|px|pt|%)?")
_ALIGNED = re.compile(r"\\(begin|end)\{(?:aligned|split|alignedat|gathered|eqnarray)\*?\}")
_STRANGE = re.compile("[\\\\\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
"""An unknown command, or a sign that turns text around or hides it."""
_CHILDREN = {
    **dict.fromkeys(("mfrac", "mover", "mroot", "msub", "msup", "munder"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}
_LONG = 40
_OPENS = frozenset({"{", r"\left", r"\begin"})
_OPENS_OR_CLOSES = re.compile(r"[{}]|\\(?:left|right|begin|end)(?![a-zA-Z])")
MAX_DEPTH = 40
"""Groups within groups, and elements: deeper, it would depend on who calls whether the converter
gets to the end of it, and the same answer would not be the same page everywhere."""


def mathml(tex: str, *, display: bool) -> str:
    """The formula as MathML; empty where it is too long or not TeX that is understood."""
    return _mathml(tex.strip(), display) if len(tex) <= MAX_TEX else ""


def inline(tex: str, *, display: bool) -> str:
    """A formula within a line, in a span; a long one scrolls inside it. Empty as `mathml`."""
    shown = mathml(tex, display=display)
    name = "math long" if display or len(tex) > _LONG else "math"
    return f'<span class="{name}">{shown}</span>' if shown else ""


@lru_cache(maxsize=1_024)
def _mathml(tex: str, display: bool) -> str:
    tex = _ALIGNED.sub(lambda found: rf"\{found[1]}{{align*}}", tex)
    if _depth(tex) > MAX_DEPTH:
        return ""
    try:
        root = convert_to_element(tex, display="block" if display else "inline")
    except Exception:  # noqa: BLE001  what it raises for TeX it does not know is not one kind
        return ""
    is_known = all(map(_is_known, root.iter())) and _is_flat(root)
    return "".join(_written(root)) if is_known else ""


def _depth(tex: str) -> int:
    """How deep its braces stand in each other."""
    signs = _OPENS_OR_CLOSES.findall(tex)
    depths = accumulate(1 if sign in _OPENS else -1 for sign in signs)
    return max(depths, default=0)


def _is_flat(root: Element) -> bool:
    """False where elements stand deeper than `MAX_DEPTH` groups can have brought them."""
    level = [root]
    for _ in range(4 * MAX_DEPTH):
        if not (level := [child for element in level for child in element]):
            return True
    return False


def _is_known(element: Element) -> bool:
    """False for elements of others and for a command the converter did not know."""
    said = unescape(element.text or "")
    if len(element) != _CHILDREN.get(element.tag, len(element)):
        return False
    return element.tag in TAGS and said != "&" and not _STRANGE.search(said)


def _written(element: Element) -> list[str]:
    """The element with the attributes on the list, its words escaped."""
    names = ATTRIBUTES.get(element.tag, set())
    kept = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in names and VALUE.fullmatch(value)
    )
    inner = [piece for child in element for piece in _written(child)]
    text = escape(unescape(element.text or ""), quote=False)
    return [f"<{element.tag}{kept}>", text, *inner, f"</{element.tag}>"]
