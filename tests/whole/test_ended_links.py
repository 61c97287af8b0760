"""Unknown, revoked, expired, deleted: nobody can tell which, by answer, header, query or clock."""

import contextlib
import math
import random
import re
import statistics
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from council import access
from council.models import Conversation, Person, Run, Share, SharedRun
from council.sharing import tokens
from tests.fakes.provider import ScriptedProvider
from tests.people import another, manage, nobody
from tests.socket.line import line
from tests.whole.house import House, usual

pytestmark = pytest.mark.database

FILE = ("note.txt", b"Nobody else shall read this.")
UNKNOWN = "A" * 27
ROUNDS = 60
TELLING_MS, TELLING_Z = 1.0, 4.5
"""A difference that somebody could use: a millisecond in the middle of the rounds, and one that
chance brings about once in a hundred thousand times."""
VARIES = ("date", "content-length")
"""Of a page that is compressed, the length is blurred by chance."""


class Links:
    """One link that opens, and four that do not, each by its token."""

    def __init__(self, house: House) -> None:
        self.house = house
        run, gone = (self._run() for _ in range(2))
        self.file = str(UUID(house.rows("SELECT id FROM council_attachment")[0]["id"]))
        opens, revoked, expired = (self._share(run) for _ in range(3))
        self.opens, deleted = opens[0], self._share(gone)
        house.person.post(f"/settings/links/{revoked[1]}/revoke")
        manage(
            house.server,
            "from council.models import Share; from django.utils import timezone; "
            f"Share.objects.filter(id='{expired[1]}').update(expires_at=timezone.now())",
        )
        conversation = UUID(house.run_row(gone)["conversation_id"])
        house.person.post(f"/conversations/{conversation}/delete")
        self.shut = {
            "unknown": UNKNOWN, "revoked": revoked[0], "expired": expired[0], "deleted": deleted[0],
        }  # fmt: skip

    def _run(self) -> str:
        self.house.script(**usual())
        run = self.house.ask("Steel?", files=[FILE])
        self.house.end_of(run)
        return run

    def _share(self, run: str) -> tuple[str, str]:
        page = self.house.person.post(f"/runs/{run}/share", shows="attachments", lasts="day")
        found = re.search(r'value="http://[^"]+/s/([\w-]+)/"', page.text)
        assert found, page.text[:3000]
        return found[1], page.url.path.rpartition("/")[2]


@pytest.fixture(scope="module")
def links(provider: ScriptedProvider, database_url: str) -> Iterator[Links]:
    with House(provider, DATABASE_URL=database_url) as house:
        yield Links(house)
        assert "Traceback" not in house.server.stderr, house.server.stderr


@pytest.fixture
def stranger(links: Links) -> Iterator[httpx.Client]:
    with nobody(links.house.server).http as http:
        http.follow_redirects = False
        yield http


def _told(answer: httpx.Response) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name not in VARIES}
    if "csrftoken" in headers.get("set-cookie", ""):
        headers["set-cookie"] = re.sub("=[^;]+;", "=…;", headers["set-cookie"])
    return answer.status_code, answer.content, headers


PATHS = ("", "1/", "2/", "1.json", "1.md", "card.png", "files/{file}", "report", "use", "nothing")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT"])
def test_the_answer_does_not_say_why_a_link_is_shut(
    links: Links, stranger: httpx.Client, path: str, method: str
) -> None:
    form = {"csrfmiddlewaretoken": "n" * 32, "words": "Slander"}
    conditions = {"If-None-Match": "*", "If-Modified-Since": "Tue, 24 Nov 2099 00:00:00 GMT"}
    answers = [
        stranger.request(
            method,
            f"/s/{token}/{path.format(file=links.file)}",
            data=form if method == "POST" else None,
            headers=conditions,
        )
        for token in links.shut.values()
    ]
    told = [_told(answer) for answer in answers]
    assert told.count(told[0]) == len(told), told
    assert answers[0].status_code == (403 if method == "PUT" and path != "nothing" else 404)


