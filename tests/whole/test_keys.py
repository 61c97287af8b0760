"""Keys of one's own: whom they open, whose each call was, and that nobody sees one again."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from cryptography.fernet import Fernet

from council.rehearsal.log import print_of
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another, manage
from tests.whole.house import JUDGED, STEEL, House, saying, silent, usual

OWN, SERVER, OTHER = "sk-sentinel-8f3a9c-own-1234", "sk-server-5b7d-key-9876", "sk-later-77-4321"
WRONG = "sk-sentinel-wrong-0000"
SAVE, ENDPOINT = "/settings/keys/save", "/settings/keys/endpoint"
PRICE = {"prompt": "0.000003", "completion": "0.000015"}


@pytest.fixture(scope="module")
def lab() -> Iterator[ScriptedProvider]:
    """A provider that wants a key, and says back which wrong one it was sent."""
    with ScriptedProvider() as running:
        running.keys(OWN, SERVER, OTHER)
        yield running


@pytest.fixture(scope="module")
def bank(lab: ScriptedProvider) -> Iterator[House]:
    lab.script(usual())
    lab.models(*({"id": model, "pricing": PRICE} for model in usual()))
    settings = {"COUNCIL_PROVIDER_FAKE_KEY": SERVER, "CAP_PERSON_MONTH_USD": "8"}
    second = {"COUNCIL_PROVIDER_LAB_URL": lab.url, "COUNCIL_PROVIDER_LAB_KEY": SERVER}
    with House(lab, **settings, **second) as built:
        built.script(**usual())
        yield built


@pytest.fixture(scope="module")
def glass(lab: ScriptedProvider, database_url: str) -> Iterator[House]:
    """A house that shows its errors, without caps, where nobody waits long for a first word."""
    settings = {
        "COUNCIL_PROVIDER_FAKE_KEY": SERVER, "DATABASE_URL": database_url, "DEBUG": "1",
        "LIMIT_FIRST_TOKEN_REASONING_S": "4", "LIMIT_RETRIES": "0",
    }  # fmt: skip
    lab.script(usual())
    with House(lab, **settings) as built:
        yield built


@pytest.fixture(scope="module")
def somebody(bank: House) -> Iterator[Browserless]:
    with closing((person := another(bank.server)).http):
        yield person


@pytest.fixture
def boole(bank: House, somebody: Browserless) -> Browserless:
    """Somebody without a key as yet, who may use the server's."""
    bank.script(**usual())
    somebody.post("/settings/keys/fake/remove")
    return somebody


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


def test_an_answer_is_not_given_up_for_a_retry_nobody_may_make(bank: House) -> None:
    bank.script(**usual())
    with closing((person := another(bank.server, "let-no-more")).http):
        run = ask(person)
        before = person.wait_for(run)
        manage(
            bank.server,
            "from council.models import Person\n"
            "Person.objects.filter(username='let-no-more').update(may_use_server_keys=False)",
        )
        refused = person.post(f"/runs/{run}/seats/A/retry")
        assert refused.status_code == 409
        assert "fake cannot be asked any more" in refused.text
        assert person.document(run) == before


def test_a_key_its_provider_refuses_is_not_saved(bank: House, boole: Browserless) -> None:
    save(boole)
    said = boole.post(SAVE, provider="fake", secret=WRONG)
    assert said.status_code == 422
    assert "says the key is not valid" in said.text
    assert "sk-sentinel-wrong" not in said.text
    assert "…1234" in said.text, "the one before is kept"
    assert "· tested" in boole.post("/settings/keys/fake/test").text


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


def remove_in_mid_run(house: House, person: Browserless) -> str:
    """A run whose key goes while a member has still to say its first word."""
    save(person)
    house.script(**usual(m1=[saying(STEEL, first_token_s=1.5)]))
    run = ask(person)
    house.provider.wait_for_requests(3)
    person.post("/settings/keys/fake/remove")
    return run


def keys_by_model(house: House) -> dict[str, str]:
    return {line["model"]: line["key_print"] for line in house.provider.requests()}


