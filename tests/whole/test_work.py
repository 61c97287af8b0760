"""A worker of its own: it plays what a server that is gone has left, and leaves in order; a server
that serves pages only has its runs played elsewhere."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import ROOT, Browserless, LiveServer
from tests.whole.conftest import Build, own_database
from tests.whole.house import FINAL, House, saying, until, usual

POSTGRES, REDIS = os.environ.get("TEST_DATABASE_URL", ""), os.environ.get("TEST_REDIS_URL", "")
needs_both = pytest.mark.skipif(
    not (POSTGRES and REDIS), reason="PostgreSQL and Redis: TEST_DATABASE_URL, TEST_REDIS_URL"
)


@contextmanager
def worker(house: House) -> Iterator["subprocess.Popen[str]"]:
    """``manage.py work`` beside this house, once it is ready; it has nothing to complain of."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "work"],
        cwd=ROOT,
        env=house.server.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Ready")
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
            assert process.stderr is not None
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def test_a_worker_plays_what_a_dead_server_left(build: Build) -> None:
    house = build()
    house.script(**usual())
    run_id = house.ask()
    house.server.kill()
    with worker(house):
        until(lambda: house.run_row(run_id)["state"] in FINAL, "an end without a server")
    house.server.start()
    assert house.end_of(run_id)["judge"]["state"] in ("done", "skipped", "failed")


needs_postgres = pytest.mark.skipif(not POSTGRES, reason="PostgreSQL: TEST_DATABASE_URL")


@needs_both
def test_a_server_that_serves_pages_only_has_its_runs_played_by_a_worker(
    provider: ScriptedProvider,
) -> None:
    with own_database(POSTGRES) as url:
        house = House(provider, DATABASE_URL=url, REDIS_URL=REDIS)
        house.server.arguments = ("--web-only",)
        with house:
            house.script(**usual(m1=[saying("Word by word. " * 40, tokens_per_s=40)]))
            run_id = house.ask()
            time.sleep(1.5)
            assert house.run_row(run_id)["state"] == "queued", "nobody is there to play it"
            assert house.counts() == {}
            with worker(house):
                assert house.end_of(run_id)["state"] == "done"
                house.script(**usual(m1=[saying("On and on. ", endless=True, tokens_per_s=40)]))
                stopped = house.ask()
                until(lambda: house.counts().get("m1"), "a call")
                house.order(stopped, "stop")
                assert house.end_of(stopped)["state"] == "stopped"
            assert "Traceback" not in house.server.stderr


@needs_postgres
def test_processes_that_start_at_once_make_the_tables_once_and_their_links_one_owner() -> None:
    with own_database(POSTGRES) as url:
        server = LiveServer({"DATABASE_URL": url})
        with ThreadPoolExecutor(3) as pool:
            made = list(pool.map(lambda _: server.manage("owner-link"), range(3)))
        assert [one.returncode for one in made] == [0, 0, 0], [one.stderr for one in made]
        links = [one.stdout.strip() for one in made]
        with server, ThreadPoolExecutor(3) as pool:
            people = [Browserless(server.url) for _ in links]
            list(pool.map(lambda person, link: person.sign_in(link), people, links))
            for person in people:
                person.http.close()
        with psycopg.connect(url) as there:
            owners = there.execute("SELECT count(*) FROM council_person").fetchone()
        assert owners == (1,), "three links used at one instant are one owner"
