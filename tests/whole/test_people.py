"""The owner's pages: who is here and what they may, and what holds for the whole server."""

import contextlib
import re
from collections.abc import Iterator

import pytest

from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another, guest, manage, saved_council
from tests.whole.house import House, saying, usual

_FIRST = """
from council.models import Call, Person
person = Person.objects.get(username="ada")
Call.objects.create(person=person, seat="A", attempt=1, model="fake/dear", cost_usd=1.25,
    state="done", ended_at=person.date_joined, council_name="Metals")
Call.objects.create(person=person, seat="B", attempt=1, model="fake/dear",
    state="done", ended_at=person.date_joined, council_name="Metals")
print(person.id)
"""


@pytest.fixture(scope="module")
def team(provider: ScriptedProvider) -> Iterator[House]:
    """A house with an owner and two more people."""
    with House(provider, GUESTS="1", CAP_RUN_USD="", GUEST_BUDGET_USD="2") as house:
        yield house


@pytest.fixture(scope="module")
def ada(team: House) -> Iterator[Browserless]:
    """Somebody with an account."""
    person = another(team.server, "ada")
    with contextlib.closing(person.http):
        yield person


@pytest.fixture(scope="module")
def her(team: House, ada: Browserless) -> str:
    """The address of her page at the owner's."""
    return f"/settings/people/{manage(team.server, _FIRST)}"


def test_the_owner_sees_who_is_here_and_what_was_spent(team: House, her: str) -> None:
    page = team.person.http.get("/settings/people").text
    assert her in page
    assert re.search(r"\$1\.25 <span[^>]*>\+ 1 unknown</span> this month", page)
    server = team.person.http.get("/settings/server").text
    assert "fake/dear" in server
    assert "+ 1 unknown" in server
    assert "no cap" in server


def test_the_owner_decides_who_uses_the_servers_keys(team: House, her: str) -> None:
    assert "Asks only with keys of their own" in _do(team, her, "no-server-keys")
    assert "what it costs the server pays" in _do(team, her, "server-keys")


def test_the_last_owner_stays_one_and_a_second_can_follow(
    team: House, her: str, ada: Browserless
) -> None:
    mine = "/settings/people/1"
    refused = team.person.post(f"{mine}/change", do="person")
    assert refused.status_code == 422
    assert "This is the only owner" in refused.text
    _do(team, her, "owner")
    assert ada.http.get("/settings/people").status_code == 200
    slug = saved_council(ada)
    ada.post(f"/councils/{slug}/publish", is_public="1")
    page = team.person.http.get("/settings/server").text
    form = re.search(r"/settings/server/unpublish/[0-9a-f-]+", page)
    assert form, "hers is published"
    assert "None. Publish one" in team.person.post(form.group()).text
    ada.post(f"/councils/{slug}/publish", is_public="1")
    _do(team, her, "person")
    assert "None. Publish one" in team.person.http.get("/settings/server").text, "nor after that"
    assert ada.http.get("/settings/people").status_code == 404


def test_who_is_disabled_is_out_at_once_and_comes_back_by_a_link(
    team: House, her: str, ada: Browserless
) -> None:
    _do(team, her, "disable")
    assert ada.http.get("/settings/").status_code == 401
    _do(team, her, "enable")
    assert ada.http.get("/settings/").status_code == 401, "old sessions stay ended"
    page = team.person.post(f"{her}/link").text
    found = re.search(r"http://[^<\s]+/welcome/[^<\s]+/", page)
    assert found, page
    ada.sign_in(found.group())
    assert ada.http.get("/settings/").status_code == 200
    assert "/welcome/" not in team.person.http.get(her).text, "it is shown once"


def test_the_guests_budget_is_set_and_bad_ones_are_kept_in_the_box(team: House) -> None:
    assert "$3.50" in team.person.post("/settings/server", guest_budget="3.50").text
    for bad in ("-1", "nan", "1e99", "much"):
        refused = team.person.post("/settings/server", guest_budget=bad)
        assert refused.status_code == 422
        assert f'value="{bad}"' in refused.text
    assert "as the environment says" in team.person.post("/settings/server", guest_budget="").text


def test_guests_are_forgotten_and_people_deleted_with_all_they_had(
    team: House, her: str, ada: Browserless
) -> None:
    visitor = guest(team.server)
    assert "1 guest without an account" in team.person.http.get("/settings/people").text
    team.person.post("/settings/people/guests")
    assert visitor.http.get("/settings/").status_code == 401
    visitor.http.close()
    team.script(**usual(m1=[saying("Kept.")]))
    run_id = team.ask(seats=["m1"])
    assert "type the person’s name" in team.person.post(f"{her}/delete", word="bob").text
    team.person.post(f"{her}/delete", word="ada")
    assert ada.http.get("/settings/").status_code == 401
    assert team.person.http.get(her).status_code == 404
    assert team.end_of(run_id)["answered"] == 1, "others keep what is theirs"
    assert "Traceback" not in team.server.stderr


def _do(team: House, page: str, what: str) -> str:
    answer = team.person.post(f"{page}/change", do=what)
    assert answer.status_code == 200
    return answer.text
