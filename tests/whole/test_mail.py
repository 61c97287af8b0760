"""Accounts on a server that sends mail: proven addresses, reset passwords, nobody given away."""

import contextlib
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from tests.accounts import PASSWORD, name_of, sign_in, sign_up, visitor
from tests.fakes.post import Post
from tests.fakes.server import Browserless, LiveServer
from tests.people import manage

Come = Callable[[], Browserless]
SITE = "http://council.example"
_BOOLE = """
from allauth.account.models import EmailAddress
from council.models import Person
boole = Person.objects.create_user("boole", "boole@example.org")
EmailAddress.objects.create(user=boole, email=boole.email, verified=True, primary=True)
"""


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with Post() as running:
        yield running


@pytest.fixture(scope="module")
def server(post: Post) -> Iterator[LiveServer]:
    with LiveServer({**post.settings, "PUBLIC_URL": SITE}) as running:
        yield running
        assert "Traceback" not in running.stderr, running.stderr


@pytest.fixture
def come(server: LiveServer) -> Iterator[Come]:
    with contextlib.ExitStack() as stack:

        def one() -> Browserless:
            found = visitor(server)
            stack.enter_context(contextlib.closing(found.http))
            return found

        yield one


def joined(person: Browserless, post: Post, name: str) -> None:
    """Sign up and prove the address ``<name>@example.org``."""
    address = f"{name}@example.org"
    sign_up(person, name, email=address)
    person.post("/accounts/code/", action="verify", code=post.code_to(address))
    assert name_of(person) == name


def test_an_address_is_proven_by_the_code_before_anybody_is_let_in(post: Post, come: Come) -> None:
    ada = come()
    page = sign_up(ada, "ada", email="ada@example.org")
    assert "A code is on its way to <b>ada@example.org</b>" in page.text
    assert ada.http.get("/councils/").status_code == 401
    wrong = ada.post("/accounts/code/", action="verify", code="nonsense")
    assert wrong.status_code == 422
    assert "This is not the code we sent." in wrong.text
    ada.post("/accounts/code/", action="verify", code=post.code_to("ada@example.org"))
    assert name_of(ada) == "ada"
    by_address = come()
    sign_in(by_address, "ada@example.org")
    assert name_of(by_address) == "ada"


def test_a_known_address_and_an_unknown_one_get_the_same_answers(
    server: LiveServer, post: Post, come: Come
) -> None:
    manage(server, _BOOLE)

    def told(path: str, name: str, **fields: str) -> str:
        person = come()
        answer = person.post(path, **fields)
        assert answer.status_code == 200
        token = r'name="csrfmiddlewaretoken" value="\w+"'
        return re.sub(token, "", answer.text).replace(name, "NAME") + str(answer.url.path)

    up = {"password1": PASSWORD}
    known = told("/accounts/sign-up/", "boole", username="b2", email="boole@example.org", **up)
    fresh = told("/accounts/sign-up/", "fresh", username="f2", email="fresh@example.org", **up)
    assert known == fresh
    assert "There is one already." in post.last_to("boole@example.org", "account here already")
    reset = "/accounts/password/"
    assert told(reset, "boole", email="boole@example.org") == told(
        reset, "nobody", email="nobody@example.org"
    )
    assert "No account there has this address." in post.last_to("nobody@example.org")


def test_a_password_is_reset_by_a_link_that_works_once(post: Post, come: Come) -> None:
    there, person = come(), come()
    joined(there, post, "curie")
    person.http.headers["Host"] = "localhost"  # an allowed name, but not the one people use
    person.post("/accounts/password/", email="curie@example.org")
    del person.http.headers["Host"]
    found = re.search(r"http\S+", post.last_to("curie@example.org", "Set another password"))
    assert found is not None
    assert found.group().startswith(f"{SITE}/accounts/password/"), "whatever the request claimed"
    page = person.http.get(urlsplit(found.group()).path)
    assert "set-password" in str(page.url), "the key is not in the address any more"
    new = {"password1": "a short red heron", "password2": "a short red heron"}
    assert "The password is set." in person.post(page.url.path, **new).text
    assert there.http.get("/councils/").status_code == 401
    sign_in(person, "curie", "a short red heron")
    assert name_of(person) == "curie"
    again = come().http.get(urlsplit(found.group()).path)
    assert "This link does not work any more." in again.text


def test_an_address_changes_once_the_new_one_is_proven(post: Post, come: Come) -> None:
    person = come()
    joined(person, post, "dirac")
    path = "/settings/account/address/"
    assert person.post(path, action_add="", email="no address").status_code == 422
    person.post(path, action_add="", email="paul@example.org")
    assert "dirac@example.org" in person.http.get("/settings/account/").text
    code = post.code_to("paul@example.org")
    person.post("/accounts/code/", action="verify", code=code)
    assert "paul@example.org" in person.http.get("/settings/account/").text
    assert post.last_to("dirac@example.org", "address was changed")


def test_only_the_host_names_of_this_server_are_answered(come: Come) -> None:
    person = come()
    person.http.headers["Host"] = "evil.example"
    assert person.post("/accounts/password/", email="ada@example.org").status_code == 400