def test_a_key_that_is_removed_in_mid_run_pays_for_nothing_more(glass: House) -> None:
    run = remove_in_mid_run(glass, glass.person)
    assert glass.person.wait_for(run)["state"] == "done"
    keys = keys_by_model(glass)
    assert keys["m1"] == print_of(OWN), "what is under way ends as it does"
    assert keys["judge"] == keys["writer"] == print_of(SERVER)


def test_under_a_cap_the_server_does_not_step_in_for_a_key_that_is_gone(
    bank: House, boole: Browserless
) -> None:
    document = boole.wait_for(remove_in_mid_run(bank, boole))
    assert document["state"] == "partial"
    assert "a key of your own should have paid for it" in document["judge"]["failure"]["message"]
    assert keys_by_model(bank).keys() == {"m1", "m2", "m3"}


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


def test_what_ones_own_key_pays_does_not_count_for_the_months_cap(bank: House) -> None:
    """Members with the person's own key, judge and writer with the server's."""
    paid = [saying(STEEL, usage={"cost": 3.0})]
    bank.script(**usual(m1=paid, m2=paid, m3=paid, judge=[saying(JUDGED, usage={"cost": 0.25})]))
    with closing((person := another(bank.server, "noether")).http):
        save(person)
        fake, lab = [f"fake/{m}" for m in ("m1", "m2", "m3")], {"writer": "lab/writer"}
        for count in (1, 2):  # the second one would be beyond the cap if those nine dollars counted
            document = person.wait_for(person.ask("Which metal?", fake, "lab/judge", **lab))
            assert document["state"] == "done", document
            shown = person.http.get("/settings/spend").text
            left = float(re.search(r"\$([\d.]+) of \$8.00 left", shown)[1])  # type: ignore[index]
            assert 8 - 0.25 * count - 0.05 < left <= 8 - 0.25 * count
        assert "your keys $18.00, the server’s $0.5" in shown
        rows = list(csv.DictReader(io.StringIO(person.http.get("/settings/spend.csv").text)))
        assert [row["whose_key"] for row in rows].count("own") == 6


def test_an_owner_shares_a_key_and_takes_it_back(bank: House, boole: Browserless) -> None:
    bank.person.post(ENDPOINT, name="shelf", url=bank.provider.url, secret=OTHER)
    assert "shelf/" not in boole.http.get("/models/").text
    bank.person.post("/settings/keys/shelf/share", shared="1")
    assert "shelf/m1" in boole.http.get("/models/").text
    assert "A key the owner shares" in boole.http.get("/settings/keys").text
    assert "…4321" not in boole.http.get("/settings/keys").text
    bank.person.post("/settings/keys/shelf/share", shared="")
    assert "shelf/" not in boole.http.get("/models/").text


BAD_ENDPOINTS = {
    ("openai", "http://127.0.0.1:9/v1"): "The name “openai” is taken",
    ("two words", "http://127.0.0.1:9/v1"): "letters, digits",
    ("disk", "file:///etc/passwd"): "begins with http:// or https://",
    ("user", "http://me:secret@127.0.0.1:9/v1"): "no user name in it",
    ("odd", "http://[::1/v1"): "This is no address",
    ("asks", "http://127.0.0.1:9/v1?key=1"): "leave out what follows",
}


@pytest.mark.parametrize("named", BAD_ENDPOINTS, ids=lambda named: named[0])
def test_an_endpoint_that_cannot_be_is_told_so_and_what_was_typed_is_kept(
    bank: House, boole: Browserless, named: tuple[str, str]
) -> None:
    name, url = named
    said = bank.person.post(ENDPOINT, name=name, url=url, secret="")
    assert (said.status_code, BAD_ENDPOINTS[named] in said.text) == (422, True)
    assert f'value="{url}"' in said.text
    assert boole.post(ENDPOINT, name="mine", url="http://127.0.0.1:9/v1").status_code == 404


