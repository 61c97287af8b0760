"""Text as it may travel on: no NUL, no half of a surrogate pair."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn text around, ours behind it as well."""


def clean(text: str) -> str:
    """``text`` with NUL and lone surrogates as U+FFFD; pairs split in two are joined."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def one_line(text: str, limit: int) -> str:
    """Clean ``text`` on one line without control characters, at most ``limit`` characters."""
    # More than enough to fill the limit; a hostile megabyte is not worked through.
    line = " ".join(_CONTROL.sub(" ", _TURNS.sub("", clean(text[: limit * 4]))).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


class Joiner:
    """Cleans text that arrives in pieces: a surrogate pair may be cut between two of them."""

    def __init__(self) -> None:
        self._half = ""

    def add(self, piece: str) -> str:
        """The next piece, clean; a high surrogate at its end waits for the one after."""
        if self._half:
            piece, self._half = self._half + piece, ""
        if piece and "\ud800" <= piece[-1] <= "\udbff":
            piece, self._half = piece[:-1], piece[-1]
        return clean(piece)

    def rest(self) -> str:
        """What still waits when there is no next piece."""
        half, self._half = self._half, ""
        return clean(half)
