"""The product and the scripted provider, each in its own process, and a person who asks."""

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import psutil

from bench.load import SEATS, Load
from bench.process import Helper
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless, LiveServer

_FINAL = ("done", "partial", "failed", "stopped", "interrupted")
_RUN = re.compile(r"/runs/([0-9a-f-]{36})/")


@dataclass
class House:
    """A server that has played one short run already, and what is needed to load it."""

    server: LiveServer
    provider: ScriptedProvider
    person: Browserless
    council: str

    def start_runs(self, load: Load) -> list[str]:
        """Post the form once per run; the run ids, in order."""
        return [self.start_run(load) for _ in range(load.runs)]

    def start_run(self, load: Load) -> str:
        """Post the form as the page does, without following to the run's page."""
        answer = self.person.http.post(
            "/runs/",
            data={
                "csrfmiddlewaretoken": self.person.token,
                "prompt": "How fast is this?",
                "council": self.council,
                "model": [f"load/{load.member}"] * SEATS,
                "role": [""] * SEATS,
                "judge": f"load/{load.judge}",
                "writer": f"load/{load.writer}",
            },
            follow_redirects=False,
        )
        found = _RUN.search(answer.headers.get("location", ""))
        if found is None:
            raise RuntimeError(f"{answer.status_code}: {answer.text[:2000]}")
        return found.group(1)

    def sockets(self, runs: list[str]) -> Helper:
        """A reader for each of these runs, in one process of their own."""
        cookie = self.person.cookie
        return Helper("sockets", url=self.server.url, cookie=cookie, runs=runs)

    def floor(self, client: str, load: Load) -> float:
        """Processor seconds that only reading the same streams takes."""
        with Helper("floor", url=self.provider.url, client=client, load=asdict(load)) as helper:
            return float(helper.hear()["cpu_s"])

    def memory(self) -> int:
        """Bytes that are the server's alone."""
        return int(psutil.Process(self.server.pid).memory_full_info().uss)

    def stop_runs(self, runs: list[str]) -> None:
        """Press Stop on each, and wait until all are over."""
        for run in runs:
            self.person.http.post(
                f"/runs/{run}/stop",
                data={"csrfmiddlewaretoken": self.person.token},
                follow_redirects=False,
            )
        self.wait_for(runs, 30)

    def wait_for(self, runs: list[str], within_s: float) -> None:
        """Return once all runs are over. Asks the database, so that the server need not answer."""
        marks = ",".join("?" * len(_FINAL))
        question = f"SELECT count(*) FROM council_run WHERE state IN ({marks}) AND id IN ("
        question += ",".join("?" * len(runs)) + ")"
        ids = [run.replace("-", "") for run in runs]
        deadline = time.monotonic() + within_s
        uri = f"file:{self.server.data_dir / 'council.sqlite3'}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
            while database.execute(question, [*_FINAL, *ids]).fetchone()[0] < len(runs):
                if time.monotonic() > deadline:
                    raise RuntimeError("the runs did not end in time")
                time.sleep(0.1)

    def restart(self) -> float:
        """Stop and start the server; seconds until its first page."""
        self.server.stop()
        started = time.monotonic()
        self.server.start()
        took = time.monotonic() - started
        page = self.person.http.get("/")
        if page.status_code != 200:
            raise RuntimeError(f"the first page is a {page.status_code}")
        return took


@contextlib.contextmanager
def house() -> Iterator[House]:
    """A fresh server with a fresh database, warmed up by one run."""
    with ScriptedProvider() as provider:
        settings = {"COUNCIL_PROVIDER_LOAD_URL": provider.url}
        with LiveServer(settings) as server:
            person = server.owner()
            page = person.http.get("/").text
            slug = re.search(r'<option value="([^"]+)"', page)
            if slug is None:
                raise RuntimeError("the page offers no council")
            made = House(server, provider, person, slug.group(1))
            warm_up = Load(runs=1, tokens=20, after=20, first_s=0.5)
            with made.sockets(made.start_runs(warm_up)) as sockets:
                sockets.hear()
                sockets.hear()
            yield made


def request_times(log: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """When each request reached the provider and when its answer ended, on its own clock."""
    began = {line["n"]: line["t"] for line in log if line["event"] == "request"}
    ended = {line["n"]: line["t"] for line in log if line["event"] == "end"}
    return [(began[n], ended[n]) for n in sorted(began) if n in ended]
