"""A key is pasted where a question waits, tried and removed, at a desk and on a small phone."""

from playwright.sync_api import expect

from tests.browser.axe import objections
from tests.browser.conftest import Build, OpenReader
from tests.browser.reader import DESK, SMALL_PHONE, overflow
from tests.people import manage
from tests.whole.house import usual

SECRET = "sk-browser-own-2468"
_SHUT = """
from council.models import Person
print(Person.objects.update(role="person", may_use_server_keys=False))
"""


def test_a_first_key_opens_the_question_box_with_the_question_in_it(
    build: Build, open_reader: OpenReader
) -> None:
    house = build(COUNCIL_PROVIDER_FAKE_KEY="sk-server-1357")
    house.script(**usual())
    manage(house.server, _SHUT)
    page = open_reader(house.person, viewport=SMALL_PHONE).page
    page.goto("/")
    page.get_by_label("Your question").fill("Steel or aluminium?")
    page.locator("select[name=provider]").select_option("fake")
    page.get_by_label("Key", exact=True).fill(SECRET)
    assert overflow(page) <= 0
    page.get_by_role("button", name="Save the key").click()
    expect(page.get_by_label("Your question")).to_have_value("Steel or aluminium?")
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    expect(page.get_by_text("No provider is connected yet")).to_have_count(0)
    page.goto("/settings/keys")
    page.get_by_role("button", name="Test fake").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#key-fake .heard")).to_contain_text("models")
    expect(page.locator("#key-fake")).to_contain_text("…2468")
    assert objections(page) == []
    assert SECRET not in page.content()
    for path in ("/settings/keys", "/settings/spend"):
        for size in (SMALL_PHONE, DESK):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            page.goto(path)
            assert overflow(page) <= 0
            assert objections(page) == []
    page.goto("/settings/keys")
    page.get_by_role("button", name="Remove fake").click()
    expect(page.locator("#key-fake")).to_have_count(0)