@pytest.mark.parametrize("path", [path for path in PATHS if path != "nothing"])
def test_no_answer_of_a_link_is_kept_found_or_told_of_elsewhere(
    links: Links, stranger: httpx.Client, path: str
) -> None:
    """Whatever comes of it: shown, not there, or asked in a way that is none."""
    for token in (links.opens, UNKNOWN):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = stranger.request(method, f"/s/{token}/{path.format(file=links.file)}")
            assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive", answer
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["cache-control"] == "private, no-store"
            assert not {"etag", "last-modified", "access-control-allow-origin"} & {*answer.headers}


def test_somebody_with_an_account_is_told_no_more(links: Links) -> None:
    ada = another(links.house.server, "ada")
    with contextlib.closing(ada.http):
        for path in ("", "use", "report"):
            pages = [ada.post(f"/s/{t}/{path}", words="x") for t in links.shut.values()]
            told = {re.sub(r'value="\w{64}"', "", page.text) for page in pages}
            assert {page.status_code for page in pages} == {404}
            assert len(told) == 1
    assert not links.house.rows("SELECT id FROM council_report")


async def test_a_socket_does_not_say_why_a_link_is_shut(links: Links) -> None:
    codes = {}
    for name, token in links.shut.items():
        for number in (1, 2):
            async with line(links.house.server, path=f"/ws/shares/{token}/{number}/") as at:
                codes[name, number] = await at.closed()
                assert at.raw == []
    assert set(codes.values()) == {4403}


def test_a_clock_does_not_say_why_a_link_is_shut(links: Links, stranger: httpx.Client) -> None:
    """Rounds of all four in an order of chance, each held against the unknown one of its round:
    whatever else the machine does hits them alike."""
    took: dict[str, list[float]] = {name: [] for name in links.shut}
    order, dice = list(links.shut.items()), random.Random(6)
    for round_ in range(-10, ROUNDS):
        dice.shuffle(order)
        for name, token in order:
            begun = time.perf_counter()
            assert stranger.get(f"/s/{token}/").status_code == 404
            if round_ >= 0:
                took[name].append((time.perf_counter() - begun) * 1000)
    for name in took.keys() - {"unknown"}:
        apart = [a - b for a, b in zip(took[name], took["unknown"], strict=True)]
        later = sum(difference > 0 for difference in apart)
        z = abs(later - ROUNDS / 2) / (math.sqrt(ROUNDS) / 2)
        middle = statistics.median(apart)
        assert abs(middle) < TELLING_MS or z < TELLING_Z, f"{name}: {middle:+.2f} ms, z {z:.1f}"


@pytest.mark.filterwarnings("ignore:No directory at")
@pytest.mark.django_db(transaction=True)
def test_the_database_is_asked_the_same_whatever_shut_a_link() -> None:
    """Nor whether a socket was: the page, the documents and the line each ask one question."""
    now = timezone.now()
    shut = {
        "unknown": None,
        "revoked": _row(revoked_at=now),
        "expired": _row(expires_at=now - timedelta(seconds=1)),
        "deleted": _row(),
        "of nobody any more": _row(),
    }
    SharedRun.objects.filter(share=shut["deleted"]).delete()
    Person.objects.filter(shares=shut["of nobody any more"]).update(is_active=False)
    asked = {name: _asked(UNKNOWN if row is None else tokens.token(row.salt))
             for name, row in shut.items()}  # fmt: skip
    assert len(asked["unknown"]) == 5
    assert set(map(tuple, asked.values())) == {tuple(asked["unknown"])}


def _asked(token: str) -> list[str]:
    """The queries, with what they look for taken out."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        for path in ("", "1.json", "card.png", "report"):
            assert Client().get(f"/s/{token}/{path}").status_code == 404
        assert access.open_shares({token}) == set()
    return [re.sub(r"'[^']*'|\d+", "?", one["sql"]) for one in seen.captured_queries]


def _row(**fields: object) -> Share:
    person = Person.objects.create(username=uuid4().hex)
    conversation = Conversation.objects.create(person=person, title="x")
    run = Run.objects.create(conversation=conversation, number=1, prompt="x", plan={})
    salt = tokens.new_salt()
    share = Share.objects.create(
        person=person, conversation=conversation, title="x", salt=salt,
        token_hash=tokens.hashed(tokens.token(salt)), **fields,
    )  # fmt: skip
    SharedRun.objects.create(share=share, run=run, number=1, frozen="{}")
    return share
