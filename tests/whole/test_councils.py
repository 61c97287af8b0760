"""Saved councils by forms alone: the list, what can be done to each, versions, files, whose."""

import json
import re
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest

from tests.fakes.server import Browserless
from tests.people import another
from tests.whole.house import House, usual

HOSTILE = '"><img src=x onerror=alert(1)><b hx-get="/x">'


@pytest.fixture(scope="module")
def boole(standing: House) -> Iterator[Browserless]:
    """Another person on this server."""
    somebody = another(standing.server)
    with closing(somebody.http):
        yield somebody


def _post(house: House, slug: str, what: str, **fields: str) -> httpx.Response:
    return house.person.post(f"/councils/{slug}/{what}", **fields)


def _list(person: Browserless) -> str:
    return person.http.get("/councils/").text


def _card(page: str, slug: str) -> str:
    """The words of one council on the list."""
    _, found, rest = page.partition(f'id="council-{slug}">')
    assert found, slug
    return " ".join(re.sub(r"<[^>]+>", " ", rest.partition('<li class="card"')[0]).split())


def _asked(house: House, slug: str, **fields: str) -> str:
    answer = house.person.post("/runs/", prompt="Which?", council=slug, key=slug, **fields)
    run_id = str(answer.url).rstrip("/").rpartition("/")[2]
    house.end_of(run_id)
    return run_id


def test_the_list_shows_who_sits_and_what_it_was_like_to_ask(house: House) -> None:
    house.script(**usual())
    slug = house.keep("Frames", "fake/m1", "fake/m2", description="What breaks first?")
    assert "not asked yet" in _card(_list(house.person), slug)
    _asked(house, slug)
    words = _card(_list(house.person), slug)
    assert words.startswith("Frames What breaks first? A m1 B m2 judged by judge")
    assert re.search(r"1 run cost unknown about \d\.\d s today", words)


def test_a_council_is_renamed_copied_and_made_the_default(house: House) -> None:
    slug = house.keep("Bridges", "fake/m1")
    renamed = _post(house, slug, "rename", name="  Long   bridges ")
    assert "The new name is Long bridges." in renamed.text
    copied = _post(house, slug, "duplicate")
    assert "Kept a copy: Long bridges (copy)." in copied.text
    assert _card(copied.text, "long-bridges-copy").startswith("Long bridges (copy)")
    chosen = _post(house, slug, "default")
    assert "Long bridges default" in _card(chosen.text, slug)
    assert f'value="{slug}" selected' in house.person.http.get("/").text
    assert "default" not in _card(_post(house, slug, "default").text, slug).split(" More ")[0]


@pytest.mark.parametrize("name", [" ", "x" * 121])
def test_a_name_that_cannot_be_is_said_beside_what_was_typed(house: House, name: str) -> None:
    slug = house.keep("Roofs", "fake/m1")
    answer = _post(house, slug, "rename", name=name)
    assert answer.status_code == 422
    assert f'value="{name}"' in answer.text
    assert "A name has 1 to 120 characters. The old name is kept." in answer.text


def test_a_deletion_is_undone_without_loss(house: House) -> None:
    house.script(**usual())
    slug = house.keep("Doors", "fake/m1", "fake/m2")
    _asked(house, slug)
    gone = _post(house, slug, "delete")
    assert "Deleted Doors." in gone.text
    assert f'id="council-{slug}"' not in gone.text
    assert house.person.http.get(f"/councils/{slug}/").status_code == 404
    again = _post(house, slug, "restore")
    assert "Doors is back." in again.text
    assert "1 run" in _card(again.text, slug)


def test_versions_say_what_changed_and_an_old_one_comes_back_as_a_new_one(house: House) -> None:
    house.script(**usual())
    slug = house.keep("Walls", "fake/m1", "fake/m2")
    run_id = _asked(house, slug)
    link = f'<a href="/councils/{slug}/versions/1/">version 1</a>'
    assert f"Asked with {link} of Walls." in house.page(run_id)
    _post(house, slug, "rename", name="Thick walls")
    page = house.page(run_id)
    assert f'/councils/{slug}/versions/">Thick walls, version 2</a>' in page
    listed = house.person.http.get(f"/councils/{slug}/versions/").text
    assert "Renamed from “Walls” to “Thick walls”." in listed
    assert (
        "<h1 hx-disable>Walls</h1>" in house.person.http.get(f"/councils/{slug}/versions/1/").text
    )
    back = _post(house, slug, "versions/1/restore")
    assert "Version 3" in back.text
    assert "Renamed from “Thick walls” to “Walls”." in back.text
    assert house.person.http.get(f"/councils/{slug}/versions/4/").status_code == 404
    _post(house, slug, "delete")
    assert "Asked with version 1 of a council that is not kept any more" in house.page(run_id)