def test_another_credentials_key_asks_for_the_key_again_and_rotation_keeps_it(
    bank: House, boole: Browserless
) -> None:
    save(boole)
    kept = (bank.server.data_dir / "credentials-key").read_text()
    new = Fernet.generate_key().decode()
    there = {**bank.server.env, "CREDENTIALS_KEY": f"{new},{kept}"}
    bank.server.env["CREDENTIALS_KEY"] = there["CREDENTIALS_KEY"]
    try:
        assert "encrypted anew" in bank.server.manage("rotate-keys").stdout
        told = boole.http.get("/settings/keys")  # the server still knows the old one alone
        assert told.status_code == 200
        assert "cannot be read any more: enter it again" in told.text
        bank.server.env["CREDENTIALS_KEY"] = f"{kept},{new}"
        assert bank.server.manage("rotate-keys").returncode == 0
    finally:
        del bank.server.env["CREDENTIALS_KEY"]
    assert "cannot be read" not in boole.http.get("/settings/keys").text
    bank.server.env["CREDENTIALS_KEY"] = "too short"
    stopped = bank.server.manage("rotate-keys")
    del bank.server.env["CREDENTIALS_KEY"]
    assert "CREDENTIALS_KEY: expected 32 bytes" in stopped.stderr
    assert "Traceback" not in stopped.stderr


PAGES = ("/", "/connect/", "/settings/keys", "/settings/spend", "/settings/spend.csv", "/models/")
_FAULT = "from django.db import connection; connection.cursor().execute({!r}); print(1)"
_REPRS = """
from django.conf import settings
from council.models import Key, Person
from council.providers import offered_to
for person in Person.objects.all():
    offered = offered_to(person)
    print(settings.ENV, offered.keys, offered.listings(), Key.objects.all())
"""


@pytest.mark.database
def test_no_key_is_found_anywhere_but_at_its_provider(
    glass: House, lab: ScriptedProvider, database_url: str
) -> None:
    """Success, 401, 500, silence, an error page with DEBUG=1; then every place that keeps words."""
    house = glass
    owner, heard = house.person, []
    save(owner)
    house.script(**usual(m2=[{"status": 500, "body": OWN}], m3=[silent()]))
    run = house.ask()
    house.end_of(run)
    lab.keys(SERVER)
    heard += [owner.post(SAVE, provider="fake", secret=WRONG).text]
    heard += [owner.post("/settings/keys/fake/test").text]
    house.end_of(house.ask())
    lab.keys(OWN, SERVER, OTHER)
    manage(house.server, _FAULT.format("ALTER TABLE council_key RENAME TO council_gone"))
    broken = owner.post(SAVE, provider="fake", secret=OWN)
    manage(house.server, _FAULT.format("ALTER TABLE council_gone RENAME TO council_key"))
    assert broken.status_code == 500
    assert "council_key" in broken.text
    heard += [broken.text]
    for path in (*PAGES, f"/runs/{run}/", f"/runs/{run}.json"):
        heard.append(owner.http.get(path).text)
    packed = zipfile.ZipFile(io.BytesIO(owner.http.get("/settings/data/everything.zip").content))
    heard += [packed.read(name).decode(errors="replace") for name in packed.namelist()]
    asked = house.server.manage("ask", "Why?", "--seat", "fake/m1", "--json")
    reprs = house.server.manage("shell", "-c", _REPRS)
    assert "Provider(name=" in reprs.stdout
    heard += [asked.stdout, asked.stderr, reprs.stdout, reprs.stderr]
    house.server.stop()
    places = [*map(str.encode, heard), *stored(house), *dumped(database_url)]
    assert any(b"run_started" in place for place in places), "the database was looked through"
    for secret in (OWN, SERVER, WRONG):
        found = [place[:80] for place in places if secret.encode() in place]
        assert not found, found


def stored(house: House) -> list[bytes]:
    """Every file of the data folder: an SQLite database, logs, secrets."""
    return [path.read_bytes() for path in house.server.data_dir.rglob("*") if path.is_file()]


def dumped(database_url: str) -> list[bytes]:
    """Every row of every table of a PostgreSQL database, as text."""
    if not database_url:
        return []
    with psycopg.connect(database_url) as database:
        tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        queries = (f'SELECT t::text FROM "{name}" t' for (name,) in tables.fetchall())
        return [row.encode() for query in queries for (row,) in database.execute(query)]
