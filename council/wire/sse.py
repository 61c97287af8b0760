"""Server-sent events: bytes in, events out, no I/O.

Ours, because the ready-made readers split lines at U+2028 (which is legal inside
JSON), drop an event the sender did not terminate, or buffer without a limit.
"""

from typing import NamedTuple

LINE_LIMIT = 1 << 20
"""Bytes one line, or the data of one event, may have (1 MiB)."""

_BOM = b"\xef\xbb\xbf"
_BEGINS = (b"{", b"[DONE]")
"""How an event begins. After a line that ends with a brace, neither goes on with its JSON."""


class Event(NamedTuple):
    """One event. ``name`` is empty unless the sender gave one; ``error`` is also a line
    whose field is named ``error``, as llama-box sends it. A line that is a bare JSON object
    is an event too."""

    name: str
    data: str


class LineTooLongError(ValueError):
    """A line, or the data of one event, is longer than the decoder keeps in memory."""


class Decoder:
    """Turns bytes, cut anywhere, into events. Time is linear however the bytes are cut.

    ``has_strays``: there were lines that no event stream has.
    """

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.has_strays = False
        self._limit = limit
        self._tail = bytearray()
        self._after_cr = False
        self._is_first_line = True
        self._name = ""
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, data: bytes) -> list[Event]:
        """The events that ``data`` completes. Raises LineTooLongError."""
        if _is_one_event(data) and self._is_between() and len(data) < self._limit:
            return [Event("", data[6:-2].decode("utf-8", "replace"))]
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if not data:
            return []
        self._after_cr = data.endswith(b"\r")
        lines = data.splitlines()  # of bytes: only CR, LF and CRLF
        rest = b"" if data.endswith((b"\n", b"\r")) else lines.pop()
        if lines and self._tail:
            lines[0] = bytes(self._tail + lines[0])
            self._tail.clear()
        events: list[Event] = []
        for line in lines:
            self._line(line, events)
        self._tail += rest
        self._check(len(self._tail))
        return events

    def flush(self) -> list[Event]:
        """The last event, if the stream ended without the blank line that closes it."""
        events: list[Event] = []
        if self._tail:
            line = bytes(self._tail)
            self._tail.clear()
            self._line(line, events)
        self._dispatch(events)
        return events

    def _is_between(self) -> bool:
        """True when the next byte begins an event, as far as is known."""
        is_inside = self._tail or self._data or self._name or self._after_cr
        return not (is_inside or self._is_first_line)

    def _line(self, line: bytes, events: list[Event]) -> None:
        if self._is_first_line:
            self._is_first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            self._dispatch(events)
            return
        self._check(len(line))
        if line.startswith(b"data:"):
            value = line[6:] if line[5:6] == b" " else line[5:]
            if self._data and self._data[-1].endswith(b"}") and value.startswith(_BEGINS):
                self._dispatch(events)  # some end an event with one line break instead of two
            self._data.append(value)
            self._data_size += len(line)
            self._check(self._data_size)
            return
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(b"")
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"error":
            events.append(Event("error", value.decode("utf-8", "replace")))
        elif line[:1] == b"{":  # a proxy's error, thrown into the stream as it is
            events.append(Event("", line.decode("utf-8", "replace")))
        elif field not in (b"", b"id", b"retry"):
            self.has_strays = True

    def _dispatch(self, events: list[Event]) -> None:
        if self._data:
            events.append(Event(self._name, b"\n".join(self._data).decode("utf-8", "replace")))
            self._data.clear()
            self._data_size = 0
        self._name = ""

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise LineTooLongError(f"a line of more than {self._limit} bytes")


def _is_one_event(data: bytes) -> bool:
    """True for one line of data and the blank line after it: what most reads bring."""
    return (
        data.startswith(b"data: ")
        and data.find(b"\n") == len(data) - 2
        and data.endswith(b"\n\n")
        and b"\r" not in data
    )
