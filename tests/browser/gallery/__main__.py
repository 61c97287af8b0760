"""``python -m tests.browser.gallery FOLDER``: pictures of every golden run, to be looked at.

Finished runs at five widths in the light and in the dark, and runs caught while their members
write, while the judge compares, while the synthesis is written. Says what is wider than its
window and what the browser complained about.
"""

import argparse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM
from tests.browser.gallery import PROVIDER, around, golden_runs, play
from tests.browser.reader import Reader, overflow, state, wait_for_end
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House

WIDTHS = {1440: 900, 1024: 768, 768: 1024, 390: 844, 320: 640}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_LIVE = ("cable", "office")
_STATES = ("members", "judging", "writing")
_WHOLE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(".followup, .side { position: static !important }");
  document.adoptedStyleSheets = [sheet];
}"""
"""In a picture of the whole page what sticks to the window would lie across the middle."""


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.gallery", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", default="", help="names, with commas; all by default")
    parser.add_argument("--widths", default="", help="pixels, with commas; all by default")
    parser.add_argument("--query", default="", help="what follows the ? in a run's address")
    parser.add_argument("--no-live", action="store_true", help="only finished runs")
    parser.add_argument(
        "--around",
        nargs="?",
        const="all",
        help="the pages around a run instead; names, with commas",
    )
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    names = asked.runs.split(",") if asked.runs else list(golden_runs())
    widths = [int(w) for w in asked.widths.split(",")] if asked.widths else list(WIDTHS)
    with _gallery() as (house, browser):
        if asked.around:
            _around(house, browser, asked.around, widths, asked.folder)
            return
        for name in names:
            _finished(house, browser, name, widths, asked.query, asked.folder)
        for name in () if asked.no_live else _LIVE:
            _caught(house, browser, name, asked.folder)


@contextmanager
def _gallery() -> Iterator[tuple[House, Browser]]:
    with ExitStack() as stack:
        provider = stack.enter_context(ScriptedProvider())
        settings = {f"COUNCIL_PROVIDER_{PROVIDER.upper()}_URL": provider.url}
        house = stack.enter_context(House(provider, **settings, COUNCIL_PROVIDER_FAKE_URL=""))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        stack.callback(browser.close)
        yield house, browser


def _finished(
    house: House, browser: Browser, name: str, widths: list[int], query: str, folder: Path
) -> None:
    run_id = play(house, golden_runs()[name], tokens_per_s=900)
    house.end_of(run_id)
    for width in widths:
        viewport = {"width": width, "height": WIDTHS[width]}
        reader = Reader(browser, house.person, viewport=viewport, has_touch=width < 500)
        page = reader.open(run_id, f"?{query}" if query else "")
        wait_for_end(page)
        _both(reader, folder / f"{name}-{width}")
        reader.context.close()


def _both(reader: Reader, path: Path) -> None:
    """A picture in the light and one in the dark, and what the browser complained about."""
    for scheme in SCHEMES:
        reader.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        reader.page.wait_for_timeout(150)
        _picture(reader.page, path.with_name(f"{path.name}-{scheme}.png"))
    for fault in reader.faults:
        print(f"{path.name}: {fault}")


def _caught(house: House, browser: Browser, name: str, folder: Path) -> None:
    """A run in each of its phases, at a desk and on a phone."""
    desk, phone = (
        Reader(browser, house.person, viewport={"width": w, "height": WIDTHS[w]}, has_touch=w < 500)
        for w in (1440, 390)
    )
    run_id = play(house, golden_runs()[name], tokens_per_s=45)
    for reader in (desk, phone):
        reader.open(run_id)
    for wanted in _STATES:
        desk.page.locator(f"#run-meta[data-state={wanted}]").wait_for()
        desk.page.wait_for_timeout(1_200)
        for width, reader in ((1440, desk), (390, phone)):
            if state(reader.page) == wanted:
                _picture(reader.page, folder / f"{name}-{wanted}-{width}-light.png")
    house.end_of(run_id)
    for reader in (desk, phone):
        for fault in reader.faults:
            print(f"{name} while it ran: {fault}")
        reader.context.close()


def _around(house: House, browser: Browser, only: str, widths: list[int], folder: Path) -> None:
    """Every page is made on the way; those that are not asked for are only not looked at."""
    for name, address in around.pages(house):
        if only != "all" and name not in only.split(","):
            continue
        for width in widths:
            reader = Reader(
                browser,
                house.person,
                signed_in=name not in around.FOR_STRANGERS,
                allow="status of [45]",
                viewport={"width": width, "height": WIDTHS[width]},
                has_touch=width < 500,
            )
            reader.context.route(f"**{around.BROKEN}", around.broken)
            reader.page.goto(address)
            _both(reader, folder / f"{name}-{width}")
            reader.context.close()


def _picture(page: Page, path: Path) -> None:
    if (wider := overflow(page)) > 0:
        print(f"{path.name}: {wider} px wider than its window")
    page.evaluate(_WHOLE)
    page.screenshot(path=path, full_page=True)


if __name__ == "__main__":
    main()
