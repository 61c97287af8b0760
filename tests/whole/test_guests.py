"""Guests: they ask what costs nothing, and keep everything when they sign up or sign in."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from tests.accounts import name_of, sign_in, sign_up
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import manage, saved_council
from tests.whole.house import House, usual

Come = Callable[[], Browserless]
_A_MONTH_LATER = """
from datetime import timedelta
from django.db.models import F
from council.actions import people
from council.models import Person, Run
late = timedelta(days=31)
quiet = Person.objects.filter(role="guest", conversations__isnull=False).latest("id")
Person.objects.filter(role="guest").update(date_joined=F("date_joined") - late)
Run.objects.filter(conversation__person=quiet).update(created_at=F("created_at") - late)
people.forget_guests()
print(Person.objects.filter(id=quiet.id).exists())
"""
FREE = {"prompt": "0", "completion": "0"}


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider) -> Iterator[House]:
    provider.script({**usual(), "unpriced": ["Hello."]})
    provider.models(*({"id": model, "pricing": FREE} for model in usual()))
    with House(provider, GUESTS="1", SIGN_UP="open") as built:
        yield built
        assert "Traceback" not in built.server.stderr, built.server.stderr


@pytest.fixture
def come(site: House) -> Iterator[Come]:
    """Lets a guest in."""
    with contextlib.ExitStack() as stack:

        def one() -> Browserless:
            found = Browserless(site.server.url)
            stack.enter_context(contextlib.closing(found.http))
            assert "Try without an account" in found.http.get("/").text
            assert found.post("/try").status_code == 200
            return found

        yield one


def ask(guest: Browserless, *models: str) -> str:
    return guest.ask("Steel or aluminium?", [f"fake/{m}" for m in models], "fake/judge")


def test_a_guest_asks_what_costs_nothing_and_nothing_else(site: House, come: Come) -> None:
    site.script(**usual())
    guest = come()
    assert "You are a guest." in guest.http.get("/").text
    assert guest.wait_for(ask(guest, "m1", "m2"))["state"] == "done"
    assert "Guests ask what is known to cost nothing" in guest.http.get("/").text
    with pytest.raises(AssertionError, match=r"^422"):
        ask(guest, "unpriced")
    assert "unpriced" not in site.counts()


def test_a_guest_who_signs_up_keeps_everything_and_nobody_else_reaches_it(
    site: House, come: Come
) -> None:
    site.script(**usual())
    guest, other = come(), come()
    run, council = ask(guest, "m1", "m2"), saved_council(guest)
    guest.wait_for(run)
    before = guest.http.cookies["sessionid"]
    assert str(sign_up(guest, "ada").url.path) == "/"
    assert name_of(guest) == "ada"
    assert guest.http.get(f"/runs/{run}/").status_code == 200
    assert council in guest.http.get("/councils/").text
    assert other.http.get(f"/runs/{run}/").status_code == 404
    assert council not in other.http.get("/councils/").text
    guest.http.cookies.clear()
    guest.http.cookies.set("sessionid", before, domain="127.0.0.1", path="/")
    assert guest.http.get("/councils/").status_code == 401, "the guest's session is over"
    row = site.rows("SELECT * FROM council_person WHERE username = 'ada'")[0]
    assert (row["role"], row["may_use_server_keys"]) == ("person", 1), "SIGN_UP=open"


def test_a_guest_who_signs_in_takes_everything_along(site: House, come: Come) -> None:
    site.script(**usual())
    first = come()
    sign_up(first, "boole")
    kept = saved_council(first)
    guest = come()
    run, council = ask(guest, "m1", "m2"), saved_council(guest)
    guest.wait_for(run)
    assert kept == council, "the same address, for two people"
    sign_in(guest, "boole")
    assert name_of(guest) == "boole"
    assert guest.http.get(f"/runs/{run}/").status_code == 200
    assert guest.http.get(f"/councils/{council}/").status_code == 200
    assert guest.http.get(f"/councils/{council}-2/").status_code == 200
    assert first.http.get(f"/runs/{run}/").status_code == 200, "in every browser"


def test_a_guest_who_asks_nothing_for_a_month_is_forgotten_and_what_was_spent_is_not(
    site: House, come: Come
) -> None:
    site.script(**usual())
    asking, quiet = come(), come()
    for guest in (asking, quiet):
        guest.wait_for(ask(guest, "m1", "m2"))
    by_guests = "SELECT count(*) AS n FROM council_call WHERE by_guest"
    spent = site.rows(by_guests)[0]["n"]
    assert manage(site.server, _A_MONTH_LATER) == "False"
    assert quiet.http.get("/councils/").status_code == 401
    assert asking.http.get("/councils/").status_code == 200, "who joined long ago, but asks"
    assert site.rows(by_guests)[0]["n"] == spent


def test_guests_are_made_slowly_and_only_where_they_are_let_in(site: House) -> None:
    codes = set()
    for _ in range(11):
        one = Browserless(site.server.url)
        with one.http:
            one.http.get("/")
            codes.add(one.post("/try").status_code)
    assert 429 in codes
