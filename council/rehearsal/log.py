"""What was asked and how it ended, one JSON line each, on disk before anything is answered.

The file outlives this process and the app, so that a test can hold the app's rows against
what really reached the provider. The Authorization header is never written, only its print.
"""

import json
import time
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, TextIO


def print_of(key: str) -> str:
    """What tells one key from another without saying it; empty for none."""
    return sha256(key.encode()).hexdigest()[:16] if key else ""


class Log:
    """Appends to a file; without a path it only numbers the requests."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO | None = path.open("a", encoding="utf-8") if path else None
        self._count = 0

    def request(self, request_id: str, body: dict[str, Any], *, key: str) -> int:
        """A request has arrived, with this key or none; returns its number, counted from 1."""
        self._count += 1
        self._write(
            {
                "n": self._count,
                "t": time.monotonic(),
                "at": datetime.now(UTC).isoformat(),
                "event": "request",
                "id": request_id,
                "model": body.get("model"),
                "stream": body.get("stream") is True,
                "messages": body.get("messages"),
                "temperature": body.get("temperature"),
                "max_tokens": body.get("max_tokens", body.get("max_completion_tokens")),
                "reasoning_effort": body.get("reasoning_effort"),
                "response_format": body.get("response_format") is not None,
                "key": bool(key),
                "key_print": print_of(key),
                "parameters": {name: v for name, v in body.items() if name != "messages"},
            }
        )
        return self._count

    def end(self, n: int, request_id: str, how: str, tokens_sent: int) -> None:
        """The answer to a request is over, as seen from this side of the wire."""
        self._write(
            {
                "n": n,
                "t": time.monotonic(),
                "event": "end",
                "id": request_id,
                "how": how,
                "tokens_sent": tokens_sent,
            }
        )

    def lines(self) -> list[Any]:
        """Everything in the file; nothing without one."""
        if self._path is None:
            return []
        with self._path.open(encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def clear(self) -> None:
        """Empty the file and count from 1 again."""
        self._count = 0
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        if self._file is not None:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
