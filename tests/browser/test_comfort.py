"""What makes reading easier: names hidden, words found, kinds of words shown, keys."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenReader
from tests.browser.reader import PHONE, Reader, column, until, wait_for_end
from tests.browser.words import PLAIN, QUOTED, at_once, paced
from tests.whole.house import House, comparison, finding, saying

ROLES = ["Designer", "Safety reviewer", "Estimator"]
NAMES = [*ROLES, "m1", "m2", "m3", "fake/judge", "fake/writer"]
_TITLES = """[...document.querySelectorAll("[title], [alt], [placeholder]")]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.title, e.alt, e.placeholder].join(" ")).join("\\n")"""


@pytest.fixture
def run_id(house: House) -> str:
    """A finished run of three members with roles."""
    house.script(**at_once())
    run_id = house.ask(role=ROLES)
    house.end_of(run_id)
    return run_id


def _told(page: Page) -> str:
    """All that this page tells: to who sees it, to who hears it, and to who points at it."""
    main = page.locator("main")
    told = [page.title(), main.inner_text(), main.aria_snapshot(), page.evaluate(_TITLES)]
    return "\n".join(told)


def _named(page: Page) -> list[str]:
    return [name for name in NAMES if re.search(rf"\b{name}\b", _told(page))]


def test_names_are_hidden_from_eyes_and_ears_until_they_are_asked_for(
    house: House, reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id)
    assert {"Designer", "m1"} <= set(_named(page))
    page.get_by_role("link", name="Hide names").click()
    assert _named(page) == []
    expect(column(page, "A").get_by_role("heading", name="Answer A", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Reveal names")).to_be_focused()
    page.reload()
    assert _named(page) == [], "the address keeps it"
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Reveal names").press("Enter")
    assert {"Designer", "m1"} <= set(_named(page))


@pytest.fixture
def prefers_no_names(house: House) -> Iterator[None]:
    """The reader's setting, for one test."""
    house.person.post("/settings/reading/save", set="blind", on="1")
    yield
    house.person.post("/settings/reading/save", set="blind", on="")


@pytest.mark.usefixtures("prefers_no_names")
def test_who_prefers_no_names_never_sees_one_not_even_while_it_is_written(
    house: House, open_reader: OpenReader
) -> None:
    house.script(**at_once(m2=[paced(PLAIN * 3, 60)]))
    page = open_reader(house.person).open(house.ask(role=ROLES))
    assert _named(page) == []
    wait_for_end(page)
    assert _named(page) == []
    still = open_reader(house.person, java_script_enabled=False).open(page.url.split("/")[-2])
    assert "Answer A" in still.locator("main").inner_text()
    still.get_by_role("link", name="Reveal names").click()
    assert "Designer" in still.locator("main").inner_text()


def test_the_best_answer_is_chosen_blind_and_then_the_names_are_offered(
    house: House, reader: Reader, run_id: str
) -> None:
    page = reader.open(run_id, "?blind=1")
    column(page, "B").get_by_role("button", name="Choose B as the best answer").click()
    chosen = column(page, "B").get_by_role("button", name="B is your best answer: take back")
    expect(chosen).to_be_focused()
    expect(page.get_by_text("You found B best.")).to_be_visible()
    column(page, "B").get_by_role("link", name="Reveal names").click()
    expect(chosen).to_be_focused()
    assert {"Designer", "m2"} <= set(_named(page))
    assert _kept(house) == [("B", 1)]
    column(page, "C").get_by_role("button", name="Choose C as the best answer").click()
    expect(column(page, "B").locator(".is-best:visible")).to_have_count(0)
    page.reload()
    expect(column(page, "C").locator("button.is-best")).to_be_visible()
    assert _kept(house) == [("C", 0)], "by then the names were known"
    column(page, "C").locator("button.is-best").click()
    expect(page.get_by_text("No answer is marked as best.")).to_be_visible()
    assert _kept(house) == []


def _kept(house: House) -> list[tuple[str, int]]:
    rows = house.rows("SELECT seat, is_blind FROM council_bestanswer")
    return [(row["seat"], row["is_blind"]) for row in rows]


