"""The text of a PDF, read in a process of its own: a hostile file costs its own time and memory.

``python -m council.files.pdf CHARS`` reads a PDF from standard input and writes one JSON object.
"""

import io
import json
import logging
import resource
import subprocess
import sys
from pathlib import Path

LIMIT_S = 20
PAGES = 300
_MEMORY = 1024 * 1024 * 1024
_ROOT = Path(__file__).resolve().parents[2]


class UnreadableError(Exception):
    """There is no text that can be read in it; the message is half a sentence."""


def text_of(data: bytes, chars: int) -> str:
    """All of its text; a little more than ``chars`` characters where there is more.

    Raises UnreadableError. Takes up to `LIMIT_S` seconds.
    """
    command = [sys.executable, "-m", "council.files.pdf", str(chars)]
    try:
        done = subprocess.run(  # noqa: S603  # our own program; the file is only its input
            command, input=data, capture_output=True, timeout=LIMIT_S, cwd=_ROOT, check=True
        )
        said = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise UnreadableError(f"could not be read within {LIMIT_S} seconds") from error
    except (subprocess.CalledProcessError, ValueError) as error:
        raise UnreadableError("is a PDF that cannot be read: it may be damaged") from error
    if "problem" in said:
        raise UnreadableError(str(said["problem"]))
    return str(said["text"])


def _read(data: bytes, chars: int) -> dict[str, str]:
    import pypdf

    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        return {"problem": "is locked with a password: save it without one, then add it again"}
    if len(reader.pages) > PAGES:
        return {"problem": f"has {len(reader.pages)} pages; at most {PAGES} are read"}
    texts: list[str] = []
    for page in reader.pages:
        texts.append(page.extract_text())
        if sum(map(len, texts)) > chars:
            break
    text = "\n\n".join(texts)
    if not text.strip():
        return {"problem": "holds no text, only pictures of pages: add those as pictures"}
    return {"text": text[: chars + 1]}


def main() -> None:
    """Read standard input. Ends with an error for whatever pypdf cannot take."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    logging.disable(logging.CRITICAL)  # pypdf warns about every other file
    json.dump(_read(sys.stdin.buffer.read(), int(sys.argv[1])), sys.stdout)


if __name__ == "__main__":
    main()
