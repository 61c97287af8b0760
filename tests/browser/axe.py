"""The accessibility checker."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def objections(page: Page) -> list[str]:
    """What axe finds, in both colour schemes."""
    found = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        report = Axe().run(page).response
        for violation in report["violations"]:
            nodes = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
            found.append(f"{scheme}: {violation['id']}: {', '.join(nodes[:5])}")
    return found
