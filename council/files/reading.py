"""One file as it was brought: a picture, text or a PDF, by what is in it and never by its name.

No Django, no network. A PDF is read in a process of its own (`council.files.pdf`).
"""

import codecs
import struct
from dataclasses import dataclass
from typing import Literal

from council.files import pdf
from council.tools.said import visible
from council.wire.cleaning import clean, one_line

Kind = Literal["image", "text", "pdf"]
NAME_MAX = 120
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MB = 1024 * 1024


class NotUsable(Exception):
    """The file cannot be taken; the message is a sentence that names it."""


@dataclass(frozen=True)
class Limits:
    """How much may come with one question. Sizes in MiB, ``chars`` of all texts together."""

    count: int = 8
    file_mb: float = 10
    image_mb: float = 5
    total_mb: float = 20
    chars: int = 200_000


@dataclass(frozen=True)
class File:
    """A file that can be sent. ``text`` is what it says; a picture has none."""

    name: str
    kind: Kind
    media_type: str
    data: bytes
    text: str = ""


def read(name: str, data: bytes, limits: Limits) -> File:
    """What this file is. Raises NotUsable. A PDF takes up to `council.files.pdf.LIMIT_S`."""
    name = _shown(name)
    hold(name, len(data), limits.file_mb)
    if not data:
        raise NotUsable(f"“{name}” is empty.")
    image = image_type(data)
    if image:
        hold(name, len(data), limits.image_mb, "for a picture ")
        return File(name, "image", image, data)
    if data.startswith(b"%PDF-"):
        return File(name, "pdf", "application/pdf", data, _pdf(name, data, limits))
    return File(name, "text", "text/plain", data, _text(name, data, limits))


def image_type(data: bytes) -> str:
    """The media type of a picture with a sound beginning; empty for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") and len(data) > 32:
        width, height = struct.unpack(">II", data[16:24])
        return "image/png" if width and height else ""
    if data.startswith(b"\xff\xd8\xff") and len(data) > 32:
        return "image/jpeg"
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) > 13:
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and data[12:15] == b"VP8":
        return "image/webp"
    return ""


def size_words(size: int) -> str:
    """A size as people read it: ``800 B``, ``12 KB``, ``3.4 MB``."""
    if size < 1_000:
        return f"{size} B"
    if size < 1_000 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / _MB:.1f} MB".replace(".0 MB", " MB")


def _shown(name: str) -> str:
    """The name without a path and without characters that would deceive; short, its end kept."""
    name = one_line(visible(name.replace("\\", "/").rpartition("/")[2]), 1_000).strip() or "file"
    if len(name) <= NAME_MAX:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 12:
        return name[: NAME_MAX - 1] + "…"
    return f"{stem[: NAME_MAX - len(ending) - 2]}….{ending}"


def hold(name: str, size: int, limit_mb: float, what: str = "") -> None:
    """Raises NotUsable for a file of more bytes than that."""
    if size > limit_mb * _MB:
        limit = size_words(int(limit_mb * _MB))
        raise NotUsable(f"“{_shown(name)}” has {size_words(size)}; the most {what}is {limit}.")


def _text(name: str, data: bytes, limits: Limits) -> str:
    encoding = next((spelled for mark, spelled in _BOMS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise NotUsable(
            f"“{name}” is neither a picture (PNG, JPEG, WebP, GIF), a PDF, nor text in UTF-8 or "
            "UTF-16."
        )
    return _bounded(name, clean(text.replace("\r\n", "\n")), limits)


def _pdf(name: str, data: bytes, limits: Limits) -> str:
    try:
        text = pdf.text_of(data, limits.chars)
    except pdf.UnreadableError as problem:
        raise NotUsable(f"“{name}” {problem}.") from problem
    return _bounded(name, visible(text), limits)


def _bounded(name: str, text: str, limits: Limits) -> str:
    if not text.strip():
        raise NotUsable(f"“{name}” is empty: there is no text in it.")
    if len(text) > limits.chars:
        raise NotUsable(
            f"“{name}” has more than {limits.chars:,} characters of text, the most that is sent. "
            "Shorten it, or paste the part that matters."
        )
    return text
