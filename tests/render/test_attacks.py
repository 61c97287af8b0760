import pytest

from council.core.state import Part, RunState
from council.disagreement.citing import cites
from council.render import Mark, Stream, blocks, html, page
from council.render.safe import clean
from tests.render.attacks import ATTACKS
from tests.render.reading import Reading

FRAMES = ["{}", "- {}", "> {}", "**{}**", "[{}](https://a.test)", "| {} | b |\n|---|---|\n| {} |"]


def shown(text: str, cite: str = "", marks: tuple[Mark, ...] = ()) -> str:
    closed = blocks(text, True).closed
    run = RunState(seats={letter: Part(seat=letter) for letter in cite})
    return page(
        (html(b.source, b.start, marks, cites(run, b.source) if cite else None), b.joins)
        for b in closed
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_inert_wherever_it_stands(attack: str) -> None:
    for frame in FRAMES:
        reading = Reading(shown(frame.replace("{}", attack), cite="ABCD"))
        assert reading.problems == []
        assert reading.ids == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_cut_anywhere_is_inert_and_ends_the_same(attack: str) -> None:
    whole = blocks(attack, True).closed
    for cut in range(len(attack) + 1):
        stream = Stream()
        closed = stream.feed(attack[:cut]) + stream.feed(attack[cut:]) + stream.finish()
        assert closed == whole
        assert Reading(shown(attack[:cut])).problems == []
        assert Reading(shown(attack[cut:])).problems == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_under_marks_cut_anywhere_is_inert(attack: str) -> None:
    for cut in range(len(attack)):
        marks = (Mark(cut, len(attack), "f1-A"), Mark(0, cut + 2, "f2-A"))
        reading = Reading(shown(attack, marks=marks))
        assert reading.problems == []
        assert sorted(set(reading.ids)) == sorted(reading.ids)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_an_attack_shows_leads_anywhere_unseen(attack: str) -> None:
    for link in Reading(shown(attack)).links:
        assert link["href"].startswith(("https://", "http://", "mailto:"))
        assert link["rel"] == "noopener noreferrer nofollow ugc"
        assert link["target"] == "_blank"


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_last_wall_holds_alone(attack: str) -> None:
    cleaned = clean(attack.translate({0xD800: "?"}))
    problems = Reading(cleaned).problems
    # A class that was emptied is harmless.
    assert [problem for problem in problems if not problem.endswith("class=''")] == []


def test_tags_in_an_answer_are_words() -> None:
    assert Reading(shown("a <b>c</b>\n\n<div class=x>\n\n<!-- d -->")).text == (
        "\na <b>c</b>\n<div class=x>\n<!-- d -->"
    )


@pytest.mark.parametrize(
    "link",
    [
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        "[a](vbscript:x)",
        "[a](calculator://)",
        "[a](/runs/1)",
        "[a](//evil.test)",
        "[a](https://good.test@evil.test/)",
        "<calculator://x>",
    ],
)
def test_a_link_that_is_not_web_or_mail_stays_as_it_was_written(link: str) -> None:
    reading = Reading(shown(link))
    assert (reading.links, reading.text.strip()) == ([], link)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("[a](https://www.Example.org/x)", "(www.example.org)"),
        ("[https://bank.test](https://evil.test/)", "(evil.test)"),
        ("[bank.test/evil.test](https://evil.test)", "(evil.test)"),
        ("[evil.test.bank.test](https://evil.test)", "(evil.test)"),
        ("[evil.test](https://evil.test/path)", ""),
        ("<https://evil.test/path>", ""),
        ("[write](mailto:a@b.test?body=x)", "(a@b.test)"),
        ("[x](https://xn--80ak6aa92e.test)", "(xn--80ak6aa92e.test)"),
        ("[x](https://аpple.test)", "(xn--pple-43d.test)"),
    ],
)
def test_a_link_says_where_it_leads(text: str, host: str) -> None:
    rendered = shown(text)
    assert len(Reading(rendered).links) == 1
    assert rendered.count("host") == (1 if host else 0)
    assert host in rendered


def test_an_image_is_a_word_and_never_a_request() -> None:
    rendered = shown("![A *map*](https://evil.test/i.png 't')")
    assert rendered == '<p dir="auto"><span class="no-image">[image: A *map*]</span></p>'


def test_text_that_nobody_can_see_is_taken_out_and_said_so() -> None:
    reading = Reading(shown("a\U000e0041\U000e0042b\U000e0043 c"))
    assert reading.text.strip() == "a[hidden text removed]b c"


def test_bidirectional_controls_do_not_reach_the_page() -> None:
    controls = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    rendered = shown(f"a{controls}b\n\n- c{controls}\n\n```\nd{controls}\n```\n\n`e{controls}`")
    assert not set(controls) & set(rendered)


def test_a_code_fence_names_its_language_as_text_only() -> None:
    rendered = shown('```"><b>x\ncode\n```')
    assert '<span>"&gt;&lt;b&gt;x</span>' in rendered