def test_a_file_goes_out_and_in_and_out_with_the_same_bytes(house: House) -> None:
    seats = [{"model": "fake/m1", "role": HOSTILE, "instructions": "Zwölf\r\n“銅” \u202e"}]
    slug = house.keep("Files", "fake/m1", seats=seats, limits={"run_s": 60.5})
    first = house.person.http.get(f"/councils/{slug}/file")
    assert first.headers["content-disposition"] == f'attachment; filename="{slug}.json"'
    look = _upload(house, first.content)
    assert look.status_code == 200
    assert "Is this the council?" in look.text
    assert "You have a council of this name" in look.text
    kept = _upload(house, first.content, keep="1")
    assert house.person.http.get(f"/councils/{slug}-2/file").content == first.content
    assert "Kept from the file: Files." in kept.text
    template = house.person.http.get("/councils/quality/file").json()
    assert (template["kind"], template["name"]) == ("council", "Quality")


def _upload(house: House, file: bytes, **fields: str) -> httpx.Response:
    data = {"csrfmiddlewaretoken": house.person.token, **fields}
    return house.person.http.post("/councils/import", data=data, files={"file": ("c.json", file)})


def test_nothing_is_kept_before_it_was_looked_at(house: House) -> None:
    before = house.rows("SELECT count(*) AS n FROM council_council")
    text = json.dumps(
        {"name": "Elsewhere", "seats": [{"model": "mars/m"}], "judge": {"model": "mars/j"}}
    )
    look = house.person.post("/councils/import", text=text)
    assert "Needs mars, not connected here." in look.text
    assert house.rows("SELECT count(*) AS n FROM council_council") == before


@pytest.mark.parametrize(
    ("file", "words", "kept"),
    [
        (
            b'{"name": "a", "seats": [{"model": "x"}]}',
            ["seats[0].model", "judge", "2 things"],
            True,
        ),
        (b'{"name": "caf\xe9"}', ["line 1, column 14", "is not UTF-8 (byte 0xE9)"], True),
        (b" " * 1_200_000, ["the file", "has 1.0 MB; a council file has at most 1 MB"], False),
        (b"\x89PNG\0\0", ["line 1, column 1", "is not UTF-8"], False),
        (json.dumps({HOSTILE: 1}).encode(), ["&lt;b hx-get"], True),
    ],
    ids=["two problems", "Latin-1", "too large", "a picture", "hostile"],
)
def test_a_damaged_file_is_refused_with_the_places_and_stays_in_the_box(
    house: House, file: bytes, words: list[str], kept: bool
) -> None:
    answer = _upload(house, file)
    assert answer.status_code == 422
    for word in words:
        assert word in answer.text
    box = answer.text.partition("<textarea")[2].partition(">")[2].partition("</textarea>")[0]
    assert bool(box.strip()) == kept
    assert "<img" not in answer.text


def test_a_hostile_council_is_shown_as_text(house: House) -> None:
    seats = [
        {"model": f"fake/{HOSTILE.replace(' ', '/')}", "role": HOSTILE, "instructions": HOSTILE}
    ]
    slug = house.keep(HOSTILE, seats=seats, description=HOSTILE)
    _post(house, slug, "rename", name=HOSTILE + "2")
    for path in ("", f"?rename={slug}", f"?did=renamed&slug={slug}", f"{slug}/versions/"):
        page = house.person.http.get(f"/councils/{path}").text
        assert "&lt;img" in page
        assert "<img" not in page
    assert "<img" not in house.person.http.get(f"/councils/{slug}/versions/1/").text
    _post(house, slug, "delete")


def test_a_published_council_is_everybodys_to_ask_and_its_owners_to_change(
    house: House, boole: Browserless
) -> None:
    house.script(**usual())
    slug = house.keep("Everyone", "fake/m1", "fake/m2")
    page = f"/councils/{slug}/"
    assert boole.http.get(page).status_code == 404
    assert (
        "Everybody on this server can now ask Everyone."
        in _post(house, slug, "publish", is_public="1").text
    )
    assert boole.http.get(page).status_code == 200
    assert boole.http.get(f"{page}file").status_code == 200
    assert "Rename" not in _card(_list(boole), slug)
    for what in ("rename", "delete", "publish", "versions/1/restore"):
        assert boole.post(page + what, name="Mine", is_public="1").status_code == 404
    assert boole.http.get(f"{page}versions/").status_code == 404
    run = boole.post("/runs/", prompt="Which?", council=slug, key="boole-1")
    run_id = str(run.url).rstrip("/").rpartition("/")[2]
    boole.wait_for(run_id)
    assert f'<a href="{page}">everybody’s Everyone</a>' in boole.http.get(f"/runs/{run_id}/").text
    copy = boole.post(f"{page}duplicate")
    assert "Rename" in _card(copy.text, "everyone-copy")
    assert boole.post("/councils/everyone-copy/publish", is_public="1").status_code == 403

    _post(house, slug, "publish")
    assert boole.http.get(page).status_code == 404
    assert boole.http.get(f"{page}file").status_code == 404
    assert boole.post(f"{page}duplicate").status_code == 404
    assert f'href="{page}"' not in boole.http.get(f"/runs/{run_id}/").text
    assert boole.post("/runs/", prompt="?", council=slug, key="boole-2").status_code == 422


def test_more_text_than_the_server_takes_is_refused_in_words(house: House) -> None:
    answer = house.person.post("/councils/import", text="x" * 3_000_000)
    assert answer.status_code == 400
    assert "more text than this server takes at once (2 MB)" in answer.text
