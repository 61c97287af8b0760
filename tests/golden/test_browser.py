"""The cut-k property in the browser's own module, static/js/run/state.js, in a real Chromium."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from playwright.sync_api import Browser, Page, Playwright, Route

from council.journal import Tick
from tests.golden import tape
from tests.golden.journals import journals
from tests.golden.reading import page_at, parts_of, still

pytestmark = pytest.mark.browser

STATE_JS = Path(__file__).parents[2] / "static" / "js" / "run" / "state.js"
HOST = "http://localhost:9"
TICKS = tape.ticks()
_CHROMIUM_ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# Canonical JSON, so that a state is one string here and in Python.
_PRELUDE = """
import * as state from "/state.js";
const sorted = (value) =>
  Array.isArray(value) ? value.map(sorted)
  : value && typeof value === "object"
    ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]))
    : value;
const digest = async (value) => {
  const text = new TextEncoder().encode(JSON.stringify(sorted(value)));
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("").slice(0, 16);
};
const fold = (from, frames) => frames.reduce(state.apply, from);
Object.assign(window, { ...state, sorted, digest, fold });
window.ready = true;
"""


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    if not Path(path).exists():
        pytest.skip("no Chromium on this machine")
    browser = playwright.chromium.launch(executable_path=path, args=_CHROMIUM_ARGS)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """A page with nothing on it but the state module; no request leaves the browser."""
    page = chromium.new_page()
    page.route("**/*", _serve)
    page.goto(f"{HOST}/")
    page.wait_for_function("window.ready")
    yield page
    page.close()


def _serve(route: Route) -> None:
    if route.request.url.endswith("/state.js"):
        route.fulfill(body=STATE_JS.read_text("utf-8"), content_type="text/javascript")
    elif route.request.url.endswith("/prelude.js"):
        route.fulfill(body=_PRELUDE, content_type="text/javascript")
    else:
        html = '<meta charset="utf-8"><script type="module" src="/prelude.js"></script>'
        route.fulfill(body=html, content_type="text/html")


def _golden() -> dict[str, Any]:
    run: dict[str, Any] = json.loads(tape.FILE.read_text("utf-8"))
    return run


def _still(frame: dict[str, Any]) -> dict[str, Any]:
    parts = {name: still(html) for name, html in frame.get("parts", {}).items()}
    return frame | {"parts": parts} if parts else frame


def _state(cut: int) -> dict[str, Any]:
    """What a page loaded after entry ``cut`` holds, with every piece of it."""
    page = page_at(TICKS, cut)
    return {**page.state(), "parts": parts_of(page)}


def test_the_browser_goes_through_the_golden_states(tab: Page) -> None:
    run = _golden()
    found = tab.evaluate(
        """async ({ start: live, frames }) => {
          const digests = [];
          let now = start(live);
          for (const frame of frames) {
            now = apply(now, frame);
            const { parts, ...state } = now;
            digests.push(await digest(state));
          }
          return digests;
        }""",
        run,
    )
    assert found == run["states"]


def test_the_golden_pieces_a_browser_ends_with_are_the_last_that_came(tab: Page) -> None:
    run = _golden()
    last: dict[str, str] = {}
    for frame in run["frames"]:
        last |= frame.get("parts", {})
    found = tab.evaluate("({ start: live, frames }) => fold(start(live), frames).parts", run)
    assert found == last


def test_every_cut_read_on_in_the_browser_is_the_fresh_page(tab: Page) -> None:
    end = _state(len(TICKS))
    for cut in range(len(TICKS) + 1):
        page = page_at(TICKS, cut)
        frames = [_still(page.take(tick)) for tick in TICKS[cut:]]
        found = tab.evaluate(
            "({ live, frames }) => fold(start(live), frames)",
            {"live": _state(cut), "frames": frames},
        )
        assert found == end, f"cut {cut}"


@settings(max_examples=40, deadline=None, derandomize=True)
@given(journals())
def test_any_journal_read_in_the_browser_is_the_servers_page(tab: Page, ticks: list[Tick]) -> None:
    page = page_at(ticks, 0)
    run = {"live": page.state(), "frames": [tape.named_parts(page.take(tick)) for tick in ticks]}
    found = tab.evaluate("({ live, frames }) => fold(start(live), frames)", run)
    assert {name: found[name] for name in page.state()} == page.state()


def test_a_snapshot_puts_the_browser_anywhere_from_anywhere(tab: Page) -> None:
    for cut in range(0, len(TICKS), 3):
        snapshot = _still(page_at(TICKS, len(TICKS)).snapshot())
        found = tab.evaluate(
            "({ live, frame }) => apply(start(live), frame)",
            {"live": _state(cut), "frame": snapshot},
        )
        assert found == _state(len(TICKS)), f"cut {cut}"


def test_the_browser_reads_on_from_a_snapshot(tab: Page) -> None:
    for cut in range(0, len(TICKS), 3):
        page = page_at(TICKS, cut)
        snapshot = _still(page.snapshot())
        frames = [_still(page.take(tick)) for tick in TICKS[cut:]]
        found = tab.evaluate(
            "({ live, frames }) => fold(start(live), frames)",
            {"live": _state(0), "frames": [snapshot, *frames]},
        )
        assert found == _state(len(TICKS)), f"cut {cut}"


def test_a_hole_in_the_numbers_is_thrown_and_an_old_frame_changes_nothing(tab: Page) -> None:
    found = tab.evaluate(
        """({ start: live, frames }) => {
          const now = fold(start(live), frames.slice(0, 10));
          const same = frames.slice(0, 10).every((frame) => apply(now, frame) === now);
          const ping = apply(now, { v: 1, type: "ping", seq: 99 }) === now;
          try {
            apply(now, frames[11]);
          } catch (problem) {
            return { same, ping, isGap: problem instanceof Gap, seq: now.seq };
          }
        }""",
        _golden(),
    )
    assert found == {"same": True, "ping": True, "isGap": True, "seq": 10}


def test_a_frame_leaves_the_state_before_it_as_it_was(tab: Page) -> None:
    changed = tab.evaluate(
        """({ start: live, frames }) => {
          let now = start(live);
          return frames.filter((frame) => {
            const before = JSON.stringify(now), old = now;
            now = apply(now, frame);
            return JSON.stringify(old) !== before;
          }).map((frame) => frame.seq);
        }""",
        _golden(),
    )
    assert changed == []
