"""The other side of the wire: a scripted provider in a real process, over real HTTP."""

import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.patience import PATIENCE_S

_START_S = 10.0


class ScriptedProvider:
    """A context manager around ``python -m council.rehearsal`` on a port of its own.

        with ScriptedProvider() as provider:
            provider.script({"m1": [{"text": "Hello."}]})
            ...  # ask model "m1" at provider.url
            assert provider.requests("m1")

    ``url`` ends in ``/v1``. Takes: `council.rehearsal.takes.Take`. The process, and so the
    log, outlives whatever the test kills.
    """

    def __init__(self, scripts: Mapping[str, Sequence[Any]] | None = None) -> None:
        self._scripts = scripts
        self._folder = tempfile.TemporaryDirectory(prefix="scripted-provider-")
        self.log_path = Path(self._folder.name) / "log.jsonl"
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The provider's process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the process and wait until it listens. RuntimeError when it does not."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "council.rehearsal", "--log", str(self.log_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready.startswith("rehearsal on "):
            self.stop()
            raise RuntimeError(f"the scripted provider did not start: {ready!r}")
        self.url = ready.removeprefix("rehearsal on ").strip()
        if self._scripts:
            self.script(self._scripts)

    def stop(self) -> None:
        """End the process; its log is gone with it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_START_S)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None
        self._folder.cleanup()

    def script(self, scripts: Mapping[str, Sequence[Any]]) -> None:
        """Set the takes of these models; the first one is next. ValueError for a bad take."""
        self._control("PUT", "/__scripts", json.dumps(scripts).encode())

    def models(self, *cards: Mapping[str, Any]) -> None:
        """List these models so: ``{"id": "m1", "context_length": 8000, "pricing": {…}}``.

        No others but the cast and what a script plays: a list takes the place of the last.
        """
        self._control("PUT", "/__models", json.dumps(cards).encode())

    def keys(self, *keys: str) -> None:
        """Answer only whoever sends one of these; without any, everybody."""
        self._control("PUT", "/__keys", json.dumps(keys).encode())

    def forget(self) -> None:
        """Play, list and demand nothing that a test has set; the log starts empty."""
        self._control("DELETE", "/__scripts")
        self.models()
        self.keys()
        self.reset()

    def reset(self) -> None:
        """Empty the log and start every script at its first take."""
        self._control("POST", "/__reset")

    def log(self) -> list[dict[str, Any]]:
        """Every request and end so far, in order."""
        if not self.log_path.exists():
            return []
        lines = self.log_path.read_text("utf-8").splitlines(keepends=True)
        # The provider may be writing the last line at this moment.
        return [json.loads(line) for line in lines if line.endswith("\n")]

    def requests(self, model: str | None = None) -> list[dict[str, Any]]:
        """The requests so far, of one model or of all."""
        return [
            line
            for line in self.log()
            if line["event"] == "request" and model in (None, line["model"])
        ]

    def end_of(self, request: Mapping[str, Any], within_s: float = PATIENCE_S) -> dict[str, Any]:
        """How this request ended. AssertionError when it has not within that many seconds."""
        deadline = time.monotonic() + within_s
        while True:
            for line in self.log():
                if line["event"] == "end" and line["id"] == request["id"]:
                    return line
            assert time.monotonic() < deadline, f"no end of {request['id']} in {within_s} s"
            time.sleep(0.01)

    def wait_for_requests(
        self, count: int, model: str | None = None, within_s: float = PATIENCE_S
    ) -> list[dict[str, Any]]:
        """The requests, once there are that many. AssertionError when there are not in time."""
        deadline = time.monotonic() + within_s
        while len(found := self.requests(model)) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} requests in {within_s} s"
            time.sleep(0.01)
        return found

    def _control(self, method: str, path: str, body: bytes | None = None) -> None:
        root = self.url.removesuffix("/v1")
        request = urllib.request.Request(root + path, data=body, method=method)
        no_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            no_proxy.open(request, timeout=_START_S).close()
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None
