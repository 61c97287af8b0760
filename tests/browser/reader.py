"""A person at a browser, and everything the browser complained about."""

import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Locator, Page, Request

from tests.fakes.server import Browserless
from tests.patience import PATIENCE_S as PATIENCE_S
from tests.patience import until as until

PATIENCE_MS = PATIENCE_S * 1000
DESK, PHONE, SMALL_PHONE = (
    {"width": 1440, "height": 900},
    {"width": 390, "height": 844},
    {"width": 320, "height": 640},
)
NO_LINE = r"^WebSocket connection to .* failed|net::ERR_"
"""What a browser says about a connection that is not there."""
REPLACED = r"^htmx:(afterRequest|sendAbort),"
"""What htmx says of an estimate that a newer one has replaced; faults have a second line."""

_HTML = """() => Object.fromEntries(
  [...document.querySelectorAll("[data-body]")].map((e) => [e.dataset.body, e.innerHTML]))"""
_TEXT = """() => Object.fromEntries([...document.querySelectorAll("[data-body]")].map((e) => {
  const copy = e.cloneNode(true);
  for (const said of copy.querySelectorAll("button, .vh")) said.remove();
  return [e.dataset.body, copy.textContent];
}))"""


class Reader:
    """One browser context with one page in it, signed in as somebody.

    ``faults`` gathers page errors, console errors and warnings, dialogs, and requests to
    anybody but the server. Console messages that match ``allow`` are expected.
    """

    def __init__(
        self,
        browser: Browser,
        person: Browserless,
        *,
        signed_in: bool = True,
        allow: str = "",
        **options: Any,
    ) -> None:
        options.setdefault("viewport", DESK)
        self.url, self.allow = str(person.http.base_url).rstrip("/"), allow
        self.faults: list[str] = []
        self.context = browser.new_context(base_url=self.url, **options)
        self.context.set_default_timeout(PATIENCE_MS)
        if signed_in:
            self._sign_in(person)
        self.page = self.new_page()

    def new_page(self) -> Page:
        """One more tab of the same person."""
        page = self.context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        page.on("dialog", self._dialog)
        page.on("request", self._request)
        return page

    def open(self, run_id: str, fragment: str = "") -> Page:
        """The page of a run."""
        self.page.goto(f"/runs/{run_id}/{fragment}")
        return self.page

    def _sign_in(self, person: Browserless) -> None:
        names = ("sessionid", "csrftoken")
        self.context.add_cookies(
            [{"name": n, "value": person.http.cookies[n], "url": self.url} for n in names]
        )

    def _heard(self, message: ConsoleMessage) -> None:
        if self.allow and re.search(self.allow, message.text):
            return
        if message.type in ("error", "warning") and not re.search(REPLACED, message.text):
            self.faults.append(f"console {message.type}: {message.text}")

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self.url:
            self.faults.append(f"foreign request: {request.url}")


def texts(page: Page) -> dict[str, str]:
    """The words in every body, by seat, without our buttons and labels."""
    found: dict[str, str] = page.evaluate(_TEXT)
    return found


def bodies(page: Page) -> dict[str, str]:
    """The HTML of every body, without what only script adds: focus that was led somewhere, the
    kinds of the marks, and which stretches are far off while a run is watched.
    """
    found: dict[str, str] = page.evaluate(_HTML)
    return {
        seat: re.sub(r' tabindex="-1"| class="is-[a-z -]+"|(?<=class="stretch) far', "", h)
        for seat, h in found.items()
    }


def state(page: Page) -> str:
    """Where the run stands, as the page has it."""
    return page.locator("#run-meta").get_attribute("data-state") or ""


def is_over(page: Page) -> bool:
    """True when the page shows the end of the run."""
    return page.locator("#run-meta[data-final]").count() == 1


def wait_for_end(page: Page) -> None:
    """Until the page shows the end of the run."""
    page.locator("#run-meta[data-final]").wait_for()


def column(page: Page, seat: str) -> Locator:
    """One member's column."""
    return page.locator(f"#seat-{seat}")


def overflow(page: Page) -> int:
    """How many pixels wider the page is than its window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return found
