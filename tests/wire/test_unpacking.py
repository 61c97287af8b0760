import gzip
import tracemalloc
import zlib

import pytest

from council.wire.unpacking import STEP, GarbledError, Unpacker

WORDS = b"data: words, words, words\n\n" * 9_000


def _bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _unpacked(encoding: str, packed: bytes, size: int) -> bytes:
    unpacker, found = Unpacker(encoding), []
    for at in range(0, len(packed), size):
        unpacker.feed(packed[at : at + size])
        while out := unpacker.take():
            assert len(out) <= STEP
            found.append(out)
    return b"".join(found)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(WORDS)),
        ("X-GZIP", gzip.compress(WORDS[:100]) + gzip.compress(WORDS[100:])),
        ("deflate", zlib.compress(WORDS)),
        ("deflate", _bare(WORDS)),
        ("gzip", gzip.compress(WORDS) + bytes(9)),
    ],
    ids=["gzip", "members", "deflate", "bare", "padded"],
)
def test_packed_bytes_cut_anywhere_are_unpacked(encoding: str, packed: bytes, size: int) -> None:
    assert _unpacked(encoding, packed, size) == WORDS


@pytest.mark.parametrize("encoding", ["identity", "utf-8", ""])
def test_an_encoding_that_is_none_leaves_the_bytes_alone(encoding: str) -> None:
    assert _unpacked(encoding, b"data: a\n\n", 3) == b"data: a\n\n"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
def test_bytes_that_are_not_what_they_are_called_are_garbled(encoding: str) -> None:
    with pytest.raises(GarbledError):
        _unpacked(encoding, b"data: this is no such thing\n\n", 100)


def test_a_bomb_is_never_held_whole() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join([*(packer.compress(b": \n" * 350_000) for _ in range(64)), packer.flush()])
    unpacker, size = Unpacker("gzip"), 0
    tracemalloc.start()
    unpacker.feed(bomb)
    while out := unpacker.take():
        size += len(out)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 64 * 3 * 350_000
    assert peak < 2 << 20
