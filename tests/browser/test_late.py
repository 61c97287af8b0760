"""Lists and parts of pages whose answers come late, out of order, or not at all."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenReader
from tests.browser.late import ALLOWED, Wire
from tests.whole.house import House, usual


def test_seats_written_in_while_a_row_is_added_keep_what_was_written(
    house: House, open_reader: OpenReader
) -> None:
    page = open_reader(house.person, allow=ALLOWED).page
    page.goto("/")
    page.locator("#seats summary").click()
    wire = Wire(page, "/composer/seats")
    rows = page.locator("#seats [name=role]")
    count = rows.count()
    page.locator("#add-seat").click()
    page.locator("#role-A").fill("")
    page.keyboard.type("Sctic")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    wire.let_go()
    wire.let_go()
    expect(rows).to_have_count(count + 1)
    expect(page.locator("#role-A")).to_be_focused()
    page.keyboard.type("ep")
    expect(page.locator("#role-A")).to_have_value("Sceptic")


@pytest.mark.parametrize("place", ["/history/", "/models/"])
def test_a_list_shows_what_was_looked_for_last(
    house: House, open_reader: OpenReader, place: str
) -> None:
    house.script(**usual())
    house.end_of(house.ask("Where do late answers go?"))
    page = open_reader(house.person, allow=ALLOWED).page
    page.goto(place)
    field = page.locator("main [name=q]")
    wire = Wire(page, rf"{place}\?")
    field.fill("nobody wrote this")
    wire.wait_for(1)
    field.fill("")
    wire.wait_for(2)
    wire.held.reverse()
    wire.let_go()
    wire.let_go()
    listed = page.locator("#kept, #found")
    expect(listed).to_contain_text(re.compile("late answers|models"))
    expect(listed).not_to_contain_text(re.compile("[Nn]othing|None of"))


@pytest.mark.parametrize(
    ("status", "why"), [(0, "cannot be reached"), (500, "had a fault"), (401, "signed out")]
)
@pytest.mark.parametrize("place", ["/history/", "/models/"])
def test_a_list_that_does_not_come_is_told_and_can_be_asked_for_again(
    house: House, open_reader: OpenReader, place: str, status: int, why: str
) -> None:
    page = open_reader(house.person, allow=ALLOWED).page
    page.goto(place)
    wire = Wire(page, rf"{place}\?")
    page.locator("main [name=q]").fill("m")
    wire.fail(status)
    expect(page.get_by_role("alert")).to_contain_text(why)
    page.locator("main [name=q]").fill("m1")
    wire.let_go()
    expect(page.locator("#trouble")).to_be_empty()
    expect(page.locator("main [name=q]")).to_have_value("m1")