LONG = "\n\n".join(f"## Part {n}\n\n{PLAIN * 9}" for n in range(1, 5))
KINDS = comparison(
    finding("Steel is the better metal.", A=QUOTED["A"], B=f"not:{QUOTED['B']}"),
    finding("Fit matters.", A="It bends before it breaks", B="The lighter frame climbs better")
    | {"list": "consensus"},
    finding("A promise.", C=QUOTED["C"]) | {"list": "unique_insights"},
)


@pytest.fixture
def long_run(house: House) -> str:
    """A finished run with a long answer and quotes of every kind."""
    takes = at_once(m2=[saying(PLAIN * 2 + "\n\n" + LONG)], judge=[saying(KINDS)])
    house.script(**takes)
    run_id = house.ask(role=ROLES)
    house.end_of(run_id)
    return run_id


def _in_view(page: Page) -> bool:
    found: bool = page.evaluate(
        """() => {
          const [range] = CSS.highlights.get("find-now");
          const box = range.getBoundingClientRect();
          return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight;
        }"""
    )
    return found


def _now(page: Page) -> str:
    found: str = page.evaluate("[...CSS.highlights.get('find-now')].map(String).join('')")
    return found


def test_words_are_found_across_columns_and_inline_marks(
    open_reader: OpenReader, house: House, long_run: str
) -> None:
    page = open_reader(house.person).open(long_run)
    page.locator("main").press("/")
    words = page.get_by_role("searchbox", name="Find in the answers")
    expect(words).to_be_focused()
    words.fill("STEEL, because it can be welded")
    said, counts = page.locator(".found-said"), page.locator(".found-in button")
    expect(said).to_have_text("1 of 3, in A.")
    assert counts.all_text_contents() == ["A 2", "B 0", "C 1", "Synthesis 0"]
    for place in ("2 of 3, in A.", "3 of 3, in C.", "1 of 3, in A."):
        words.press("Enter")
        expect(said).to_have_text(place)
        assert _now(page) == "steel, because it can be welded"
        assert _in_view(page)
    words.press("Shift+Enter")
    expect(said).to_have_text("3 of 3, in C.")
    words.fill("nowhere at all")
    expect(said).to_have_text("Not in any answer.")
    words.press("Escape")
    expect(words).to_be_hidden()
    assert page.evaluate("[...CSS.highlights.get('find')].length") == 0
    phone = open_reader(house.person, viewport=PHONE).open(long_run)
    phone.get_by_role("button", name="Find", exact=True).click()
    phone.get_by_role("searchbox", name="Find in the answers").fill("part 4")
    expect(column(phone, "B")).to_be_visible()
    assert _in_view(phone), "in an answer whose tab was not open"


def test_quoted_words_show_what_kind_they_are(reader: Reader, long_run: str) -> None:
    page = reader.open(long_run)
    look = "(m) => getComputedStyle(m).textDecorationStyle"
    marks = {"A": ("#q-f1-A", "wavy"), "B": ("#q-f2-B", "double"), "C": ("#q-f3-C", "dotted")}
    assert [page.locator(mark).evaluate(look) for mark, _ in marks.values()] == ["solid"] * 3
    for label in ("contested 2", "shared 2", "only here 1"):
        page.get_by_label(label).check()
    assert [page.locator(m).evaluate(look) for m, _ in marks.values()] == [
        style for _, style in marks.values()
    ]
    inline = "(marks) => marks.every((m) => getComputedStyle(m).display === 'inline')"
    assert page.locator("mark").evaluate_all(inline), "the words stay where they were"
    page.get_by_label("shared 2").uncheck()
    page.reload()
    assert page.locator("#q-f1-A").evaluate(look) == "wavy", "remembered"
    assert page.locator("#q-f2-B").evaluate(look) == "solid"
    page.get_by_label("contested 2").uncheck()
    page.get_by_label("only here 1").uncheck()


def _lit(page: Page) -> str:
    """The finding whose words are lit in the columns."""
    found: str = page.evaluate(
        """() => [...CSS.highlights.get("evidence") ?? []].map(
          (r) => r.startContainer.parentElement.closest("mark") ?? r.startContainer
        ).map((m) => m.dataset.f)[0] ?? "" """
    )
    return found


