"""File names that are safe on every system, each of them once.

What people, providers and browsers called something is hostile: it may name a folder above, a
device of Windows, or turn its letters around.
"""

import re
import unicodedata

LONGEST = 60
"""Characters of a name, so that a whole path stays within 200 bytes or so."""
_UNFIT = re.compile(r"[^\w. ()+-]+")
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def slug(title: str, longest: int = LONGEST) -> str:
    """Words of a title with hyphens between: ``steel-or-aluminium``; empty when none is left."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", title).lower())
    cut = "-".join(words)[:longest].strip("-_")
    return f"{cut}-" if _DEVICES.match(cut) else cut


def file_name(name: str) -> str:
    """A file's own name with its ending, as far as every system takes it; else ``file``."""
    kept = _UNFIT.sub("_", unicodedata.normalize("NFC", name)).strip(". ")
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending) > 10:
        stem, ending = kept, ""
    stem = stem[:LONGEST].strip(". _") or "file"
    whole = f"{stem}.{ending}" if ending else stem
    return f"_{whole}" if _DEVICES.match(whole) else whole


class Taken:
    """The names given out in one folder; what differs only in its case is one name."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, name: str) -> str:
        """This name, or one with a number in it where it is taken."""
        stem, dot, ending = name.rpartition(".")
        stem, tail = (stem, f".{ending}") if dot and stem and "/" not in ending else (name, "")
        wanted, number = name, 1
        while wanted.casefold() in self._taken:
            number += 1
            wanted = f"{stem}-{number}{tail}"
        self._taken.add(wanted.casefold())
        return wanted
