"""Conversations are kept, renamed, pinned, archived, and deleted for good."""

import re
from typing import Any
from uuid import UUID

import pytest

from tests.fakes.server import Browserless
from tests.people import another, nobody
from tests.whole.house import STEEL, House, cut, saying, silent, until, usual

HTMX = {"HX-Request": "true"}


@pytest.fixture
def asked(house: House) -> tuple[str, str]:
    """A finished run, and the address of its conversation."""
    house.script(**usual())
    run_id = house.ask("Steel or aluminium?")
    house.end_of(run_id)
    return run_id, address(house, run_id)


def address(house: House, run_id: str) -> str:
    """Where a run's conversation is changed."""
    return f"/conversations/{UUID(house.run_row(run_id)['conversation_id'])}"


def listed(person: Browserless, path: str = "/") -> dict[str, list[str]]:
    """The list at the side: the titles under each heading."""
    page = person.http.get(path).text
    side = page[page.index('id="past-list"') : page.index("</nav>")]
    groups = re.findall(r"<h2>(.*?)</h2>(.*?)</ul>", side, re.DOTALL)
    return {name: re.findall(r'title="([^"]*)" hx-disable', rows) for name, rows in groups}


def test_a_title_of_ones_own_is_shown_as_text(house: House, asked: tuple[str, str]) -> None:
    _, where = asked
    title = '<b hx-get="/">Frames</b>'
    answer = house.person.post(f"{where}/rename", title=f"  {title} ")
    assert answer.status_code == 200
    assert "&lt;b hx-get=&quot;/&quot;&gt;Frames&lt;/b&gt;" in listed(house.person)["Today"]
    assert title not in house.person.http.get("/history/").text


@pytest.mark.parametrize("title", ["", " \n ", "x" * 201])
def test_a_title_that_is_none_comes_back_with_a_sentence(
    house: House, asked: tuple[str, str], title: str
) -> None:
    _, where = asked
    answer = house.person.post(f"{where}/rename", title=title)
    assert answer.status_code == 422
    assert "A title has 1 to 200 characters. The old title is kept." in answer.text
    assert f'value="{title}"' in answer.text
    assert "Steel or aluminium?" in listed(house.person)["Today"]


def test_what_is_pinned_stands_first_and_what_is_archived_apart(
    house: House, asked: tuple[str, str]
) -> None:
    _, where = asked
    house.person.post(f"{where}/rename", title="Kept apart")
    house.person.post(f"{where}/pin", on="1")
    assert listed(house.person)["Pinned"] == ["Kept apart"]
    house.person.post(f"{where}/archive", on="1")
    assert "Pinned" not in listed(house.person)
    assert "Kept apart" not in house.person.http.get("/history/").text
    assert "Kept apart" in house.person.http.get("/history/?archived=1").text
    house.person.post(f"{where}/archive", on="0")
    assert "Kept apart" in listed(house.person)["Today"]


def test_a_filter_by_council_model_and_state_combines(house: House, asked: tuple[str, str]) -> None:
    _, where = asked
    house.person.post(f"{where}/rename", title="Of a sort")

    def shows(query: str) -> bool:
        page = house.person.http.get(f"/history/?{query}").text
        return "Of a sort" in page[page.index('id="kept"') :]

    assert shows("model=fake/m1&state=done")
    assert not shows("model=fake/m1&state=failed")
    assert not shows("model=fake/nobody")
    assert not shows("council=nobody")


def test_htmx_gets_the_list_or_the_row_and_a_form_goes_back_to_its_page(
    house: House, asked: tuple[str, str]
) -> None:
    run_id, where = asked
    menu = house.person.http.get(f"{where}/settings", headers=HTMX).text
    assert menu.lstrip().startswith('<div class="row-menu"')
    fields = {"csrfmiddlewaretoken": house.person.token, "title": "Anew"}
    seen = HTMX | {"HX-Current-URL": f"{house.server.url}/runs/{run_id}/"}
    part = house.person.http.post(f"{where}/rename", data=fields, headers=seen).text
    assert part.lstrip().startswith('<div id="past-list"')
    assert re.search(r'aria-current="page" title="Anew"', part)
    for target, ends in (("/councils/", "/councils/"), ("//evil.test/", "/history/")):
        answer = house.person.post(f"{where}/rename", title="Anew", next=target)
        assert str(answer.url) == f"{house.server.url}{ends}"


