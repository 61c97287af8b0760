"""Choosing a model: as one types in a seat's field, and on the catalogue's page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import DESK, PHONE
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House

HOSTILE = '<img src=x onerror="alert(1)">'
PRICE = {"prompt": "0.000001", "completion": "0.000004"}
CARDS = [{"id": f"lab-{n:02}", "context_length": 128_000, "pricing": PRICE} for n in range(12)]


@pytest.fixture(scope="module")
def shop(provider: ScriptedProvider) -> Iterator[House]:
    """A house whose catalogue is known."""
    provider.models(*CARDS, {"id": "hostile", "name": HOSTILE})
    settings = {"COUNCIL_PROVIDER_FAKE_URL": "", "COUNCIL_PROVIDER_LAB_URL": provider.url}
    with House(provider, **settings) as built:
        yield built


@pytest.fixture
def page(shop: House, open_reader: OpenReader) -> Page:
    return open_reader(shop.person).page


def test_a_model_is_found_and_chosen_by_keyboard(page: Page) -> None:
    page.goto("/composer/seats")
    field, options = page.locator("#model-A"), page.locator("#model-A-options")
    field.fill("lab-0")
    expect(options.locator("[data-value]")).to_have_count(8)
    expect(options).to_contain_text("128k · $1 / $4")
    expect(options).to_contain_text("2 more")
    assert objections(page) == []
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "model-A-option-2")
    field.press("Enter")
    expect(field).to_have_value("lab/lab-01")
    expect(options).to_be_hidden()
    assert page.url.endswith("/composer/seats"), "a choice is not yet a question"
    field.press("ArrowDown")
    expect(options).to_be_visible()
    field.press("Escape")
    expect(options).to_be_hidden()
    expect(field).to_have_value("lab/lab-01")


def test_a_model_is_chosen_with_the_mouse_and_hostile_names_are_text(page: Page) -> None:
    page.goto("/composer/seats")
    page.locator("#judge-model").fill("hostile")
    page.locator("#judge-model-options [data-value]").first.click()
    expect(page.locator("#judge-model")).to_have_value("lab/hostile")
    page.goto("/models/?q=hostile")
    expect(page.locator("#found .title")).to_have_text(HOSTILE)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_catalogue_s_page_narrows_as_one_types(page: Page, viewport: dict[str, int]) -> None:
    page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
    page.goto("/models/")
    page.get_by_label("Search", exact=True).fill("lab-1 <5")
    expect(page.locator("#found tbody tr")).to_have_count(2)
    assert "q=lab-1" in page.url
    assert objections(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.reload()
    expect(page.locator("#found tbody tr")).to_have_count(2)
