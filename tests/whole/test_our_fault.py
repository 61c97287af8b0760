"""A run this server fails at again and again comes to an end, and keeps its words."""

import json
import sqlite3

from tests.whole.house import House, until, usual


def _damage(house: House, run_id: str) -> None:
    """Make the plan unreadable, as one of a newer version would be."""
    with sqlite3.connect(house.server.data_dir / "council.sqlite3", timeout=10) as rows:
        values = (json.dumps({"version": 99}), run_id.replace("-", ""))
        rows.execute("UPDATE council_run SET plan = ? WHERE id = ?", values)


def test_a_run_whose_plan_cannot_be_read_ends_and_keeps_its_words(house: House) -> None:
    slow = {"text": "Said before the fault. " * 40, "tokens_per_s": 20}
    house.script(**{**usual(), "m1": [slow]})
    run_id = house.ask(seats=["m1", "m2"])
    until(lambda: "Said before" in house.person.document(run_id)["answers"][0]["text"], "words")
    house.server.kill()
    _damage(house, run_id)
    house.server.start()
    until(lambda: house.run_row(run_id)["state"] in ("failed", "partial"), "an end")
    assert house.run_row(run_id)["lease_owner"] == ""
    page = house.person.http.get(f"/runs/{run_id}/")
    assert page.status_code == 200
    assert "Said before" in page.text
    assert "interrupted" in page.text
