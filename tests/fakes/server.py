"""The product itself, started as a stranger would: its own process, its own data folder."""

import atexit
import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

import httpx

from tests.patience import pause

ROOT = Path(__file__).resolve().parents[2]
_START_S = 30.0
_LINK = re.compile(r"http://\S+/welcome/\S+/")


def free_port() -> int:
    """A port nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    """This process's environment without anything that would reach a real provider."""
    kept = {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "USE_DATABASE_URL"}
    env = {name: value for name, value in os.environ.items() if name in kept}
    return env | {
        "ENV_FILE": os.devnull,
        "DATA_DIR": str(data_dir),
        "OLLAMA_HOST": "127.0.0.1:9",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }


_PREPARE = "from council.management.commands.serve import prepare; prepare()"


@functools.cache
def first_start() -> Path:
    """What a first start leaves, before anybody came: made once, to be copied.

    tests/run.py has it made once for all its processes.
    """
    if made := os.environ.get("TEST_FIRST_START"):
        return Path(made)
    folder = tempfile.mkdtemp(prefix="first-start-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", _PREPARE],
        cwd=ROOT,
        env=environment(Path(folder)),
        check=True,
    )
    return Path(folder)


class LiveServer:
    """``manage.py serve`` on a free port. `kill` is kill -9; `start` again is a restart.

    ``arguments`` are the command's own.
    """

    arguments: Sequence[str] = ()

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(
            prefix="live-server-", ignore_cleanup_errors=True
        )
        self.data_dir = Path(self._folder.name)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = environment(self.data_dir, PORT=str(self.port), **(settings or {}))
        self.owner_link = ""
        self._process: subprocess.Popen[str] | None = None
        self._err: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()
        self._end_rehearsal()
        self._folder.cleanup()

    def furnish(self) -> None:
        """Tables and static files as a first start makes them: that takes a second, a copy none.

        A first start of its own: tests/whole/test_first_start.py.
        """
        shutil.copy(first_start() / "council.sqlite3", self.data_dir)
        shutil.copytree(first_start() / "static", self.data_dir / "static")

    def _end_rehearsal(self) -> None:
        """The rehearsal provider outlives its server on purpose; it must not outlive the test."""
        note = self.data_dir / "rehearsal.json"
        if note.exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(json.loads(note.read_text())["pid"], signal.SIGTERM)

    def start(self) -> None:
        """Start and wait until it is ready. AssertionError with its output when it is not."""
        self._err = (self.data_dir / "stderr.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", *self.arguments],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=self._err,
            text=True,
        )
        said = []
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said.append(line)
            if found := _LINK.search(line):
                self.owner_link = found.group()
            if line.startswith("Ready"):
                break
        else:
            raise AssertionError(f"the server did not start:\n{''.join(said)}\n{self.stderr}")
        self._wait_for_answer()

    def _wait_for_answer(self) -> None:
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/", trust_env=False)
            except httpx.TransportError:
                time.sleep(0.02)
            else:
                return
        raise AssertionError("the server did not answer")

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def stderr(self) -> str:
        """What it logged."""
        return (self.data_dir / "stderr.log").read_text()

    def kill(self) -> None:
        """kill -9: no farewell."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM twice: leave now."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(how)
        self.wait(15)

    def wait(self, within_s: float = 40) -> None:
        """Wait until it has ended; after ``within_s`` seconds it is ended by force."""
        if self._process is None:
            return
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        assert self._process.stdout is not None
        self._process.stdout.close()
        if self._err is not None:
            self._err.close()
        self._process = None

    def manage(
        self, *arguments: str, timeout_s: float = 180, **more: Any
    ) -> "subprocess.CompletedProcess[str]":
        """Run a management command beside the server, on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            **more,
        )

    def owner(self) -> "Browserless":
        """A session that signed in through the one-time link."""
        link = self.manage("owner-link").stdout.strip()
        session = Browserless(self.url)
        session.sign_in(link)
        return session


class Browserless:
    """A person with cookies but without JavaScript."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False, timeout=30, follow_redirects=True)

    @property
    def token(self) -> str:
        """The CSRF token of the cookie."""
        return self.http.cookies.get("csrftoken") or ""

    @property
    def cookie(self) -> str:
        """The session, as a Cookie header for a websocket."""
        return f"sessionid={self.http.cookies.get('sessionid', '')}"

    def sign_in(self, link: str) -> None:
        """Open the link and press its button."""
        self.http.get(link)
        assert self.post(link).status_code == 200

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form. ``files`` are names with their bytes, for its field of that name."""
        files = [("files", file) for file in fields.pop("files", [])]
        data = {"csrfmiddlewaretoken": self.token, **fields}
        return self.http.post(path, data=data, files=files or None)

    def ask(self, prompt: str, models: list[str], judge: str, **fields: Any) -> str:
        """Start a run with these seats through the form; the run's id."""
        page = self.http.get("/")
        slug = re.search(r'<option value="([^"]+)"', page.text)
        key = re.search(r'name="key" value="([^"]+)"', page.text)
        assert slug is not None, page.text[:2000]
        assert key is not None, page.text[:2000]
        answer = self.post(
            "/runs/",
            prompt=prompt,
            council=slug.group(1),
            key=key.group(1),
            model=models,
            role=fields.pop("role", [""] * len(models)),
            judge=judge,
            **fields,
        )
        found = re.search(r"/runs/([0-9a-f-]{36})/", str(answer.url))
        assert found, f"{answer.status_code} {answer.url}\n{answer.text[:3000]}"
        return found.group(1)

    def document(self, run_id: str) -> dict[str, Any]:
        """The run document as it stands."""
        document: dict[str, Any] = self.http.get(f"/runs/{run_id}.json").json()
        return document

    def wait_for(self, run_id: str, *states: str, within_s: float = 20) -> dict[str, Any]:
        """The document once the run is in one of these states (any final one by default)."""
        wanted = states or ("done", "partial", "failed", "stopped", "interrupted")
        began = time.monotonic()
        while (document := self.document(run_id))["state"] not in wanted:
            assert time.monotonic() < began + within_s, (
                f"{document['state']} after {within_s} s: {document}"
            )
            pause(began)
        return document
