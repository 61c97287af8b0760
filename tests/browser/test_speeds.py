"""Ten seconds, one minute, all: what each shows, and that it is remembered."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import Reader
from tests.browser.words import at_once
from tests.whole.house import House, comparison, finding, saying

RUST = "Aluminium does not rust at all."
SAYS = {"m1": RUST, "m2": RUST, "m3": RUST, "m4": "Aluminium does corrode, in salt above all."}
LONG = "and this will hold for all the years in which anybody rides it " * 3


def _run(house: House, *findings: dict[str, Any], **instead: Any) -> str:
    says = {model: [saying(text)] for model, text in SAYS.items()}
    house.script(**at_once(**says, judge=[saying(comparison(*findings))], **instead))
    run_id = house.ask(seats=list(SAYS))
    house.end_of(run_id)
    return run_id


def _planted(house: House) -> str:
    """Three of four are wrong, and one says so in words that stand in its answer."""
    wrong = dict.fromkeys("ABC", "does not rust at all")
    return _run(
        house,
        finding("Aluminium never corrodes.", **wrong, D="not:does corrode, in salt above all")
        | {"list": "consensus", "crux": "whether there is salt on the road"},
        finding("Aluminium is a metal.", "low", A="Aluminium", B="Aluminium")
        | {"list": "consensus"},
    )


def _choose(page: Page, speed: str) -> None:
    page.locator(".speed label", has_text=speed).click()


def test_a_majority_that_errs_is_never_agreement_and_the_dissent_is_in_the_verdict(
    house: House, reader: Reader
) -> None:
    page = reader.open(_planted(house), "?speed=10s")
    told = page.locator("#verdict").inner_text()
    assert "One open contradiction, high stakes: Aluminium never corrodes." in " ".join(
        told.split()
    )
    assert "D says no" in told
    _choose(page, "All")
    shown = page.locator("main").inner_text().lower()
    assert "strong agreement" not in shown
    assert "all four agree" not in shown


def test_ten_seconds_is_the_verdict_alone_remembered_without_a_flash(
    house: House, reader: Reader
) -> None:
    run_id = _planted(house)
    page = reader.open(run_id)
    expect(page.locator("#grid")).to_be_visible()
    _choose(page, "10 s")
    for gone in ("#grid", "#breakdown", ".synthesis", "#timeline"):
        expect(page.locator(gone)).to_be_hidden()
    answer = page.reload()
    assert answer is not None
    (chosen,) = [line for line in answer.text().splitlines() if " checked" in line]
    assert 'id="speed-line"' in chosen, "the server has drawn it so"
    expect(page.locator("#verdict")).to_be_visible()
    expect(page.locator("#grid")).to_be_hidden()
    page.locator("#verdict b a").click()
    expect(page.locator("#q-f1-A")).to_be_in_viewport()
    expect(page.locator("#speed-all")).to_be_checked()


def test_one_minute_is_what_is_contested_with_its_sides_and_crux(
    house: House, reader: Reader
) -> None:
    page = reader.open(_planted(house))
    _choose(page, "1 min")
    expect(page.locator("#f1 .claim")).to_be_visible()
    expect(page.locator("#f1")).to_contain_text("Turns on: whether there is salt on the road")
    expect(page.locator("#f1-said-D q")).to_be_visible()
    for gone in ("#f2", "#grid", ".judge-card", "#timeline"):
        expect(page.locator(gone)).to_be_hidden()


def test_an_address_names_the_speed_and_what_the_verdict_leads_to_shows_without_script(
    open_reader: OpenReader, house: House
) -> None:
    page = open_reader(house.person, java_script_enabled=False).open(_planted(house), "?speed=10s")
    expect(page.locator("#grid")).to_be_hidden()
    page.locator("#verdict a.l", has_text="D").click()
    expect(page.locator("#seat-D")).to_be_in_viewport()
    page.goto(page.url.split("?")[0] + "?speed=warp")
    expect(page.locator("#grid")).to_be_visible()


def test_eight_grave_contradictions_of_forty_words_are_named_in_sixty(
    house: House, reader: Reader
) -> None:
    claims = [
        finding(f"Claim{n} says {LONG}", A="does not rust", D="not:does corrode") for n in range(8)
    ]
    page = reader.open(_run(house, *claims), "?speed=10s")
    told = page.locator("#verdict").inner_text()
    assert len(told.split()) <= 60
    assert all(f"Claim{n}" in told for n in range(8))


def test_a_run_without_a_verdict_shows_its_answers_whatever_is_remembered(
    house: House, reader: Reader
) -> None:
    house.script(**at_once(judge=[saying("No JSON."), saying("None.")]))
    run_id = house.ask()
    house.end_of(run_id)
    expect(reader.open(run_id, "?speed=10s").locator("#grid")).to_be_visible()
