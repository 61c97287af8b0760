"""Runs worth reading, each on its page: what it must say, where its links lead, how wide it is."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenReader
from tests.browser.gallery import PROVIDER, Golden, golden_runs, play
from tests.browser.reader import SMALL_PHONE, overflow, wait_for_end
from tests.fakes.provider import ScriptedProvider
from tests.whole.house import GROUPS, House

_LINKS = """() => [...document.querySelectorAll("#breakdown a[data-finding]")].map((link) => {
  const { finding, seat } = link.dataset;
  const target = document.getElementById(link.hash.slice(1));
  const marks = document.querySelectorAll(`#seat-${seat} mark[data-f~="${finding}"]`);
  return {
    finding, seat,
    isThere: Boolean(target?.closest(`#seat-${seat}`)),
    words: [...marks].map((mark) => mark.textContent).join(""),
  };
})"""


@pytest.fixture(scope="module")
def place(provider: ScriptedProvider) -> Iterator[House]:
    """A house that knows the models of the golden runs."""
    name = f"COUNCIL_PROVIDER_{PROVIDER.upper()}_URL"
    with House(provider, **{name: provider.url}) as built:
        yield built


@pytest.fixture(scope="module")
def played(place: House) -> Mapping[str, str]:
    """The ids of all golden runs, finished."""
    ids = {}
    for name, run in golden_runs().items():
        ids[name] = play(place, run)
        place.end_of(ids[name])
    return ids


def _plain(text: str) -> str:
    """Without spaces, Markdown and the punctuation around it: neither is looked up."""
    return re.sub(r"[\s*`|]+", "", text).strip(".,;:!?'()")


def _says_how_it_ended(page: Page, run: Golden) -> None:
    expects, seats = run.expects, len(run.letters)
    meta, verdict = page.locator("#run-meta"), page.locator("#verdict").inner_text()
    assert meta.get_attribute("data-state") == expects.state, run.name
    if answered := seats - len(expects.failed):
        assert f"{answered} of {seats} answered" in meta.inner_text(), run.name
    else:
        assert "Nobody answered." in verdict, run.name
    assert ("No comparison." in verdict) == expects.judge_failed, run.name
    if expects.contested:
        assert "contradiction" in verdict, run.name
        assert not re.search(r"strong(ly)? agree|all agree", verdict, re.IGNORECASE), run.name
    assert page.locator("#breakdown tr.contested").count() == expects.contested, run.name
    reports = page.locator(".synthesis").get_by_role("heading", name="Minority report")
    assert reports.count() <= 1, run.name
    if expects.dissent:
        dissent = page.locator(".synthesis").filter(
            has_text=re.compile("Minority report|Two sides")
        )
        assert dissent.locator(f"a.l.{expects.dissent}, .l.{expects.dissent}").count(), run.name


def _every_link_leads_to_its_words(page: Page, run: Golden, document: dict[str, Any]) -> None:
    breakdown = document["breakdown"] or {}
    found = [finding for group in GROUPS for finding in breakdown.get(group, ())]
    positions = [(f["id"], p) for f in found for p in f["positions"] if p["quote"]]
    quotes = {(f, p["seat"]): p["quote"] for f, p in positions if p["verified"]}
    assert len(positions) - len(quotes) == run.expects.unverified, run.name
    links = page.evaluate(_LINKS)
    for link in links:
        where = f"{run.name} {link['finding']} {link['seat']}"
        assert link["isThere"], where
        assert _plain(link["words"]) == _plain(quotes[link["finding"], link["seat"]]), where
    assert len(links) == len(quotes), f"{run.name}: a verified quote has a link, no other has"


def test_a_golden_run_says_what_it_must_and_every_link_leads_to_the_words(
    place: House, played: Mapping[str, str], open_reader: OpenReader
) -> None:
    reader = open_reader(place.person)
    for name, run_id in played.items():
        run, page = golden_runs()[name], reader.open(run_id)
        wait_for_end(page)
        _says_how_it_ended(page, run)
        _every_link_leads_to_its_words(page, run, place.person.document(run_id))


def test_no_golden_run_is_wider_than_the_smallest_phone(
    place: House, played: Mapping[str, str], open_reader: OpenReader
) -> None:
    reader = open_reader(place.person, viewport=SMALL_PHONE)
    for name, run_id in played.items():
        assert overflow(reader.open(run_id)) <= 0, name


def test_what_three_get_wrong_alike_is_never_called_agreement(
    place: House, played: Mapping[str, str]
) -> None:
    """The planted error: three of four say the same dangerous thing, and the writer follows."""
    page = place.page(played["insulin"])
    verdict = re.search(r'<div id="verdict".*?</div>', page, re.DOTALL)
    assert verdict is not None
    said = re.sub(r"<[^>]+>", "", verdict.group())
    assert "One open contradiction, high stakes" in said
    assert "D says no" in said
    minority = re.search(r'<section id="minority".*?</section>', page, re.DOTALL)
    assert minority is not None
    assert "hidden" not in minority.group().partition(">")[0]
    assert "five times the order" in minority.group(), "in the dissenter's words, though unwritten"
