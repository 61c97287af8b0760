"""``manage.py doctor`` and its page: what is wrong, what to do, and never a key."""

import json
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from tests.fakes.lister import Lister, listing
from tests.fakes.server import LiveServer
from tests.fakes.web import Answer, Play, Web
from tests.whole.conftest import Build
from tests.whole.house import House

KEY = "sk-sentinel-0123456789abcdef"


@pytest.fixture
def lab() -> Iterator[Lister]:
    with listing("a", "b") as running:
        yield running


Machine = Callable[..., LiveServer]


@pytest.fixture
def machine(lab: Lister) -> Iterator[Machine]:
    """A data folder with tables and one endpoint; nothing is started."""
    made: list[LiveServer] = []

    def make(**settings: str) -> LiveServer:
        usual = {"COUNCIL_PROVIDER_LAB_URL": lab.url, "COUNCIL_PROVIDER_LAB_KEY": KEY}
        made.append(LiveServer({**usual, "OLLAMA_HOST": "", **settings}))
        made[-1].furnish()
        return made[-1]

    yield make
    for server in made:
        server.__exit__()


def _examined(server: LiveServer) -> tuple["subprocess.CompletedProcess[str]", dict[str, Any]]:
    asked = server.manage("doctor", "--json")
    assert KEY not in asked.stdout + asked.stderr
    document = json.loads(asked.stdout)
    lines = {line["what"].partition(" (")[0]: line for line in document["lines"]}
    assert document["well"] == (asked.returncode == 0)
    return asked, lines


def test_all_well_is_exit_0_and_says_what_was_found(machine: Machine) -> None:
    asked, lines = _examined(machine())
    assert asked.returncode == 0, asked.stdout
    assert re.fullmatch(r"2 models in \d\.\d s; a key is sent", lines["lab"]["said"])
    assert lines["Database"]["said"] == "reachable, up to date, writable"


@pytest.mark.parametrize(
    ("status", "body", "said", "todo"),
    [
        (
            401,
            {"error": {"message": f"Incorrect API key provided: {KEY}"}},
            "lab says the key is not valid (401): Incorrect API key provided: [key]",
            "Correct COUNCIL_PROVIDER_LAB_KEY in .env.",
        ),
        (503, b"<html>busy</html>", "lab reports an error of its own (503)", "or correct"),
        (200, b"<html>hello</html>", "no list of models", ""),
    ],
    ids=["bad key", "down", "web page"],
)
def test_each_fault_says_what_it_is_and_what_to_do(
    machine: Machine, lab: Lister, status: int, body: Any, said: str, todo: str
) -> None:
    lab.status, lab.body = status, body
    asked, lines = _examined(machine())
    assert said in lines["lab"]["said"]
    assert todo in lines["lab"]["todo"]
    assert asked.returncode == (0 if status == 200 else 1)


def test_nobody_listening_is_told_with_the_setting_that_names_it(machine: Machine) -> None:
    server = machine(COUNCIL_PROVIDER_LAB_URL="http://127.0.0.1:9/v1")
    asked, lines = _examined(server)
    assert asked.returncode == 1
    assert lines["lab"]["todo"] == "Start it, or correct COUNCIL_PROVIDER_LAB_URL in .env."


def test_no_provider_an_open_folder_and_a_silent_redis_are_each_something_to_do(
    machine: Machine,
) -> None:
    server = machine(
        COUNCIL_PROVIDER_LAB_URL="",
        COUNCIL_PROVIDER_LAB_KEY="",
        REDIS_URL="redis://:hidden-word@127.0.0.1:9",
    )
    server.data_dir.chmod(0o755)
    asked = server.manage("doctor")
    assert asked.returncode == 1
    assert "!!  Providers: no provider is connected" in asked.stdout
    assert "→ Put a line such as OPENROUTER_API_KEY=…" in asked.stdout
    assert f"→ chmod 700 {server.data_dir}" in asked.stdout
    assert "!!  Redis (127.0.0.1): it does not answer" in asked.stdout
    assert "hidden-word" not in asked.stdout + asked.stderr


def _hang(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(1)  # until the client leaves


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (Answer(b'{"error": "No query"}', "application/json", 400), "it answers"),
        (Answer(status=403), "403 to a search. Its settings must allow the format json"),
        (_hang, "did not answer in 3 seconds"),
    ],
    ids=["well", "no json", "silent"],
)
def test_a_search_engine_of_one_s_own_is_tried(
    machine: Machine, page: Answer | Play, said: str
) -> None:
    with Web({"/search": page}) as web:
        asked, lines = _examined(machine(SEARCH_URL=web.url("")))
    assert said in lines["Web search"]["said"]
    assert lines["Web search"]["what"] == f"Web search (searxng at {web.endpoint})"
    assert asked.returncode == (0 if said == "it answers" else 1)
    assert ("SEARCH_URL" in lines["Web search"]["todo"]) == (asked.returncode == 1)


def test_an_engine_that_costs_money_is_named_and_not_tried(machine: Machine) -> None:
    with Web() as web:
        asked, lines = _examined(machine(BRAVE_API_KEY=KEY, BRAVE_URL=web.url("")))
        assert web.connections == 0
    assert asked.returncode == 0
    assert lines["Web search"]["what"] == f"Web search (brave at {web.endpoint})"
    assert "not tried" in lines["Web search"]["said"]


def test_a_database_without_this_version_s_tables_is_told(machine: Machine) -> None:
    server = machine()
    server.manage("migrate", "council", "0013", "--verbosity", "0")
    asked, lines = _examined(server)
    assert asked.returncode == 1
    assert "not applied" in lines["Database"]["said"]
    assert lines["lab"]["state"] == "good", "one fault hides no other line"


def test_a_check_leaves_nothing_behind(machine: Machine) -> None:
    server = machine()
    _examined(server)
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    assert not (server.data_dir / ".doctor").exists()
    assert "[]" in server.manage(
        "shell", "-v", "0", "-c",
        "from council.models import SignInLink; print(list(SignInLink.objects.all()))",
    ).stdout  # fmt: skip


def test_the_owner_checks_on_the_page_and_without_javascript(build: Build) -> None:
    house: House = build()
    page = house.person.post("/connect/check")
    assert page.status_code == 200
    assert "<html" in page.text
    assert "reachable, up to date, writable" in page.text
    token = {"X-CSRFToken": house.person.token, "HX-Request": "true"}
    part = house.person.http.post("/connect/check", headers=token)
    assert "<html" not in part.text
    assert 'id="report"' in part.text
