"""A wire on which answers come when a test lets them."""

import re

from playwright.sync_api import APIResponse, Page, Request, Route

from tests.browser.reader import until

ALLOWED = r"status of (4|5)|Status Error|ERR_FAILED|htmx:"
"""What browser and htmx say of answers that fail."""


class Wire:
    """Between the page and the server: answers of these addresses wait until they are let go."""

    def __init__(self, page: Page, path: str) -> None:
        self.page, self.held = page, list[tuple[Route, APIResponse]]()
        page.route(re.compile(path), self._asked)

    def _asked(self, route: Route) -> None:
        if self.holds(route.request):
            self.held.append((route, route.fetch()))
        else:
            route.continue_()

    def holds(self, request: Request) -> bool:
        """True for what the page's script asks for."""
        return "hx-request" in request.headers

    def wait_for(self, count: int) -> None:
        """Until so many answers wait here."""
        until(lambda: self.page.evaluate("0") == 0 and len(self.held) >= count, "a late answer")

    def let_go(self) -> None:
        """The oldest answer arrives, as soon as there is one."""
        route, answer = self._next()
        route.fulfill(response=answer)

    def fail(self, status: int) -> None:
        """The oldest answer is lost. A status comes instead of it; with 0 the line breaks, and
        with -1 nothing ever comes.
        """
        route, _ = self._next()
        if status > 0:
            route.fulfill(status=status, body="A page of an error")
        elif status == 0:
            route.abort()

    def _next(self) -> tuple[Route, APIResponse]:
        self.wait_for(1)
        return self.held.pop(0)
