"""Links: what a stranger sees of a run, live and frozen, and how it ends."""

import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from council.actions.shares import MOST_REPORTS_OF_ONE
from tests.fakes.provider import ScriptedProvider
from tests.fakes.server import Browserless
from tests.people import another
from tests.socket.line import line
from tests.whole.house import JUDGED, STEEL, House, looking, saying, until, usual

pytestmark = pytest.mark.database

THOUGHT, TOLD, FILE = "Zqthoughtqz", "Zqtoldqz", "Zqfileqz.txt"
NAME = "owner"
PRICE, TOKENS = 0.0371, 48213
COUNCIL = {
    "name": "Metals",
    "seats": [
        {"model": "fake/m1", "role": "Smith", "instructions": f"{TOLD} A"},
        {"model": "fake/m2", "role": "Engineer"},
    ],
    "judge": {"model": "fake/judge", "instructions": f"{TOLD} judge"},
    "writer": {"model": "fake/writer"},
}
HIDDEN = {
    "instructions": TOLD, "cost": str(PRICE), "reasoning": THOUGHT,
    "attachments": FILE, "name": NAME,
}  # fmt: skip


@pytest.fixture(scope="module")
def house(provider: ScriptedProvider, database_url: str) -> Iterator[House]:
    with House(provider, DATABASE_URL=database_url) as built:
        built.person.post("/councils/import", text=json.dumps(COUNCIL), keep="1")
        yield built
        assert "Traceback" not in built.server.stderr, built.server.stderr


def _asked(house: House, **instead: Any) -> str:
    """A run of the council with something to hide, not yet over where it is told to wait."""
    money = {"usage": {"cost": PRICE, "completion_tokens": TOKENS}}
    house.script(**usual(m1=[saying(STEEL, reasoning=THOUGHT, **money)], **instead))
    files = [(FILE, b"What nobody else shall read.")]
    data = {"csrfmiddlewaretoken": house.person.token, "prompt": "Steel?", "council": "metals"}
    answer = house.person.http.post("/runs/", data=data, files=[("files", f) for f in files])
    found = re.search(r"/runs/([0-9a-f-]{36})/", str(answer.url))
    assert found, answer.text[:2000]
    return found.group(1)


def _shared(house: House, run_id: str, **fields: Any) -> str:
    """The path of a new link."""
    page = house.person.post(f"/runs/{run_id}/share", **fields)
    found = re.search(r'value="(http://[^"]+/s/[\w-]+/)"', page.text)
    assert found, page.text[:3000]
    return httpx.URL(found.group(1)).path


@pytest.fixture
def stranger(house: House) -> Iterator[Browserless]:
    """Somebody with a link and nothing else."""
    person = Browserless(house.server.url)
    with person.http:
        yield person


@pytest.fixture(scope="module")
def run(house: House) -> str:
    run_id = _asked(house)
    house.end_of(run_id)
    return run_id


def test_a_stranger_reads_answers_comparison_and_synthesis(
    house: House, run: str, stranger: Browserless
) -> None:
    answer = stranger.http.get(_shared(house, run, title="For Ada"))
    assert answer.status_code == 200
    for words in ("For Ada", "Take steel", "Steel is the better choice", "fake/m1", "Smith"):
        assert words in answer.text
    assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "private, no-store"
    for ours in ("Follow up", "Ask again", "Sign out", run):
        assert ours not in answer.text


@pytest.mark.parametrize("ticked", ["", *HIDDEN])
def test_nothing_is_shown_that_was_not_ticked(
    house: House, run: str, stranger: Browserless, ticked: str
) -> None:
    path = _shared(house, run, shows=ticked)
    told = "".join(stranger.http.get(path + part).text for part in ("", "1.json", "1.md", "report"))
    frozen = house.rows("SELECT frozen FROM council_sharedrun ORDER BY id DESC")[0]["frozen"]
    for name, secret in HIDDEN.items():
        shown = secret in told or (name == "cost" and "$0.037" in told)
        assert shown == (name == ticked), name
        if name not in (ticked, "name"):
            assert secret not in frozen, f"{name} is kept in the copy"
    assert (str(TOKENS) in told) == (str(TOKENS) in frozen) == (ticked == "cost")
    assert house.provider.url.split("//")[1].split("/")[0] not in told, "an address inside"


