"""Compressed bytes unpacked a little at a time: a megabyte may hold a gigabyte. No I/O."""

import zlib

STEP = 64 << 10
"""Bytes unpacked at once (64 KiB)."""

_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_UNREADABLE = frozenset({"br", "zstd", "compress"})
_EITHER = 32 + zlib.MAX_WBITS
"""A gzip or a zlib header, whichever comes."""


class GarbledError(ValueError):
    """The bytes are not what their encoding says, or packed in a way nobody asked for."""


class Unpacker:
    """Takes packed bytes with ``feed`` and gives them back unpacked, ``STEP`` bytes at most.

    Servers that know no better name a character set as encoding, or speak of deflate and leave
    out its header; both are read.
    """

    def __init__(self, encoding: str) -> None:
        names = {name.strip().lower() for name in encoding.split(",")}
        self._is_unreadable = bool(names & _UNREADABLE) or "," in encoding
        self._zip = zlib.decompressobj(_EITHER) if names & _PACKED else None
        self._has_header = "deflate" not in names
        self._is_between = False
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """More packed bytes."""
        self._rest += data

    def take(self) -> bytes:
        """The next bytes, unpacked; empty when more must be fed first. Raises GarbledError."""
        if self._is_unreadable:
            raise GarbledError
        if self._zip is None:
            out, self._rest = self._rest, b""
            return out
        out = b""
        while self._rest and not out and (self._has_header or len(self._rest) > 1):
            out = self._unpack(self._zip)
        return out

    def _unpack(self, packed: "zlib._Decompress") -> bytes:
        if self._is_between and self._rest[:1] != b"\x1f":
            self._rest = b""  # what follows the end and is no further member is padding
            return b""
        try:
            out = packed.decompress(self._rest, STEP)
        except zlib.error as error:
            if self._has_header:
                raise GarbledError from error
            self._has_header, self._zip = True, zlib.decompressobj(-zlib.MAX_WBITS)
            return b""
        self._has_header = True
        self._rest = packed.unconsumed_tail
        self._is_between = packed.eof
        if packed.eof:
            self._rest, self._zip = packed.unused_data, zlib.decompressobj(_EITHER)
        return out
