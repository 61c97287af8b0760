"""Signing up, in and out on a server that sends no mail."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.accounts import PASSWORD, name_of, sign_in, sign_up, visitor
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import manage
from tests.whole.house import House

Come = Callable[[], Browserless]


@pytest.fixture(scope="module")
def site(provider: ScriptedProvider) -> Iterator[House]:
    with House(provider) as built:
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


def test_who_signs_up_is_a_person_who_may_not_use_the_servers_keys_yet(
    site: House, come: Come
) -> None:
    ada = come()
    assert str(sign_up(ada, "ada").url.path) == "/"
    assert name_of(ada) == "ada"
    row = site.rows("SELECT * FROM council_person WHERE username = 'ada'")[0]
    assert (row["role"], row["may_use_server_keys"]) == ("person", 0)
    assert "has not let you use its keys yet" in ada.http.get("/settings/account/").text


def test_the_same_name_and_password_sign_in_again_and_a_wrong_one_does_not(come: Come) -> None:
    sign_up(come(), "boole")
    again, wrong = come(), come()
    refused = sign_in(wrong, "boole", "another heron")
    assert refused.status_code == 422
    assert "No account has this name with this password." in refused.text
    assert 'value="boole"' in refused.text, "what was typed is kept"
    assert (
        refused.text
        == sign_in(come(), "nobody", "another heron").text.replace(
            'value="nobody"', 'value="boole"'
        )
        or "No account has this name" in sign_in(wrong, "nobody", "another heron").text
    )
    assert sign_in(again, "boole").status_code == 200
    assert name_of(again) == "boole"
    again.post("/sign-out")
    assert name_of(again) == ""


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"username": "BOOLE"}, "Somebody here has this name already"),
    ({"username": "owner"}, "kept for the server"),
    ({"username": "guest-1234"}, "kept for the server"),
    ({"username": "a b"}, "valid username"),
    ({"password1": "heron"}, "at least 8 characters"),
    ({"password1": "password"}, "too common"),
    ({"username": ""}, "required"),
]


def test_what_cannot_be_is_said_and_nothing_typed_is_lost(come: Come) -> None:
    person = come()
    for fields, said in REFUSED:
        answer = sign_up(person, fields.pop("username", "curie"), **fields)
        assert answer.status_code == 422
        assert said in answer.text
    assert 'value="curie"' in sign_up(person, "curie", password1="heron").text


def test_of_several_who_want_one_name_at_once_one_gets_it(site: House, come: Come) -> None:
    names = ["euler", "Euler", "EULER", "euler"]
    people = [come() for _ in names]
    with ThreadPoolExecutor(len(names)) as pool:
        answers = list(pool.map(sign_up, people, names))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    for answer, name in zip(answers, names, strict=True):
        if answer.status_code == 422:
            assert "Somebody here has this name already" in answer.text
            assert f'value="{name}"' in answer.text, "what was typed is kept"
    rows = site.rows("SELECT 1 FROM council_person WHERE lower(username) = 'euler'")
    assert len(rows) == 1


def test_signing_in_leads_nowhere_but_within_this_site(come: Come) -> None:
    sign_up(come(), "next")
    person = come()
    person.http.follow_redirects = False
    for to, where in (
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/models/", "/models/"),
    ):
        answer = sign_in(person, "next", path=f"/accounts/sign-in/?next={to}")
        assert answer.headers["location"] == where
        person.post("/sign-out")


def test_a_session_from_before_is_not_the_session_after(come: Come) -> None:
    sign_up(come(), "dirac")
    person = come()
    person.http.cookies.set("sessionid", "x" * 32, domain="127.0.0.1", path="/")
    sign_in(person, "dirac")
    assert name_of(person) == "dirac"
    intruder = come()
    intruder.http.cookies.set("sessionid", "x" * 32, domain="127.0.0.1", path="/")
    assert name_of(intruder) == ""


def test_the_owner_by_link_sets_a_password_and_signs_in_with_it(site: House, come: Come) -> None:
    owner = site.server.owner()
    set_it = "/settings/account/password/first/"
    assert owner.post(set_it, password1=PASSWORD, password2="no").status_code == 422
    assert owner.post(set_it, password1=PASSWORD, password2=PASSWORD).status_code == 200
    assert owner.http.get("/councils/").status_code == 200, "this browser stays signed in"
    again = come()
    sign_in(again, "owner")
    assert name_of(again) == "owner"
    owner.http.close()


def test_a_changed_password_ends_every_other_session(come: Come) -> None:
    here, there = come(), come()
    sign_up(here, "elsewhere")
    sign_in(there, "elsewhere")
    change = {"oldpassword": PASSWORD, "password1": "a short red heron"}
    path = "/settings/account/password/"
    assert here.post(path, **change, password2="a short red heron").status_code == 200
    assert name_of(here) == "elsewhere"
    assert there.http.get("/councils/").status_code == 401


def test_other_browsers_are_signed_out_without_a_new_password(come: Come) -> None:
    here, there = come(), come()
    sign_up(here, "many")
    sign_in(there, "many")
    assert "Every other browser is signed out." in here.post("/settings/account/sessions").text
    assert name_of(here) == "many"
    assert there.http.get("/councils/").status_code == 401


def test_without_mail_the_way_back_in_is_a_link_from_the_owner(site: House, come: Come) -> None:
    assert "This server sends no mail." in come().http.get("/accounts/password/").text
    sign_up(come(), "locked-out")
    token = manage(
        site.server,
        "from council.actions import people\nfrom council.models import Person\n"
        "print(people.new_sign_in_link(person=Person.objects.get(username='locked-out')))",
    )
    person = come()
    assert "Sign in as locked-out" in person.http.get(f"/welcome/{token}/").text
    person.post(f"/welcome/{token}/")
    assert name_of(person) == "locked-out"
    assert come().http.get(f"/welcome/{token}/").status_code == 410


def test_a_name_is_changed_and_signs_in(come: Come) -> None:
    person, again = come(), come()
    sign_up(person, "kant")
    sign_up(come(), "hume")
    taken: httpx.Response = person.post("/settings/account/name", username="Hume")
    assert taken.status_code == 422
    assert 'value="Hume"' in taken.text
    assert "Your name is changed." in person.post("/settings/account/name", username="imm").text
    sign_in(again, "imm")
    assert name_of(again) == "imm"


def test_a_disabled_account_is_told_so_and_let_in_nowhere(site: House, come: Come) -> None:
    person, again = come(), come()
    sign_up(person, "off")
    manage(
        site.server,
        "from council.models import Person\n"
        "print(Person.objects.filter(username='off').update(is_active=False))",
    )
    assert person.http.get("/councils/").status_code == 401
    assert "This account is switched off." in sign_in(again, "off").text
    assert again.http.get("/councils/").status_code == 401


def test_five_wrong_passwords_are_enough_for_five_minutes(come: Come) -> None:
    sign_up(come(), "guessed")
    person = come()
    for _ in range(5):
        assert sign_in(person, "guessed", "wrong heron").status_code == 422
    assert "Too many attempts" in sign_in(person, "guessed").text
    assert name_of(person) == ""