def test_who_asks_for_heads_alone_gets_them_and_has_read_nothing(
    house: House, run: str, stranger: Browserless
) -> None:
    path = _shared(house, run)
    for part in ("", "1/", "1.json", "1.md", "card.png", "report"):
        head = stranger.http.head(path + part)
        assert (head.status_code, head.content) == (200, b""), part
        assert head.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
        assert (
            head.headers["content-type"] == stranger.http.get(path + part).headers["content-type"]
        )
    assert stranger.http.head("/s/nothing/").status_code == 404
    opened = "SELECT opened FROM council_share ORDER BY created_at DESC"
    assert house.rows(opened)[0]["opened"] == 2, "by the two that read it"


def test_the_preview_is_what_the_stranger_gets(
    house: House, run: str, stranger: Browserless
) -> None:
    shown = house.person.post(f"/runs/{run}/share", shows="reasoning", update="1").text
    got = stranger.http.get(_shared(house, run, shows="reasoning")).text

    def body(page: str) -> str:
        start, end = page.index('id="verdict"'), page.index('id="roster-title"')
        return " ".join(page[start:end].split())

    assert body(shown) == body(got)
    assert THOUGHT in got


def test_what_is_unknown_revoked_or_expired_is_one_answer(
    house: House, run: str, stranger: Browserless
) -> None:
    kept, revoked, expired = (_shared(house, run, lasts="day") for _ in range(3))
    rows = house.rows("SELECT id FROM council_share ORDER BY created_at DESC LIMIT 3")
    house.person.post(f"/settings/links/{UUID(rows[1]['id'])}/revoke")
    program = (
        "from council.models import Share; from django.utils import timezone; "
        f"Share.objects.filter(id='{rows[0]['id']}').update(expires_at=timezone.now())"
    )
    assert house.server.manage("shell", "-c", program).returncode == 0
    paths = [revoked, expired, "/s/AAAAAAAAAAAAAAAAAAAAAAAAAAA/", "/s/x/"]
    answers = [stranger.http.get(path) for path in paths]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1
    varies = ("date", "content-length")  # compressed pages are padded by chance
    told = [{k: v for k, v in a.headers.items() if k not in varies} for a in answers]
    assert told.count(told[0]) == len(told)
    assert stranger.http.get(kept).status_code == 200


def test_a_copy_stays_as_it_was_frozen(house: House, stranger: Browserless) -> None:
    run_id = _asked(house)
    house.end_of(run_id)
    path = _shared(house, run_id)
    before = stranger.http.get(path + "1.json").json()
    house.provider.script({"m1": [saying("Something else entirely.")]})
    house.retry(run_id, "A")
    house.person.post("/councils/metals/rename", name="Quite other")
    assert stranger.http.get(path + "1.json").json() == before
    assert "Something else" not in stranger.http.get(path).text
    conversation = UUID(house.run_row(run_id)["conversation_id"])
    house.person.post(f"/conversations/{conversation}/delete")
    assert stranger.http.get(path).status_code == 404
    house.person.post("/councils/metals/rename", name="Metals")


def test_a_conversation_is_shared_as_it_stands(house: House, stranger: Browserless) -> None:
    first = _asked(house)
    house.end_of(first)
    thread = house.run_row(first)["conversation_id"]
    house.script(**usual())
    second = house.ask("And titanium?", conversation=thread)
    house.end_of(second)
    path, one = _shared(house, second, what="conversation"), _shared(house, second)
    house.end_of(house.ask("And wood?", conversation=thread))
    assert "And titanium?" in stranger.http.get(path + "2/").text
    assert stranger.http.get(path + "3/").status_code == 404
    assert "Steel?" not in stranger.http.get(one).text, "one question, without those before it"