def test_single_keys_lead_through_the_page_and_can_be_turned_off(
    house: House, reader: Reader, long_run: str
) -> None:
    page = reader.open(long_run)
    press = page.keyboard.press
    for key, finding_id in (("j", "f1"), ("j", "f2"), ("k", "f1")):
        press(key)
        assert _lit(page) == finding_id
        assert page.url.endswith(f"#{finding_id}")
    press("Escape")
    assert _lit(page) == ""
    page.get_by_label("10 s").check()
    expect(page.locator("#seat-B")).to_be_hidden()
    places = {"2": "#seat-B", "C": "#seat-C", "s": ".synthesis", "b": "#breakdown"}
    for key, place in places.items():
        press(key)
        expect(page.locator(place)).to_be_focused()
        expect(page.locator(place)).to_be_in_viewport()
    press("o")
    page.get_by_role("button", name="Part 3").press("Enter")
    expect(column(page, "B").get_by_role("heading", name="Part 3")).to_be_focused()
    expect(column(page, "B").get_by_role("heading", name="Part 3")).to_be_in_viewport()
    press("r")
    assert _named(page) == []
    press("r")
    page.get_by_label("Follow up", exact=True).press("j")
    expect(page.get_by_label("Follow up", exact=True)).to_have_value("j")
    press("Control+a")
    page.locator("main").focus()
    press("?")
    keys = page.get_by_role("dialog", name="Keys")
    keys.get_by_role("button", name="Turn shortcuts off").click()
    expect(keys.get_by_role("button", name="Turn shortcuts on")).to_be_focused()
    press("Escape")
    page.locator("main").focus()
    for key in "?/j":
        press(key)
    expect(page.locator("dialog[open], #find:visible")).to_have_count(0)
    assert _lit(page) == ""
    page.reload()
    page.get_by_label("All", exact=True).check()
    page.get_by_role("button", name="Keys").click()
    keys.get_by_role("button", name="Turn shortcuts on").click()
    keys.get_by_role("button", name="Close").click()
    until(lambda: house.rows("SELECT uses_shortcuts AS on_ FROM council_person")[0]["on_"], "kept")


def test_copies_say_whose_words_they_are_and_blind_copies_do_not(
    open_reader: OpenReader, house: House, long_run: str
) -> None:
    page = open_reader(house.person, permissions=["clipboard-read", "clipboard-write"]).open(
        long_run
    )

    def copied(name: str) -> str:
        page.evaluate("navigator.clipboard.writeText('')")
        page.get_by_role("button", name=name, exact=True).click()
        read = "navigator.clipboard.readText()"
        return str(until(lambda: page.evaluate(read), f"something copied by {name}"))

    plain = copied("Copy the answer of C")
    formatted = page.evaluate(
        "navigator.clipboard.read().then(([i]) => i.getType('text/html')).then((b) => b.text())"
    )
    assert "<blockquote" in formatted, "formatted words for those who take them"
    assert "<mark" not in formatted
    page.get_by_label("More for C").click()
    text, _, source = copied("Copy the answer of C with its source").rstrip().rpartition("\n\n")
    assert text == plain.rstrip()
    assert re.fullmatch(
        r"— C, \S+, via Fusion Council, \d+ \w+ \d{4}, for: Steel or aluminium\?", source
    )
    synthesis = copied("Copy the synthesis with its source")
    assert "[A]" in synthesis
    assert re.search(r"\n\[A\] \S*m1\n\[B\] \S*m2\n\[C\] \S*m3\n\n— Synthesis, ", synthesis)
    page.keyboard.press("r")
    page.get_by_label("More for C").click()
    blind = copied("Copy the answer of C with its source")
    assert "— C, via Fusion Council" in blind
    assert "m3" not in blind


def test_compact_is_smaller_at_once_and_next_time(reader: Reader, long_run: str) -> None:
    page = reader.open(long_run)
    size = "(e) => parseFloat(getComputedStyle(e).fontSize)"
    before = page.locator("#seat-A-body").evaluate(size)
    page.get_by_role("button", name="Make the text compact").click()
    after = page.locator("#seat-A-body").evaluate(size)
    assert after < before
    page.reload()
    assert page.locator("#seat-A-body").evaluate(size) == after
    page.get_by_role("button", name="Make the text comfortable").click()
    assert page.locator("#seat-A-body").evaluate(size) == before
