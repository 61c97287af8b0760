"""A passkey, made and used by Chromium's own authenticator; the pages at the door for everybody."""

from typing import Any

import pytest

from tests.accounts import PASSWORD, sign_up
from tests.browser.axe import objections
from tests.browser.conftest import OpenReader
from tests.browser.reader import SMALL_PHONE, Reader, overflow
from tests.fakes.server import Browserless
from tests.whole.house import House

DEVICE: dict[str, Any] = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def prove_it(reader: Reader) -> None:
    """Say the password once more, as before every change of a way in."""
    reader.page.get_by_label("Password").fill(PASSWORD)
    reader.page.get_by_role("button", name="Go on").click()


@pytest.fixture
def reader(open_reader: OpenReader, house: House) -> Reader:
    """Somebody with an account, at a browser with a device's lock, at a name."""
    person = Browserless(f"http://localhost:{house.server.port}")
    with person.http:
        sign_up(person, "lovelace")
        opened = open_reader(person)
    device = opened.context.new_cdp_session(opened.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return opened


def test_a_passkey_is_added_signs_in_is_named_and_removed(reader: Reader) -> None:
    page = reader.page
    page.goto("/settings/account/")
    page.get_by_role("link", name="Add a passkey").click()
    prove_it(reader)
    page.get_by_label("What to call it").fill("Laptop")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_text("Laptop").first.wait_for()
    assert objections(page) == []
    page.get_by_role("button", name="Sign out here").click()
    page.goto("/accounts/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.locator("body.on-home").wait_for()
    page.goto("/settings/account/")
    assert page.locator("input[name=username]").input_value() == "lovelace"
    page.get_by_role("link", name="Rename Laptop").click()
    prove_it(reader)
    page.get_by_label("What to call it").fill("Desk")
    page.get_by_role("button", name="Keep the name").click()
    page.get_by_role("link", name="Remove Desk").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("None yet.").wait_for()
    page.get_by_role("button", name="Sign out here").click()
    page.goto("/accounts/sign-in/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This passkey is not known here").wait_for()


def test_the_pages_at_the_door_are_for_everybody(open_reader: OpenReader, house: House) -> None:
    reader = open_reader(house.person, signed_in=False, viewport=SMALL_PHONE)
    for path in ("/", "/accounts/sign-in/", "/accounts/sign-up/", "/accounts/password/"):
        reader.page.goto(path)
        assert objections(reader.page) == []
        assert overflow(reader.page) <= 0
