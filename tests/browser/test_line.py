"""The line breaks: the page says so, comes back by itself, and has missed nothing."""

import json
from collections.abc import Callable

from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.conftest import Build, OpenReader
from tests.browser.reader import NO_LINE, Reader, bodies, column, state, texts, until, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once, council, endless, paced
from tests.whole.house import House

Meddle = Callable[[WebSocketRoute, int, str], bool]
"""Sees each frame of each line, by number; True when it may pass."""


def _never_loaded_again(page: Page) -> Callable[[], bool]:
    page.evaluate("window.loaded = 'once'")
    return lambda: bool(page.evaluate("window.loaded === 'once'"))


def _meddled(reader: Reader, meddle: Meddle) -> list[WebSocketRoute]:
    """Puts somebody on the line between page and server; the lines that were opened."""
    lines: list[WebSocketRoute] = []

    def opened(line: WebSocketRoute) -> None:
        lines.append(line)
        number, server = len(lines), line.connect_to_server()

        def passed_on(frame: str | bytes) -> None:
            if meddle(line, number, str(frame)):
                line.send(frame)

        server.on_message(passed_on)

    reader.page.route_web_socket("**/ws/runs/*/", opened)
    return lines


def _ends_as_fresh(reader: Reader, run_id: str) -> None:
    wait_for_end(reader.page)
    fresh = reader.new_page()
    fresh.goto(f"/runs/{run_id}/")
    assert bodies(reader.page) == bodies(fresh)
    expect(reader.page.locator("#banner")).to_be_hidden()


def test_a_line_that_is_cut_again_and_again_heals_without_a_reload(
    house: House, reader: Reader
) -> None:
    house.script(**council())
    seen = [0]

    def cut_every_while(line: WebSocketRoute, number: int, frame: str) -> bool:
        seen[0] += 1
        if seen[0] % 25 == 0:
            line.close(code=1012)
        return seen[0] % 25 != 0

    lines = _meddled(reader, cut_every_while)
    run_id = house.ask()
    stayed = _never_loaded_again(reader.open(run_id))
    _ends_as_fresh(reader, run_id)
    assert len(lines) > 3
    assert stayed()


def test_a_frame_that_got_lost_is_asked_for_again(house: House, reader: Reader) -> None:
    house.script(**council())
    lost: list[int] = []

    def lose_one(line: WebSocketRoute, number: int, frame: str) -> bool:
        is_text = '"type":"text"' in frame
        if is_text and number == 1 and not lost:
            lost.append(json.loads(frame)["seq"])
            return False
        return True

    lines = _meddled(reader, lose_one)
    run_id = house.ask()
    stayed = _never_loaded_again(reader.open(run_id))
    _ends_as_fresh(reader, run_id)
    assert lost
    assert len(lines) == 2
    assert stayed()
    warnings = [f for f in reader.faults if "starting over from the journal" in f]
    assert len(warnings) == 1
    reader.faults.remove(warnings[0])


def test_a_line_that_falls_silent_is_given_up(house: House, reader: Reader) -> None:
    house.script(**council(m1=[endless(PLAIN, 10)]))
    lines = _meddled(reader, lambda line, number, frame: number > 1)
    page = reader.open(house.ask())
    until(lambda: state(page) and len(lines) > 1, "another line")
    until(lambda: texts(page)["A"], "words over the new line")
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_end(page)


def test_a_reader_without_a_network_is_told_within_two_seconds_and_catches_up(
    house: House, open_reader: OpenReader
) -> None:
    reader = open_reader(house.person, allow=NO_LINE)
    house.script(**council(m1=[endless(PLAIN, 10)]))
    lines = _meddled(reader, lambda line, number, frame: True)
    run_id = house.ask()
    page = reader.open(run_id)
    stayed = _never_loaded_again(page)
    until(lambda: texts(page)["A"], "the first words")
    reader.context.set_offline(True)
    lines[-1].close(code=4999)
    expect(page.locator("#banner")).to_be_visible(timeout=2000)
    page.wait_for_timeout(3000)
    reader.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
    page.get_by_role("button", name="Stop", exact=True).click()
    _ends_as_fresh(reader, run_id)
    assert stayed()


def test_a_server_killed_in_mid_run_comes_back_to_the_same_page(
    build: Build, open_reader: OpenReader
) -> None:
    house = build()
    house.script(**at_once(m1=[endless(PLAIN, 20)], m2=[paced(RICH, 10)]))
    run_id = house.ask()
    reader = open_reader(house.person, allow=NO_LINE)
    page = reader.open(run_id)
    stayed = _never_loaded_again(page)
    until(lambda: len(texts(page)["A"]) > 200, "words to lose")
    shown = texts(page)["A"].strip()
    house.server.kill()
    expect(page.locator("#banner")).to_be_visible()
    assert texts(page)["A"].startswith(shown)
    house.server.start()
    wait_for_end(page)
    expect(page.locator("#banner")).to_be_hidden()
    assert texts(page)["A"].startswith(shown)
    expect(column(page, "A")).to_contain_text("What had arrived is kept.")
    _ends_as_fresh(reader, run_id)
    assert stayed()


def test_two_tabs_agree_and_stop_in_one_stops_both(house: House, reader: Reader) -> None:
    house.script(**council(m1=[endless(RICH)], m2=[endless(PLAIN)]))
    run_id = house.ask()
    one, other = reader.open(run_id), reader.new_page()
    other.goto(f"/runs/{run_id}/")
    until(lambda: all(texts(tab)[s] for tab in (one, other) for s in "AB"), "words in both tabs")
    one.get_by_role("button", name="Stop", exact=True).click()
    for tab in (one, other):
        wait_for_end(tab)
        assert state(tab) == "stopped"
        expect(tab.get_by_role("button", name="Stop")).to_have_count(0)
    assert bodies(one) == bodies(other)
