"""Documents as the bytes of a zip, a piece at a time: never the whole in memory."""

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from council.export.contents import Document

PIECE = 256 * 1024
"""Bytes from which a piece is handed on."""


class _Outlet(io.RawIOBase):
    """Takes what the zip writes, until somebody takes it along."""

    def __init__(self) -> None:
        super().__init__()
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._held += data
        return len(data)

    @property
    def is_full(self) -> bool:
        """True when a piece is together."""
        return len(self._held) >= PIECE

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._held = bytes(self._held), bytearray()
        return taken


def pieces(documents: Iterable[Document]) -> Iterator[bytes]:
    """The zip of these documents. Holds one document at a time, and up to a piece before it."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_DEFLATED) as archive:
        for document in documents:
            moment = (document.at or datetime.now(UTC)).astimezone(UTC)
            entry = zipfile.ZipInfo(document.name, moment.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            archive.writestr(entry, document.data)
            if outlet.is_full:
                yield outlet.take()
    yield outlet.take()
