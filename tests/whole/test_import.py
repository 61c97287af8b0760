"""A run taken along and brought back: the same document, page and quotes; files that are none."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jsonschema
import pytest

from tests.fakes.provider import ScriptedProvider
from tests.people import another
from tests.whole.house import House, comparison, finding, looking, saying, usual

pytestmark = pytest.mark.database

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/run-document.schema.json").read_text())
SIGNED = "Take steel [A], not aluminium [B]. [f1 settled]\n\nFit matters [C]."
RUNS: dict[str, dict[str, Any]] = {
    "usual": {"writer": [saying(SIGNED)]},
    "one failed, one thought": {
        "m2": [{"status": 400, "body": {"error": {"message": "no"}}}],
        "m1": [saying("Take steel 🧵 **now**.", reasoning="Hmm.", usage={"cost": 0.01})],
    },
    "judge unreadable": {"judge": [saying("no json")]},
    "a quote nobody wrote": {
        "judge": [saying(comparison(finding("Steel.", A="Take steel", B="not:I never said")))]
    },
    "nobody answered": {m: [saying("")] for m in ("m1", "m2", "m3")},
    "cut off": {"m3": [saying("Either metal works, and on.", end_after=3)]},
}


@pytest.fixture(scope="module")
def house(provider: ScriptedProvider, database_url: str) -> Iterator[House]:
    with House(provider, DATABASE_URL=database_url) as built:
        yield built
        assert "Traceback" not in built.server.stderr, built.server.stderr


def _bring(house: House, file: bytes | str) -> httpx.Response:
    data = file if isinstance(file, bytes) else file.encode()
    token = {"csrfmiddlewaretoken": house.person.token}
    return house.person.http.post("/settings/data/import", data=token, files={"file": data})


def _document(house: House, page: httpx.Response) -> dict[str, Any]:
    assert page.status_code == 200, page.text[:2000]
    found: dict[str, Any] = house.person.http.get(f"{page.url.path.rstrip('/')}.json").json()
    return found


@pytest.mark.parametrize("name", RUNS)
def test_export_import_export_is_the_same_document(house: House, name: str) -> None:
    house.script(**usual(**RUNS[name]))
    run_id = house.ask("Steel or aluminium?")
    house.end_of(run_id)
    before = house.person.document(run_id)
    jsonschema.validate(before, SCHEMA)
    page = _bring(house, json.dumps(before))
    assert _document(house, page) == before
    assert page.url.path != f"/runs/{run_id}/"
    marked = house.page(run_id).count('<mark id="q-')
    assert page.text.count('<mark id="q-') == marked, "the same words are marked"
    assert "Imported, not played here" in page.text


def test_a_whole_conversation_comes_back(house: House) -> None:
    house.script(**usual(m2=[looking(("web_fetch", {"url": "https://a.example/"}), text="Hm.")]))
    first = house.ask("Steel?")
    house.end_of(first)
    house.script(**usual())
    second = house.ask("And wood?", conversation=house.run_row(first)["conversation_id"])
    house.end_of(second)
    file = house.person.http.get(f"/runs/{second}/conversation.json")
    documents = file.json()["runs"]
    assert [one["prompt"] for one in documents] == ["Steel?", "And wood?"]
    page = _bring(house, file.content)
    assert _document(house, page) == documents[1]
    again = house.person.http.get(f"{page.url.path.rstrip('/')}/conversation.json").json()
    assert again["runs"] == documents
    text = house.person.http.get(f"/runs/{second}/conversation.md").text
    assert text.index("Steel?") < text.index("And wood?")
    assert "[^f1A]: A: “Take steel”" in text


def test_an_imported_run_is_read_and_shared_not_asked(house: House) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    page = _bring(house, json.dumps(house.person.document(run_id)))
    path = page.url.path
    for ours in ("Follow up", "Ask again", "Judge again"):
        assert ours not in page.text
    for order in ("judge", "seats/A/retry"):
        assert house.person.post(path + order).status_code == 409
    thread = UUID(house.run_row(path.split("/")[2])["conversation_id"])
    refused = house.person.post(
        "/runs/", prompt="More?", council=house.keep("Kept", "fake/m1"), conversation=thread
    )
    assert refused.status_code == 422
    assert "can be read, shared and exported" in refused.text
    assert house.person.post(path + "share").status_code == 200
    assert house.counts()["judge"] == 1, "nobody was asked"


def test_what_a_file_says_of_quotes_is_looked_up_again(house: House) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    forged = house.person.document(run_id)
    place = forged["breakdown"]["contradictions"][0]["positions"][0]
    place.update(quote="Buy gold", start=0, end=8)
    page = _bring(house, json.dumps(forged))
    said = _document(house, page)["breakdown"]
    assert said["contradictions"][0]["positions"][0]["verified"] is False
    assert 'href="#q-f1-A"' not in page.text


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"", "This is no JSON"),
        (b"no json", "This is no JSON"),
        (b"\xff\xfe", "no text in UTF-8"),
        (b"[1]", "no run document"),
        (b'{"version": 2, "kind": "run"}', "version"),
        (b'{"kind": "conversation", "runs": []}', "holds 1 to 200 runs"),
        (b'{"version": 1, "kind": "council", "name": "x"}', "kind"),
        (b"[" * 100_000, "This is no JSON"),
    ],
)
def test_a_file_that_is_none_gets_a_sentence(house: House, file: bytes, sentence: str) -> None:
    answer = _bring(house, file)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Nothing was imported" in answer.text


def _too_many(run: dict[str, Any]) -> None:
    said = run["breakdown"]
    said["consensus"] = [{**said["consensus"][0], "id": f"g{n}"} for n in range(10_000)]


def _twice(run: dict[str, Any]) -> None:
    run["breakdown"]["contradictions"] *= 2


def _strange_id(run: dict[str, Any]) -> None:
    run["breakdown"]["contradictions"][0]["id"] = "f1]: <script>alert(1)</script>"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda run: run.update(created_at="0001-01-01T00:00:00+14:00"), "in that year"),
        (lambda run: run.update(duration_ms=2**53), "duration_ms"),
        (lambda run: run["answers"][0].update(seat="H"), "needs a seat of the council"),
        (lambda run: run["answers"][0].update(seat="B"), "no two the same"),
        (lambda run: run["answers"][0].update(cost_usd=float("nan")), "cost_usd"),
        (lambda run: run["answers"][0].update(cost_usd=1e308), "cost_usd"),
        (lambda run: run["answers"][0].update(text="Steel. " * 150_000), "at most 1000000"),
        (_too_many, "at most 60"),
        (_twice, "the same id"),
        (_strange_id, "the id of a finding"),
    ],
)
def test_a_document_that_cannot_be_gets_a_sentence(
    house: House, change: Any, sentence: str
) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    run = house.person.document(run_id)
    change(run)
    answer = _bring(house, json.dumps(run))
    assert answer.status_code == 422
    assert sentence in answer.text


SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def _odd_letters(run: dict[str, Any]) -> None:
    run["judge"].update(order=list("AABHH"), partial=list("HH"), trimmed=list("HHC"))


def _odd_places(run: dict[str, Any]) -> None:
    found = run["breakdown"]["contradictions"][0]
    found["positions"] = [p | {"start": -5, "end": 10**9} for p in found["positions"] * 9]
    found["positions"].append(found["positions"][0] | {"seat": "H"})


def _odd_point(run: dict[str, Any]) -> None:
    changes = [{"seat": "H", "before": "supports", "quote": SCRIPT}]
    run.update(run_kind="crux", point={"claim": SCRIPT, "crux": SCRIPT, "changes": changes})


def _script_everywhere(run: dict[str, Any]) -> None:
    run.update(prompt=SCRIPT)
    run["council"].update(name=SCRIPT, description=SCRIPT)
    for part in (*run["answers"], run["judge"], run["synthesis"]):
        part.update(model=SCRIPT, model_served=SCRIPT, note=SCRIPT)
    for part in run["answers"]:
        part.update(text=SCRIPT, reasoning=SCRIPT, role=SCRIPT, host=SCRIPT, refusal=SCRIPT)
        part.update(sources=[{"url": f"javascript:{SCRIPT}", "title": SCRIPT}])
    for found in run["breakdown"]["contradictions"]:
        found.update(claim=SCRIPT, crux=SCRIPT, topic=SCRIPT)


@pytest.mark.parametrize("change", [_odd_letters, _odd_places, _odd_point, _script_everywhere])
def test_whatever_a_file_says_its_pages_are_drawn_and_inert(house: House, change: Any) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    run = house.person.document(run_id)
    change(run)
    page = _bring(house, json.dumps(run))
    assert page.status_code == 200, page.text[:2000]
    everything = ["reasoning", "instructions", "cost", "name", "card"]
    shared = house.person.post(f"{page.url.path}share", shows=everything)
    link = re.search(r'value="http://[^"]+(/s/[^"]+)"', shared.text)
    assert link
    for path in (page.url.path, link[1], f"{page.url.path.rstrip('/')}.md", f"{link[1]}1.md"):
        answer = house.person.http.get(path)
        assert answer.status_code == 200
        assert not re.search(r"<script>alert|<img src=x|href=.?javascript", answer.text)
    assert house.person.http.get(f"{link[1]}card.png").content.startswith(b"\x89PNG")
    assert house.person.http.get(f"{link[1]}1.json").json()["prompt"] == run["prompt"]


def test_a_nul_is_taken_out_and_a_backslash_before_its_letters_is_not(house: House) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    run = house.person.document(run_id) | {"prompt": "Steel\0 or \\u0000?"}
    assert _document(house, _bring(house, json.dumps(run)))["prompt"] == "Steel\ufffd or \\u0000?"


def test_a_run_of_one_member_alone_is_found_where_it_was_imported(house: House) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    run = house.person.document(run_id) | {"run_kind": "member"}
    page = _bring(house, json.dumps(run))
    assert _document(house, page)["run_kind"] == "member"
    listed = house.person.http.get("/history/").text
    assert listed.count("Under way") == 1, "the filter's choice alone"


def test_an_imported_run_is_its_owners_alone(house: House) -> None:
    house.script(**usual())
    run_id = house.ask("Steel?")
    house.end_of(run_id)
    page = _bring(house, json.dumps(house.person.document(run_id)))
    ada = another(house.server, "ada")
    assert ada.http.get(page.url.path).status_code == 404
    ada.http.close()
