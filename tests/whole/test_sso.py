"""Signing in with an OpenID Connect provider."""

import contextlib
import html
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.accounts import name_of, visitor
from tests.fakes.oidc import Issuer
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import saved_council
from tests.whole.house import House

Come = Callable[[], Browserless]
ADA = {"sub": "1", "preferred_username": "ada", "email": "ada@example.org", "email_verified": True}


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider, issuer: Issuer) -> Iterator[House]:
    with House(provider, GUESTS="1", **issuer.settings) as built:
        yield built
        assert "Traceback" not in built.server.stderr, built.server.stderr


@pytest.fixture
def come(site: House) -> Iterator[Come]:
    with contextlib.ExitStack() as stack:

        def one() -> Browserless:
            found = visitor(site.server)
            stack.enter_context(contextlib.closing(found.http))
            return found

        yield one


def over_there(person: Browserless) -> httpx.Response:
    """Press the button, sign in over there, and come back."""
    assert "Works account" in person.http.get("/accounts/sign-in/").text
    page = person.post("/accounts/with/sso/")
    assert page.status_code == 200, "a page of ours: a form leads nowhere else"
    found = re.search(r'class="button go" href="([^"]+)"', page.text)
    assert found is not None, page.text
    return person.http.get(html.unescape(found.group(1)))


def test_who_comes_from_there_is_a_person_under_the_same_rule(
    site: House, issuer: Issuer, come: Come
) -> None:
    issuer.who, issuer.refuses = ADA, False
    first, again = come(), come()
    assert over_there(first).url.path == "/"
    assert name_of(first) == "ada"
    over_there(again)
    assert name_of(again) == "ada", "the same one, however often"
    row = site.rows("SELECT * FROM council_person WHERE username = 'ada'")[0]
    assert (row["role"], row["may_use_server_keys"]) == ("person", 0)
    issuer.who = {"sub": "2", "preferred_username": "Ada"}
    other = come()
    over_there(other)
    assert name_of(other) not in ("", "ada"), "a name that is taken does not open that account"


@pytest.mark.parametrize(
    "crowd",
    [
        [{"sub": f"crowd-{n}", "preferred_username": "noether"} for n in range(8)],
        [{"sub": "one", "preferred_username": "gauss"}] * 8,
    ],
    ids=["several of one name", "one person in several browsers"],
)
def test_who_comes_at_the_same_moment_gets_in_or_is_told_to_try_again(
    site: House, issuer: Issuer, come: Come, crowd: list[dict[str, str]]
) -> None:
    issuer.crowd, issuer.refuses = list(crowd), False
    people = [come() for _ in crowd]
    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(over_there, people))
    assert {answer.status_code for answer in answers} == {200}
    for person, answer in zip(people, answers, strict=True):
        is_told = "Signing in over there did not work." in answer.text
        assert bool(name_of(person)) != is_told
    name = crowd[0]["preferred_username"]
    names = [row["username"] for row in site.rows("SELECT username FROM council_person")]
    assert names.count(name) == 1
    subs = site.rows("SELECT uid FROM socialaccount_socialaccount")
    assert len({row["uid"] for row in subs}) == len(subs)


def test_a_guest_takes_along_what_they_have(issuer: Issuer, come: Come) -> None:
    issuer.who, issuer.refuses = {"sub": "3", "preferred_username": "was-a-guest"}, False
    guest = come()
    guest.post("/try")
    council = saved_council(guest)
    over_there(guest)
    assert name_of(guest) == "was-a-guest"
    assert council in guest.http.get("/councils/").text


def test_who_is_refused_there_or_comes_with_another_state_is_told_so(
    issuer: Issuer, come: Come
) -> None:
    issuer.who, issuer.refuses = ADA, True
    person = come()
    assert "Signing in over there did not work." in over_there(person).text
    forged = person.http.get("/accounts/with/sso/back/?code=a-code&state=forged")
    assert "Signing in over there did not work." in forged.text
    assert name_of(person) == ""
    assert person.http.post("/accounts/with/sso/").status_code == 403


def test_the_provider_is_asked_through_the_outbound_proxy(provider: ScriptedProvider) -> None:
    with Issuer("http://sso.example") as issuer:
        proxy = issuer.address.replace("//", "//ada:p%3Aw@")
        with House(provider, OUTBOUND_PROXY=proxy, **issuer.settings) as house:
            issuer.who = ADA
            person = visitor(house.server)
            page = person.post("/accounts/with/sso/").text
            (href,) = re.findall(r'class="button go" href="([^"]+)"', page)
            assert href.startswith("http://sso.example/authorize")
            person.http.get(html.unescape(href).replace(issuer.url, issuer.address))
            assert name_of(person) == "ada"
            person.http.close()
    assert "/token" in issuer.asked
    assert set(issuer.passes) == {"Basic YWRhOnA6dw=="}
