"""Small files of every kind, made here so that no test depends on a file nobody can read."""

import struct
import zlib


def png(width: int = 48, height: int = 32, color: tuple[int, int, int] = (200, 90, 60)) -> bytes:
    """A real picture of one colour."""
    row = b"\0" + bytes(color) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + b"\0" * 40
GIF = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0/\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
ZIP = b"PK\x03\x04\x14\0\0\0\0\0" + b"\0\x01\x02\x03" * 20


def pdf(*pages: str) -> bytes:
    """A PDF with these words, one page for each; an empty one has no text at all."""
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    font = 3 + 2 * len(pages)
    objects = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>"]
    for number, words in enumerate(pages):
        show = f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET" if words else "0 0 m"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents {4 + 2 * number} 0 R"
            f"/Resources<</Font<</F1 {font} 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(show)}>>stream\n{show}\nendstream")
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    body, places = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{text}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(objects) + 1
    body += f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    body += f"trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(body) - len(table)}\n%%EOF"
    return body.encode("latin-1")
