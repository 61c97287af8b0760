"""What a provider's silence does to pages and to the next start: nothing that hurts."""

import contextlib
import re
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.lister import Lister, listing
from tests.fakes.server import LiveServer
from tests.whole.house import signed_in, until


@pytest.fixture
def lab() -> Iterator[Lister]:
    with listing("lab-one", "lab-two") as running:
        yield running


def test_after_a_restart_a_dead_provider_s_models_are_there_with_age_and_reason() -> None:
    with listing("lab-one") as lab, LiveServer({"COUNCIL_PROVIDER_LAB_URL": lab.url}) as server:
        with signed_in(server) as person:
            assert "lab/lab-one" in person.http.get("/models/").text
        server.kill()
        _age(server, hours=3)
        lab.status = 503
        server.start()
        with signed_in(server) as person:
            page = until(lambda: _told(person.http.get("/connect/").text), "its state is told")
            assert "lab reports an error of its own (503)" in page
            assert re.search(r"Its 1 model of 3\s+hours\b[^.]* ago is kept\.", page)
            assert "lab/lab-one" in person.http.get("/models/").text
            assert "from an older list" in person.http.get("/models/").text


def _age(server: LiveServer, hours: int) -> None:
    """Make every list as old as that."""
    then = (datetime.now(UTC) - timedelta(hours=hours, minutes=1)).replace(tzinfo=None)
    with contextlib.closing(sqlite3.connect(server.data_dir / "council.sqlite3")) as database:
        sql = "UPDATE council_catalogue SET fetched_at = ?, tried_at = ?"
        database.execute(sql, (then.isoformat(" "), then.isoformat(" ")))
        database.commit()


def _told(page: str) -> str:
    return page if "(503)" in page else ""


def test_a_provider_that_never_answers_does_not_delay_the_pages(lab: Lister) -> None:
    settings = {"COUNCIL_PROVIDER_LAB_URL": lab.url, "COUNCIL_PROVIDER_SLOW_URL": ""}
    with listing("never") as slow:
        slow.wait_s = 20.0
        settings["COUNCIL_PROVIDER_SLOW_URL"] = slow.url
        with LiveServer(settings) as server, signed_in(server) as person:
            began = time.monotonic()
            person.http.get("/")  # the first page of all waits a moment, once
            assert time.monotonic() - began < 10
            until(lambda: slow.asked > 1, "the background asks it as well")
            for path in ("/", "/models/", "/connect/", "/models/suggest?q=lab"):
                began = time.monotonic()
                page = person.http.get(path)
                assert time.monotonic() - began < 1.5, path
                assert page.status_code == 200
            assert "lab/lab-two" in person.http.get("/models/").text
            assert "did not list its models" in person.http.get("/connect/").text
