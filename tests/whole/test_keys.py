"""Keys of one's own: whom they open, whose each call was, and that nobody sees one again."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from council.rehearsal.log import print_of
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another, manage
from tests.whole.house import STEEL, House, saying, usual

OWN, SERVER, OTHER = "sk-sentinel-8f3a9c-own-1234", "sk-server-5b7d-key-9876", "sk-later-77-4321"
SAVE = "/settings/keys/save"


@pytest.fixture(scope="module")
def lab() -> Iterator[ScriptedProvider]:
    """A provider that wants a key, and says back which wrong one it was sent."""
    with ScriptedProvider() as running:
        running.keys(OWN, SERVER, OTHER)
        yield running


@pytest.fixture(scope="module")
def bank(lab: ScriptedProvider) -> Iterator[House]:
    with House(lab, COUNCIL_PROVIDER_FAKE_KEY=SERVER) as built:
        built.script(**usual())
        yield built


@pytest.fixture
def boole(bank: House) -> Iterator[Browserless]:
    """Somebody without a key as yet, who may use the server's."""
    bank.script(**usual())
    with closing((person := another(bank.server)).http):
        person.post("/settings/keys/fake/remove")
        yield person


def save(person: Browserless, secret: str = OWN, provider: str = "fake") -> str:
    """Save a key; the page that follows."""
    said = person.post(SAVE, provider=provider, secret=secret)
    assert said.status_code == 200, said.text
    return said.text


def ask(person: Browserless) -> str:
    """A question to three members, a judge and a writer; the run's id."""
    models = [f"fake/{model}" for model in ("m1", "m2", "m3")]
    return person.ask("Steel or aluminium?", models, "fake/judge", writer="fake/writer")


def test_a_run_is_played_with_ones_own_key_once_there_is_one(
    bank: House, boole: Browserless
) -> None:
    boole.wait_for(ask(boole))
    assert {line["key_print"] for line in bank.provider.requests()} == {print_of(SERVER)}
    assert "…1234" in save(boole)
    bank.script(**usual())
    run = ask(boole)
    assert boole.wait_for(run)["state"] == "done"
    assert {line["key_print"] for line in bank.provider.requests()} == {print_of(OWN)}
    assert {call["whose_key"] for call in bank.calls(run)} == {"own"}
    assert boole.http.get(f"/runs/{run}/").text.count("your key") == 4  # members and writer
    assert "last used" in boole.http.get("/settings/keys").text
    bank.script(**usual())
    mine = bank.ask()
    bank.end_of(mine)
    assert {call["whose_key"] for call in bank.calls(mine)} == {"server"}, (
        "another one's is not touched"
    )


def test_a_key_its_provider_refuses_is_not_saved(bank: House, boole: Browserless) -> None:
    save(boole)
    said = boole.post(SAVE, provider="fake", secret="sk-sentinel-wrong-0000")
    assert said.status_code == 422
    assert "says the key is not valid" in said.text
    assert "sk-sentinel-wrong" not in said.text
    assert "…1234" in said.text, "the one before is kept"
    assert "accepted" in boole.post("/settings/keys/fake/test").text


BAD = {
    "": "Paste a key first",
    "sk-or-v1-aaaaaaaaaaaa": "looks like a key for OpenRouter, not for OpenAI",
    "sk-one sk-two": "a space or a line break within",
    "sk-one\nsk-two": "a space or a line break within",
    "sk-ünïcödé-key": "characters that no key can have",
    "sk-\x07bell-key": "characters that no key can have",
    "short": "at least 8 characters",
    "k" * 501: "at most 500 characters",
}


@pytest.mark.parametrize("secret", BAD, ids=lambda secret: repr(secret[:12]))
def test_what_is_no_key_is_told_so_and_never_repeated(boole: Browserless, secret: str) -> None:
    said = boole.post(SAVE, provider="openai", secret=secret)
    assert said.status_code == 422
    assert BAD[secret] in said.text
    assert not secret or secret not in said.text


def test_a_key_that_is_removed_in_mid_run_pays_for_nothing_more(
    bank: House, boole: Browserless
) -> None:
    save(boole)
    bank.script(**usual(m1=[saying(STEEL, first_token_s=1.5)]))
    run = ask(boole)
    bank.provider.wait_for_requests(3)
    boole.post("/settings/keys/fake/remove")
    assert boole.wait_for(run)["state"] == "done"
    keys = {line["model"]: line["key_print"] for line in bank.provider.requests()}
    assert keys["m1"] == print_of(OWN), "what is under way ends as it does"
    assert keys["judge"] == keys["writer"] == print_of(SERVER)
    paid = {call["seat"]: call["whose_key"] for call in bank.calls(run)}
    assert (paid["A"], paid["judge"], paid["writer"]) == ("own", "server", "server")


def test_whoever_may_not_use_the_servers_key_asks_with_their_own(bank: House) -> None:
    person = another(bank.server, "quine")
    row = "from council.models import Person; p = Person.objects.filter(username='quine')"
    manage(bank.server, f"{row}; p.update(may_use_server_keys=False)")
    with closing(person.http):
        bank.script(**usual())
        assert "all-fake" not in person.http.get("/").text
        assert "fake/" not in person.http.get("/models/").text
        said = person.post(SAVE, provider="fake", secret=OTHER, then="ask", prompt="Why?")
        assert str(said.url).endswith("/?prompt=Why%3F")
        assert ">Why?</textarea>" in said.text
        assert "all-fake" in said.text
        run = ask(person)
        person.wait_for(run)
        assert {call["whose_key"] for call in bank.calls(run)} == {"own"}
