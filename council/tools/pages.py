"""The readable text of a page: HTML, PDF, plain text, JSON. No I/O; may take seconds of work."""

import codecs
import contextlib
import io
import logging
import re
from typing import Any, NamedTuple

from council.tools.said import visible
from council.wire.cleaning import one_line

MAX_CHARS = 20_000
"""How much of a page goes to the model."""
_PDF_PAGES = 60
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PDF = "application/pdf"
_PLAIN = frozenset(
    {"application/json", "application/xml", "application/yaml", "application/x-yaml", "",
     "application/octet-stream", "application/javascript", "application/rtf"}
)  # fmt: skip
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)"
    r"|font-size\s*:\s*0(?:\.0+)?(?![.\d])|text-indent\s*:\s*-\d{3}|(?:left|top)\s*:\s*-\d{4}",
    re.IGNORECASE,
)
_NEVER_READ = (
    "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "form",
)  # fmt: skip
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,30})", re.IGNORECASE)


class Unreadable(Exception):
    """There is no text in it that can be read; the message is half a sentence."""


class Text(NamedTuple):
    """What a page says. ``is_cut``: there is more than is handed on."""

    title: str
    text: str
    is_cut: bool


def is_readable(kind: str) -> bool:
    """True for content types that may hold text."""
    known = kind in _HTML or kind in _PLAIN or kind == _PDF or kind.startswith("text/")
    return known or kind.endswith(("+json", "+xml"))


def text_of(kind: str, body: bytes, *, is_cut: bool) -> Text:
    """The readable text of a page with this content type. Raises Unreadable."""
    begins = body.lstrip()[:15].lower()
    if kind == _PDF or body.startswith(b"%PDF-"):
        title, text = _pdf(body, is_cut)
    elif kind in _HTML or begins.startswith((b"<!doctype html", b"<html")):
        title, text = _html(body)
    else:
        title, text = "", _plain(body)
    text = visible(text).strip()
    if not text:
        raise Unreadable("there is no text on it that can be read")
    is_cut = is_cut or len(text) > MAX_CHARS
    return Text(one_line(visible(title), 300), text[:MAX_CHARS], is_cut)


def _plain(body: bytes) -> str:
    if b"\0" in body[:4_000]:
        raise Unreadable("it is no text")
    return body.decode("utf-8", "replace")


def _html(body: bytes) -> tuple[str, str]:
    """Title and main text, as trafilatura reads it, without what a reader would not see."""
    import lxml.etree
    import lxml.html
    import trafilatura

    parser = lxml.html.HTMLParser(encoding=_encoding(body), remove_comments=True)
    try:
        tree = lxml.html.document_fromstring(body, parser=parser)
    except (lxml.etree.ParserError, ValueError):
        raise Unreadable("there is no text on it that can be read") from None
    title = tree.findtext(".//title") or ""
    for element in list(tree.iter()):
        if element is not tree and _is_hidden(element):
            with contextlib.suppress(AttributeError, ValueError):  # its parent went before it
                element.drop_tree()
    plain = tree.text_content()
    text = trafilatura.extract(
        tree, include_comments=False, include_tables=True, favor_recall=True, deduplicate=False
    )
    return title, text or re.sub(r"\s*\n\s*", "\n", plain)


def _is_hidden(element: Any) -> bool:
    tag, get = element.tag, element.get
    if not isinstance(tag, str):
        return True  # a comment, an instruction
    return (
        tag in _NEVER_READ
        or get("hidden") is not None
        or get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(get("style") or ""))
    )


def _encoding(body: bytes) -> str:
    """What the page says it is written in; UTF-8 where it says nothing, or nonsense."""
    said = _CHARSET.search(body[:4_000])
    with contextlib.suppress(LookupError):
        return codecs.lookup(said.group(1).decode()).name if said else "utf-8"
    return "utf-8"


def _pdf(body: bytes, is_cut: bool) -> tuple[str, str]:
    import pypdf

    if is_cut:
        raise Unreadable("it is a PDF of more than 2 MiB")
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns about every other file
    texts: list[str] = []
    try:
        reader = pypdf.PdfReader(io.BytesIO(body))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("it is a PDF with a password")
        title = str(reader.metadata.get("/Title") or "") if reader.metadata else ""
        for sheet in reader.pages[:_PDF_PAGES]:
            texts.append(sheet.extract_text())
            if sum(map(len, texts)) > MAX_CHARS:
                break
    except Unreadable:
        raise
    except Exception as error:  # a hostile file may break it in any way
        raise Unreadable("it is a PDF that cannot be read") from error
    return title, "\n\n".join(texts)
