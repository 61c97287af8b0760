"""A database that can be read no more: a page of ours says so, with all that protects a page."""

import pytest

from tests.whole.conftest import Build


def test_without_its_database_the_server_still_answers_in_its_own_words(build: Build) -> None:
    house = build()
    if house.server.env.get("DATABASE_URL"):
        pytest.skip("the database is not a file")
    for file in house.server.data_dir.glob("council.sqlite3*"):
        file.write_bytes(b"\xff" * file.stat().st_size)
    page = house.person.http.get("/")
    assert page.status_code in (500, 503)
    assert "To the first page" in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