def test_deleting_leaves_nothing_but_what_was_spent(house: House) -> None:
    house.script(**usual())
    run_id = house.ask("Delete me?", files=[("a.txt", b"With a file.")])
    house.end_of(run_id)
    where, key = address(house, run_id), UUID(run_id).hex
    asks = house.person.http.get(f"{where}/delete").text
    assert "will be gone for good" in asks
    calls = len(house.calls(run_id))
    before = _calls(house)
    assert house.person.post(f"{where}/delete").status_code == 200
    assert house.person.http.get(f"/runs/{run_id}/").status_code == 404
    assert house.rows("SELECT * FROM council_conversation WHERE title = 'Delete me?'") == []
    for table in ("journalentry", "attachment", "order", "clientkey", "call"):
        assert house.rows(f"SELECT * FROM council_{table} WHERE run_id = ?", key) == []
    assert _calls(house) == before
    assert calls == 5


def _calls(house: House) -> list[Any]:
    return house.rows("SELECT id, cost_usd, state FROM council_call ORDER BY id")


def test_what_is_deleted_while_members_write_ends_at_once_and_disturbs_no_other(
    house: House,
) -> None:
    house.script(**usual(m1=[cut(STEEL)], m2=[silent()], m4=[saying("Copper.", first_token_s=2)]))
    doomed = house.ask("To be deleted while it runs?")
    other = house.ask("And this one?", seats=("m4", "m3"))
    until(lambda: house.provider.requests("m2"), "the silent one's request")
    until(lambda: list(house.events(doomed, "text")), "the first words")
    logged = len(house.server.stderr)
    where, before = address(house, doomed), len(_calls(house))
    house.person.post(f"{where}/delete")
    for model in ("m1", "m2"):
        ended = house.provider.end_of(house.provider.requests(model)[0], within_s=10)
        assert ended["how"] in ("client_left", "stalled")  # not by itself: it waits for that
    assert house.end_of(other)["state"] == "done"
    assert len(_calls(house)) >= before
    assert not house.rows("SELECT * FROM council_call WHERE run_id IS NULL AND ended_at IS NULL")
    said = house.server.stderr[logged:]
    assert not re.search("ERROR|WARNING|Traceback|never retrieved", said), said


def test_a_hit_stands_in_its_words_and_leads_to_its_place(house: House) -> None:
    house.script(**usual(m2=[saying("Ask <b>quolls</b> & other marsupials about alloys.")]))
    run_id = house.ask("Which animal knows metals?")
    house.end_of(run_id)
    page = house.person.http.get("/history/?q=quoll*").text
    assert "&lt;b&gt;<mark>quolls</mark>&lt;/b&gt; &amp; other" in page
    assert f'href="/runs/{run_id}/#seat-B"' in page
    assert "1 place, newest first" in page
    house.person.post(f"{address(house, run_id)}/archive", on="1")
    assert "archived" in house.person.http.get("/history/?q=marsupials").text
    for who in (another(house.server, "boole"), nobody(house.server)):
        assert "marsupials about" not in who.http.get("/history/?q=marsupials").text
        who.http.close()
    house.person.post(f"{address(house, run_id)}/delete")
    assert "Nothing found" in house.person.http.get("/history/?q=marsupials").text


def test_a_member_asked_again_is_found_by_its_new_words_alone(house: House) -> None:
    house.script(**usual(m1=[saying("Take zirconium."), saying("Take vanadium.")]))
    run_id = house.ask()
    house.end_of(run_id)
    assert f"{run_id}/#seat-A" in house.person.http.get("/history/?q=zirconium").text
    house.retry(run_id, "A")
    assert "Nothing found" in house.person.http.get("/history/?q=zirconium").text
    assert f"{run_id}/#seat-A" in house.person.http.get("/history/?q=vanadium").text
