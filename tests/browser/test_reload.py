"""Load, reload and live stream end in the same page, byte for byte."""

import random
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import Reader, bodies, is_over, texts, wait_for_end
from tests.browser.words import PLAIN, RICH, council, paced
from tests.whole.house import House, answer

RELOADS = 20


def _slow() -> dict[str, Sequence[Any]]:
    return council(m2=[paced(PLAIN * 12)], m3=[paced(RICH * 3, reasoning=PLAIN * 2)])


def _fresh(reader: Reader, run_id: str) -> dict[str, str]:
    page = reader.new_page()
    page.goto(f"/runs/{run_id}/")
    return bodies(page)


def _is_kept(before: dict[str, str], after: dict[str, str]) -> bool:
    """Markdown signs go when a block closes; the letters of what was shown must all be there."""

    def letters(text: str) -> str:
        return "".join(c for c in text if c.isalpha())

    return all(letters(after[s]).startswith(letters(before[s])[:-12]) for s in before)


def test_a_page_reloaded_at_any_moment_ends_as_the_page_that_stayed(
    house: House, reader: Reader
) -> None:
    dice, reloads = random.Random(7), 0
    while reloads < RELOADS:
        house.script(**_slow())
        run_id = house.ask()
        page, stayed = reader.open(run_id), reader.new_page()
        stayed.goto(f"/runs/{run_id}/")
        while not is_over(page):
            page.wait_for_timeout(dice.uniform(0, 400))
            before = texts(page)
            page.reload(wait_until="domcontentloaded")
            assert _is_kept(before, texts(page))
            assert page.locator(".stretch .code-bar:not(:has(button))").count() == 0
            reloads += 1
        wait_for_end(stayed)
        page.reload()
        assert bodies(page) == bodies(stayed) == _fresh(reader, run_id)
        assert all(bodies(page).values())


def test_the_live_page_ends_as_the_page_a_browser_without_script_gets(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**council())
    run_id = house.ask()
    page = open_reader(house.person).open(run_id)
    wait_for_end(page)
    page.evaluate("document.querySelectorAll('.code-bar button').forEach((b) => b.remove())")
    assert bodies(page) == bodies(open_reader(house.person, java_script_enabled=False).open(run_id))


def _copied(page: Page, seat: str) -> str:
    button = page.locator(f"[data-copy={seat}]:not([data-signed])")
    button.click()
    expect(button).to_have_text("Copied")
    found: str = page.evaluate("navigator.clipboard.readText()")
    return found


def test_what_is_copied_is_the_documents_text(house: House, open_reader: OpenReader) -> None:
    house.script(**council(m1=[paced(RICH, 200)], m2=[paced(PLAIN, 200)], m3=[paced(RICH, 200)]))
    run_id = house.ask()
    reader = open_reader(house.person, permissions=["clipboard-read", "clipboard-write"])
    live, fresh = reader.open(run_id), reader.new_page()
    wait_for_end(live)
    fresh.goto(f"/runs/{run_id}/")
    document = house.person.document(run_id)
    for page in (live, fresh):
        for seat in ("A", "B", "C"):
            assert _copied(page, seat) == answer(document, seat)["text"]
        assert _copied(page, "writer") == document["synthesis"]["text"]