async def test_a_live_run_is_followed_through_the_link_and_frozen_at_its_end(
    house: House, stranger: Browserless
) -> None:
    run_id = _asked(house, judge=[saying(JUDGED, first_token_s=1.5)])
    until(lambda: THOUGHT in json.dumps(house.person.document(run_id)), "the thought")
    path = _shared(house, run_id)
    page = stranger.http.get(path)
    assert "data-live" in page.text
    seq = int(re.search(r'data-upto="(\d+)"', page.text)[1])  # type: ignore[index]
    assert seq > 0
    async with line(house.server, path=f"/ws/shares/{path.split('/')[2]}/1/", after=0) as reader:
        frames = await reader.read_to_end()
        assert await reader.closed() == 4410
    told = json.dumps(frames)
    assert STEEL in "".join(
        e["text"] for f in frames for e in f.get("events", []) if e["type"] == "text"
    )
    for name, secret in HIDDEN.items():
        assert name == "name" or secret not in told, name
    assert "data-live" not in stranger.http.get(path).text
    frozen = house.rows("SELECT frozen FROM council_sharedrun ORDER BY id DESC")[0]["frozen"]
    assert STEEL in frozen
    async with line(house.server, path=f"/ws/shares/{path.split('/')[2]}/1/") as late:
        assert await late.closed() == 4410


@pytest.mark.parametrize("after", [0, 10_000])
async def test_who_held_a_line_open_hears_nothing_of_what_came_after_the_copy(
    house: House, after: int
) -> None:
    run_id = _asked(house, judge=[saying(JUDGED, first_token_s=0.5)])
    path = _shared(house, run_id)
    async with line(house.server, path=f"/ws/shares/{path.split('/')[2]}/1/") as reader:
        house.end_of(run_id)
        slow = saying("Something else entirely.", first_token_s=1.5)
        house.provider.script({"m1": [slow]})
        house.order(run_id, "seats/A/retry")
        await reader.say({"after": after})
        with pytest.raises(ConnectionClosed) as closed:
            await reader.news()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4410
    house.order(run_id, "stop")


async def test_who_follows_a_link_that_ends_is_closed(house: House) -> None:
    run_id = _asked(house, judge=[saying(JUDGED, first_token_s=20)])
    path = _shared(house, run_id)
    async with line(house.server, path=f"/ws/shares/{path.split('/')[2]}/1/", after=0) as reader:
        await reader.news()
        share = house.rows("SELECT id FROM council_share ORDER BY created_at DESC")[0]["id"]
        house.person.post(f"/settings/links/{UUID(share)}/revoke")
        assert await reader.closed(8) == 4403
    async with line(house.server, path="/ws/shares/nothing/1/") as unknown:
        assert await unknown.closed() == 4403
    house.order(run_id, "stop")


def test_a_stranger_runs_the_council_with_an_account_of_their_own(house: House, run: str) -> None:
    ada = another(house.server, "ada")
    with contextlib.closing(ada.http):
        page = ada.post(_shared(house, run) + "use")
        assert page.status_code == 200
        assert "Steel?" in page.text
        mine = ada.http.get("/councils/metals/file").json()
    assert [seat["model"] for seat in mine["seats"]] == ["fake/m1", "fake/m2"]
    assert TOLD not in json.dumps(mine), "instructions were not ticked"


def test_who_signs_in_to_run_a_shared_council_comes_back_to_it(
    house: House, run: str, stranger: Browserless
) -> None:
    path = _shared(house, run)
    stranger.http.get(path)
    gate = stranger.post(f"{path}use")
    assert gate.status_code == 401
    (sign_in,) = re.findall(r'href="([^"]+/sign-in/[^"]*)"', gate.text)
    form = stranger.http.get(sign_in)
    assert f'name="next" value="{path}"' in form.text, form.text[:3000]


