"""Whatever a model, a provider or a person writes, the page stays ours: live and after a reload."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import Reader, bodies, wait_for_end
from tests.browser.words import PLAIN, at_once, paced
from tests.render.attacks import ATTACKS
from tests.whole.house import House, comparison, saying

_INERT = (Path(__file__).parent / "inert.js").read_text("utf-8")
IMAGE = "<img src=x onerror=alert(1)>"
MODEL = "<svg/onload=alert(1)>"
SHORT = [IMAGE, "<svg onload=alert(1)>", "<b hx-get=/ hx-trigger=load>"]
# A fence that is never closed swallows what follows, so those come last.
_ORDERED = sorted(ATTACKS, key=lambda attack: attack.startswith(("```", "~~~")))
PORTIONS = ["\n\n".join(_ORDERED[i::8]) for i in range(8)]


@pytest.fixture
def watcher(open_reader: OpenReader, house: House) -> Reader:
    """A reader whose page notices whatever enters it."""
    reader = open_reader(house.person)
    reader.page.add_init_script(_INERT)
    return reader


def _caught(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.caught")
    return found


def _stays_inert(reader: Reader, run_id: str) -> Page:
    page = reader.open(run_id)
    wait_for_end(page)
    assert _caught(page) == []
    live = bodies(page)
    page.reload()
    assert _caught(page) == []
    assert bodies(page) == live
    assert page.locator("#verdict").count() == page.locator("#run-meta").count() == 1
    return page


def _crumbs(text: str) -> list[str]:
    """The text in pieces of one to three characters."""
    dice, pieces = random.Random(11), []
    while text:
        length = dice.randint(1, 3)
        pieces.append(text[:length])
        text = text[length:]
    return pieces


def test_hostile_answers_do_nothing(house: House, watcher: Reader) -> None:
    takes = {f"m{i}": [saying(portion)] for i, portion in enumerate(PORTIONS)}
    house.script(**at_once(**takes, writer=[saying("\n\n".join(_ORDERED))]))
    page = _stays_inert(watcher, house.ask(seats=[*takes]))
    for seat in [*"ABCDEFGH", "writer"]:
        expect(page.locator(f"[data-body={seat}]")).not_to_be_empty()


def test_hostile_answers_do_nothing_when_they_arrive_in_crumbs(
    house: House, watcher: Reader
) -> None:
    takes = {
        f"m{i}": [{"chunks": _crumbs(portion), "tokens_per_s": 150, "first_token_s": 0.02}]
        for i, portion in enumerate(PORTIONS)
    }
    house.script(**at_once(**takes))
    _stays_inert(watcher, house.ask(seats=[*takes]))


def _claim(words: str, quote: str) -> dict[str, Any]:
    """A finding whose every field says the same."""
    fields = dict.fromkeys(("id", "claim", "topic", "crux", "resolution"), words)
    place = {"stance": "contradicts", "quote": quote}
    positions = [{"seat": seat, **place} for seat in "AB"]
    return {**fields, "stakes": "high", "positions": positions}


def _hostile_comparison() -> str:
    groups = json.loads(comparison())
    for number, attack in enumerate(ATTACKS):
        group = [*groups][number % len(groups)]
        groups[group].append(_claim(attack, attack if number % 2 else "carries more"))
    return json.dumps(groups)


def test_a_hostile_judge_does_nothing(house: House, watcher: Reader) -> None:
    house.script(**at_once(m1=[saying(PORTIONS[0])], judge=[saying(_hostile_comparison())]))
    page = _stays_inert(watcher, house.ask())
    expect(page.locator("#breakdown tbody tr").first).to_be_visible()
    expect(page.locator("#breakdown")).to_contain_text(IMAGE)


def test_a_judge_that_sends_markup_instead_of_json_does_nothing(
    house: House, watcher: Reader
) -> None:
    house.script(**at_once(judge=[saying("\n".join(_ORDERED))]))
    page = _stays_inert(watcher, house.ask())
    page.get_by_text("What the judge sent").click()
    expect(page.locator(".raw pre")).to_contain_text(IMAGE)


def _event(delta: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **more}


def test_names_errors_roles_and_questions_are_words_only(house: House, watcher: Reader) -> None:
    error = {"status": 400, "body": {"error": {"message": IMAGE + "\n".join(_ORDERED)}}}
    late = paced(PLAIN, error_after=3, error={"message": IMAGE, "code": 502})
    house.script(**at_once(**{MODEL: [saying(PLAIN)]}, m2=[error], m3=[late]))
    sendable = [attack for attack in ATTACKS if attack.isprintable() or "\n" in attack]
    question = "\n".join([IMAGE, *sendable])
    page = _stays_inert(watcher, house.ask(question, [MODEL, "m2", "m3"], role=SHORT))
    expect(page.get_by_role("heading", level=1)).to_have_text(IMAGE)
    expect(page.locator("#seat-A-head")).to_contain_text("onload=alert(1)>")
    expect(page.locator("#seat-B-foot")).to_contain_text("alert(1)")
    expect(page.locator(".past [aria-current]")).to_contain_text(IMAGE)
    for seat, role in zip("ABC", SHORT, strict=True):
        expect(page.locator(f"#seat-{seat}-head h3")).to_contain_text(role)


def test_more_than_the_protocol_knows_is_ignored(house: House, watcher: Reader) -> None:
    strange = _event(
        {"content": "Only this. ", "execute": "alert(1)", "html": IMAGE},
        type="execute", event="execute", parts={"verdict": IMAGE}, constructor={"prototype": 1},
    )  # fmt: skip
    strange["__proto__"] = {"polluted": "yes"}
    chunks = [strange, {"type": "snapshot", "seq": 1, "parts": {"verdict": IMAGE}}, "Really."]
    house.script(**at_once(m1=[{"chunks": chunks, "tokens_per_s": 20}]))
    page = _stays_inert(watcher, house.ask())
    expect(page.locator("[data-body=A]")).to_have_text("Only this. Really.")
    assert page.evaluate("({}).polluted ?? 'clean'") == "clean"
