"""The builder while an answer is on its way, late, refused, or never comes: nothing is lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenReader
from tests.browser.late import ALLOWED, Wire
from tests.browser.test_builder import CARDS, drag, holds_back, roles, seat
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import House


class Presses(Wire):
    """Only the answers to presses are held; estimates pass."""

    def holds(self, request: Request) -> bool:
        return request.method == "POST" and "do=look" not in (request.post_data or "")


@pytest.fixture(scope="module")
def lab(provider: ScriptedProvider) -> Iterator[House]:
    provider.models(*CARDS)
    with House(
        provider, COUNCIL_PROVIDER_FAKE_URL="", COUNCIL_PROVIDER_LAB_URL=provider.url
    ) as house:
        yield house


@pytest.fixture
def page(lab: House, open_reader: OpenReader) -> Page:
    page = open_reader(lab.person, allow=ALLOWED).page
    page.goto("/councils/new")
    return page


@pytest.fixture
def wire(page: Page) -> Wire:
    return Presses(page, r"/councils/(new|[^/]+/edit)$")


def said(page: Page, words: str) -> None:
    expect(page.locator("#builder-said")).to_have_text(words)


def caret(page: Page) -> list[object]:
    """The focused field, and the selection in it."""
    found: list[object] = page.evaluate("""() => {
      const field = document.activeElement;
      return [field.id, field.selectionStart, field.selectionEnd];
    }""")
    return found


def be_patient(page: Page, timeout_s: float) -> None:
    """How long the form waits for an answer."""
    request = f'{{"timeout": {timeout_s * 1000:g}}}'
    page.locator("#builder").evaluate("(form, it) => form.setAttribute('hx-request', it)", request)


def fill_three(page: Page) -> None:
    for key, model in enumerate(("claude-one", "gpt-two", "gemini-three")):
        page.locator(f"#model-{key}").fill(f"lab/{model}")


def test_what_is_typed_and_chosen_meanwhile_stays_with_focus_and_caret(
    page: Page, wire: Wire
) -> None:
    page.locator("#add-seat").focus()
    page.keyboard.press("Enter")
    page.locator("#judge_instructions").fill("Be strict.")
    page.get_by_label("Read pages").check()
    page.get_by_label("Their own answers").check()
    seat(page, "B").get_by_text("More").click()
    page.locator("#effort-1").select_option("high")
    page.locator("#role-0").focus()
    page.keyboard.type("Sctic")
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    wire.let_go()
    said(page, "Seat D added.")
    assert caret(page) == ["role-0", 2, 2]
    page.keyboard.type("ep")
    assert roles(page) == ["Sceptic", "", "", ""]
    expect(page.locator("#judge_instructions")).to_have_value("Be strict.")
    expect(page.get_by_label("Read pages")).to_be_checked()
    expect(page.get_by_label("Their own answers")).to_be_checked()
    expect(page.locator("#effort-1")).to_be_visible()
    expect(page.locator("#effort-1")).to_have_value("high")
    assert holds_back(page)


def test_presses_meanwhile_wait_and_are_done_in_their_order(page: Page, wire: Wire) -> None:
    page.locator("#role-0").fill("one")
    add = page.get_by_role("button", name="Add a seat")
    add.click()
    page.locator("#role-1").fill("two")
    page.locator("#down-0").click()
    page.locator("#remove-2").click()
    add.click()
    for words in ("Seat D added.", "Seat A moved down, now B.", "Seat C removed.", "Seat D added."):
        wire.let_go()
        said(page, words)
    assert roles(page) == ["two", "one", "", ""]
    expect(page.locator("#model-4")).to_be_focused()


def test_a_model_looked_for_meanwhile_is_still_looked_for(page: Page, wire: Wire) -> None:
    page.get_by_role("button", name="Add a seat").click()
    field = seat(page, "B").get_by_role("combobox", name="Model")
    field.focus()
    page.keyboard.type("gpt")
    wire.let_go()
    said(page, "Seat D added.")
    expect(seat(page, "B").locator("[role=option][data-value]")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("lab/gpt-two")
    expect(page.locator("#total")).to_contain_text("1 seat")


def test_what_is_typed_while_it_is_saved_is_not_saved_yet(
    lab: House, page: Page, wire: Wire
) -> None:
    fill_three(page)
    page.locator("#name").fill("Slow")
    page.locator("#name").press("Enter")
    page.locator("#save").click()
    page.locator("#name").press("End")
    page.keyboard.type("ly")
    wire.let_go()
    said(page, "Saved, version 1.")
    assert caret(page) == ["name", 6, 6]
    expect(page.locator("#name")).to_have_value("Slowly")
    expect(page.locator(".kept-at")).to_have_text("Changes are not saved yet")
    assert holds_back(page)
    page.keyboard.press("Control+s")
    wire.let_go()
    said(page, "Saved, version 2.")
    assert not holds_back(page)
    slugs = lab.rows("SELECT slug FROM council_council WHERE slug LIKE 'slow%'")
    assert slugs == [{"slug": "slow"}], "a second press of Save makes no second council"


def test_an_empty_seat_that_is_written_in_while_the_others_are_saved_is_still_there(
    page: Page, wire: Wire
) -> None:
    page.locator("#name").fill("Two and one more")
    for key in (1, 2):
        page.locator(f"#model-{key}").fill("lab/gpt-two")
    page.keyboard.press("Control+s")
    page.locator("#role-0").focus()
    page.keyboard.type("Third ")
    wire.let_go()
    expect(page).to_have_url(re.compile("two-and-one-more/edit"))
    assert caret(page) == ["role-0", 6, 6]
    wire.let_go()
    expect(seat(page, "C").get_by_label("Role")).to_be_focused()
    page.keyboard.type("one")
    assert roles(page) == ["", "", "Third one"]
    assert holds_back(page)


def test_a_refusal_leaves_whoever_goes_on_typing_where_they_are(page: Page, wire: Wire) -> None:
    fill_three(page)
    page.locator("#save").click()
    page.locator("#description").focus()
    page.keyboard.type("For late")
    wire.let_go()
    expect(page.locator("#wrongs")).to_contain_text("Give the council a name")
    assert caret(page) == ["description", 8, 8]
    page.keyboard.type(" answers")
    expect(page.locator("#description")).to_have_value("For late answers")


@pytest.mark.parametrize(
    ("status", "why"),
    [(-1, "in time"), (0, "cannot be reached"), (500, "had a fault"), (401, "signed out")],
)
def test_a_failure_is_said_and_nothing_is_lost(
    page: Page, wire: Wire, status: int, why: str
) -> None:
    if status == -1:
        be_patient(page, 0.5)
    page.locator("#role-0").fill("Kept")
    page.get_by_role("button", name="Add a seat").click()
    page.get_by_role("button", name="Move A down").click()
    page.locator("#role-1").focus()
    page.keyboard.type("Too")
    wire.fail(status)
    expect(page.get_by_role("alert")).to_contain_text(why)
    assert caret(page) == ["role-1", 3, 3]
    assert roles(page) == ["Kept", "Too", ""], "and what waited behind it is not done either"
    assert holds_back(page)
    be_patient(page, 30)
    page.get_by_role("button", name="Add a seat").click()
    wire.let_go()
    said(page, "Seat D added.")
    expect(page.locator("#trouble")).to_be_empty()
    assert roles(page) == ["Kept", "Too", "", ""]


def test_a_seat_can_be_dragged_meanwhile(page: Page, wire: Wire) -> None:
    for key, role in enumerate(("one", "two", "three")):
        page.locator(f"#role-{key}").fill(role)
    page.get_by_role("button", name="Add a seat").click()
    drag(page, "A", 170)
    page.mouse.up()
    assert roles(page) == ["two", "three", "one"]
    wire.let_go()
    said(page, "Seat D added.")
    assert roles(page) == ["two", "three", "one", ""]
    wire.let_go()
    said(page, "Seat A moved, now C.")
    assert roles(page) == ["two", "three", "one", ""]

    page.get_by_role("button", name="Add a seat").click()
    drag(page, "A", 170)
    wire.let_go()
    page.wait_for_timeout(100)
    expect(page.locator(".is-held [name=role]")).to_have_value("two")
    page.mouse.up()
    said(page, "Seat E added.")
    wire.let_go()
    said(page, "Seat A moved, now C.")
    assert roles(page) == ["three", "one", "two", "", ""]
