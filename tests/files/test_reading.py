"""A file is what is in it, whatever its name says; what cannot be sent is told in a sentence."""

import io

import pypdf
import pytest

from council.files import pdf
from council.files.reading import Limits, NotUsable, image_type, read, size_words
from tests.files import made

LIMITS = Limits()


def refused(name: str, data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(NotUsable) as problem:
        read(name, data, limits)
    return str(problem.value)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (made.png(), "image/png"),
        (made.JPEG, "image/jpeg"),
        (made.GIF, "image/gif"),
        (made.WEBP, "image/webp"),
    ],
)
def test_a_picture_is_known_by_its_beginning_whatever_its_name(
    data: bytes, media_type: str
) -> None:
    file = read("notes.txt", data, LIMITS)
    assert (file.kind, file.media_type, file.text) == ("image", media_type, "")


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF89a", b"RIFF1234WAVE"])
def test_half_a_beginning_is_no_picture(data: bytes) -> None:
    assert image_type(data) == ""


def test_an_archive_named_like_a_picture_is_refused_and_the_kinds_are_named() -> None:
    said = refused("holiday.png", made.ZIP)
    assert said.startswith("“holiday.png” is neither a picture (PNG, JPEG, WebP, GIF), a PDF, nor")


def test_svg_and_html_are_text_and_nothing_else() -> None:
    file = read("a.svg", b"<svg onload='alert(1)'></svg>", LIMITS)
    assert (file.kind, file.media_type) == ("text", "text/plain")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_in_utf_8_and_utf_16(encoding: str) -> None:
    assert read("a.py", "größe = 1\r\n文\n".encode(encoding), LIMITS).text == "größe = 1\n文\n"


@pytest.mark.parametrize("data", [b"caf\xe9", b"a\0b", "x".encode("utf-16-le"), b"\xff\xfex"])
def test_what_is_no_text_is_refused(data: bytes) -> None:
    assert "nor text in UTF-8 or UTF-16" in refused("a.txt", data)


@pytest.mark.parametrize("data", [b"", b"  \n\t"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert refused("a.txt", data).startswith("“a.txt” is empty")


def test_sizes_are_held_and_said() -> None:
    small = Limits(file_mb=1, image_mb=0.5, chars=100)
    megabyte = b"x" * (1024 * 1024)
    assert refused("a.txt", megabyte + b"y", small) == "“a.txt” has 1 MB; the most is 1 MB."
    assert "the most for a picture is 512 KB" in refused(
        "a.png", made.png() + megabyte[:600_000], small
    )
    assert "more than 100 characters of text" in refused("a.txt", b"x" * 101, small)


def test_the_text_of_a_pdf_is_read_page_by_page() -> None:
    file = read("report.pdf", made.pdf("Steel rusts.", "Aluminium does not."), LIMITS)
    assert (file.kind, file.media_type) == ("pdf", "application/pdf")
    assert file.text == "Steel rusts.\n\nAluminium does not."


@pytest.mark.parametrize("data", [b"%PDF-1.4\nnothing", made.pdf("Steel")[:150]])
def test_a_damaged_pdf_is_refused(data: bytes) -> None:
    assert "is a PDF that cannot be read: it may be damaged." in refused("r.pdf", data)


def test_a_scanned_pdf_says_what_to_do() -> None:
    assert "holds no text, only pictures of pages" in refused("scan.pdf", made.pdf("", ""))


def test_a_pdf_with_a_password_says_so() -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(made.pdf("Secret")))
    writer.encrypt("word", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    assert "is locked with a password" in refused("r.pdf", locked.getvalue())


def test_a_pdf_of_too_many_pages_is_refused() -> None:
    assert "at most 300 are read" in refused("book.pdf", made.pdf(*["x"] * (pdf.PAGES + 1)))


def test_a_pdf_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "LIMIT_S", 0.01)
    assert "could not be read within" in refused("slow.pdf", made.pdf("Steel"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\nb\x07.txt", "a b.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("", "file"),
    ],
)
def test_a_name_is_one_line_without_a_path_or_tricks(name: str, shown: str) -> None:
    assert read(name, b"x", LIMITS).name == shown


def test_a_long_name_keeps_its_ending() -> None:
    name = read("x" * 400 + ".py", b"x", LIMITS).name
    assert len(name) <= 120
    assert name.endswith("….py")


def test_sizes_are_said_as_people_read_them() -> None:
    sizes = [800, 12_288, 1_048_576, 3_565_158]
    assert [size_words(size) for size in sizes] == ["800 B", "12 KB", "1 MB", "3.4 MB"]
