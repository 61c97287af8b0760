"""A worker of its own: it plays what a server that is gone has left, and leaves in order."""

import signal
import subprocess
import sys

from tests.fakes.server import ROOT
from tests.whole.conftest import Build
from tests.whole.house import FINAL, until, usual


def test_a_worker_plays_what_a_dead_server_left(build: Build) -> None:
    house = build()
    house.script(**usual())
    run_id = house.ask()
    house.server.kill()
    with subprocess.Popen(
        [sys.executable, "manage.py", "work"],
        cwd=ROOT,
        env=house.server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        try:
            assert worker.stdout is not None
            assert worker.stdout.readline().startswith("Ready")
            until(lambda: house.run_row(run_id)["state"] in FINAL, "an end without a server")
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(10) == 0
            assert worker.stderr is not None
            assert "Traceback" not in worker.stderr.read()
        finally:
            worker.kill()
    house.server.start()
    assert house.end_of(run_id)["judge"]["state"] in ("done", "skipped", "failed")