def test_a_link_ends_with_the_account_that_made_it(house: House, stranger: Browserless) -> None:
    house.script(**usual())
    dora = another(house.server, "dora")
    with contextlib.closing(dora.http):
        run_id = dora.ask("Steel?", ["fake/m1", "fake/m2"], "fake/judge")
        dora.wait_for(run_id)
        page = dora.post(f"/runs/{run_id}/share")
        path = re.search(r'http://[^/"]+(/s/[\w-]+/)"', page.text)[1]  # type: ignore[index]
        assert stranger.http.get(path).status_code == 200
        assert "Shared link</dt><dd>1" in dora.http.get("/settings/data").text
        dora.post("/settings/data/everything", word="delete everything")
    assert stranger.http.get(path).status_code == 404


def test_a_report_reaches_the_owner_who_ends_the_link(
    house: House, run: str, stranger: Browserless
) -> None:
    path = _shared(house, run, title="Reported")
    stranger.http.get(path + "report")
    assert stranger.post(path + "report", words=" ").status_code == 422
    assert "Thank you" in stranger.post(path + "report", words="<b>Slander</b>").text
    inbox = house.person.http.get("/settings/server").text
    assert "&lt;b&gt;Slander&lt;/b&gt;" in inbox
    number = re.search(r"/settings/server/reports/(\d+)", inbox)
    assert number
    house.person.post(number.group(0), revoke="1")
    assert stranger.http.get(path).status_code == 404
    assert "Slander" not in house.person.http.get("/settings/server").text


def test_a_flood_of_reports_about_one_link_leaves_room_for_others(
    house: House, run: str, stranger: Browserless
) -> None:
    flooded, other = (_shared(house, run, title=title) for title in ("Flooded", "Other"))
    stranger.http.get(flooded + "report")
    for number in range(MOST_REPORTS_OF_ONE + 3):
        assert "Thank you" in stranger.post(flooded + "report", words=f"Flood {number}").text
    stranger.post(other + "report", words="In earnest")
    inbox = house.person.http.get("/settings/server").text
    assert inbox.count("Flood ") == MOST_REPORTS_OF_ONE
    assert "In earnest" in inbox


@pytest.mark.parametrize("ticked", ["", "reasoning"])
def test_what_was_searched_for_is_seen_with_the_reasoning(
    house: House, stranger: Browserless, ticked: str
) -> None:
    asked = looking(
        ("web_search", {"query": "Zqqueryqz"}), ("web_fetch", {"url": "http://zqurlqz/"})
    )
    house.script(**usual(m1=[asked, saying(STEEL)]))
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    assert "Zqqueryqz" in house.page(run_id), "its owner sees it"
    path = _shared(house, run_id, shows=ticked)
    told = [stranger.http.get(path + part).text for part in ("", "1.json", "1.md")]
    told += [house.rows("SELECT frozen FROM council_sharedrun ORDER BY id DESC")[0]["frozen"]]
    for secret in ("Zqqueryqz", "zqurlqz"):
        assert (secret in "".join(told)) == bool(ticked)
    assert ticked or "something on the web" in told[0]


def test_the_card_is_a_picture_without_the_question(
    house: House, run: str, stranger: Browserless
) -> None:
    path = _shared(house, run)
    card = stranger.http.get(path + "card.png")
    assert card.headers["content-type"] == "image/png"
    assert card.content.startswith(b"\x89PNG")
    page = stranger.http.get(path).text
    assert 'property="og:title" content="A question put to 2 models"' in page
    assert len(page) < 100_000


def test_guests_make_no_links(house: House) -> None:
    house.script(**usual())
    cora = another(house.server, "cora")
    with contextlib.closing(cora.http):
        run_id = cora.ask("Steel?", ["fake/m1", "fake/m2"], "fake/judge")
        cora.wait_for(run_id)
        program = (
            "from council.models import Person; "
            "Person.objects.filter(username='cora').update(role='guest')"
        )
        assert house.server.manage("shell", "-c", program).returncode == 0
        refused = cora.post(f"/runs/{run_id}/share")
        assert refused.status_code == 422
        assert "Links are for accounts" in refused.text
        token = {"csrfmiddlewaretoken": cora.token}
        document = {"file": json.dumps(cora.document(run_id)).encode()}
        refused = cora.http.post("/settings/data/import", data=token, files=document)
        assert "Imports are for accounts" in refused.text
