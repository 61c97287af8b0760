import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings

from council.render import Cites, blocks, html, page
from tests.render.attacks import ATTACKS
from tests.render.markdownish import texts
from tests.render.reading import Reading, squeezed


def shown(text: str, cite: str = "") -> str:
    closed = blocks(text, True).closed
    return page(
        (html(b.source, b.start, (), Cites(cite) if cite else None), b.joins) for b in closed
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# a", '<h4 dir="auto">a</h4>'),
        ("## a ##", '<h4 dir="auto">a</h4>'),
        ("### a", '<h4 dir="auto">a</h4>'),
        ("###### a", '<h5 dir="auto">a</h5>'),
        ("a\n===", '<h4 dir="auto">a</h4>'),
        ("*a* **b** ~~c~~ `d`", "<em>a</em> <strong>b</strong> <s>c</s> <code>d</code>"),
        ("a\\\nb", '<p dir="auto">a<br>b</p>'),
        ("***", "<hr>"),
        ("> a", '<blockquote dir="auto"><p>a</p></blockquote>'),
        ("7. a", '<ol dir="auto" start="7"><li>a</li></ol>'),
        ("\\[\n\\no*b*\n\\]", '<div class="math" dir="ltr">\\[\n\\no*b*\n\\]</div>'),
        ("- a\n\n  $$\\no$$", '<div class="math" dir="ltr">$$\\no$$</div>'),
        ("[x]: https://a.test", '<p dir="auto">[x]: https://a.test</p>'),
        ("a &copy; &#42; \\* b", '<p dir="auto">a © * * b</p>'),
    ],
)
def test_markdown_becomes_plain_calm_html(text: str, expected: str) -> None:
    assert expected in shown(text)


def test_a_table_scrolls_in_a_region_of_its_own() -> None:
    assert shown("| a | b |\n|:-:|--:|\n| c\\|d | e |") == (
        '<div class="table" dir="auto" tabindex="0" role="group" aria-label="Table"><table>'
        '<thead><tr><th class="center">a</th><th class="right">b</th></tr></thead>'
        '<tbody><tr><td class="center">c|d</td><td class="right">e</td></tr></tbody>'
        "</table></div>"
    )


def test_citations_lead_to_the_columns() -> None:
    chips = [f'<a class="l {x}" href="#seat-{x}">{x}</a>' for x in "ABC"]
    assert shown("x [A], **[B][C]** [A, C].", cite="ABC") == (
        f'<p dir="auto">x {chips[0]}, <strong>{chips[1]}{chips[2]}</strong> '
        f"{chips[0]}{chips[2]}.</p>"
    )


@pytest.mark.parametrize(
    ("text", "cite"),
    [
        ("[A]", ""),
        ("[D]", "ABC"),
        ("[A, D]", "ABC"),
        ("`[A]`", "ABC"),
        ("[AB]", "ABC"),
        ("[a]", "ABC"),
    ],
)
def test_what_is_no_citation_stays_text(text: str, cite: str) -> None:
    reading = Reading(shown(text, cite))
    assert (reading.links, reading.text.strip()) == ([], text.strip("`"))


@pytest.mark.parametrize(
    ("sign", "words", "look"),
    [
        ("[f2 settled]", "settled", "sign settled"),
        ("[F2: Open]", "left open", "sign open"),
        ("[f2]", "this claim", "sign"),
    ],
)
def test_what_became_of_a_finding_is_a_link_to_its_row_and_never_shown_raw(
    sign: str, words: str, look: str
) -> None:
    assert shown(f"B is right. {sign}", cite="AB") == (
        f'<p dir="auto">B is right. <a class="{look}" href="#f2">{words}</a></p>'
    )
    assert sign in shown(f"A member wrote {sign}.")


def test_a_letter_that_is_a_link_of_its_own_is_not_cited() -> None:
    (link,) = Reading(shown("[[A]](https://a.test)", cite="A")).links
    assert link["href"] == "https://a.test"


def test_what_follows_an_item_without_its_indentation_stays_in_its_list() -> None:
    rendered = html("- a\n\n  b\n- c\n\nafter", 0)
    assert rendered.startswith("<ul")
    assert rendered.endswith('<p dir="auto">after</p></li></ul>')


@given(texts())
@settings(max_examples=200, deadline=None)
def test_any_text_renders_to_html_that_is_on_the_list(text: str) -> None:
    assert Reading(shown(text, cite="AB")).problems == []


def test_the_same_text_gives_the_same_html_in_every_thread() -> None:
    texts_ = ATTACKS * 4
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shown, texts_)) == [shown(text) for text in texts_]


DEEP = {
    "quotes": ">" * 10_000 + "x",
    "quote lines": "\n".join(">" * (i % 60) + " x" for i in range(2_000)),
    "items": "- " * 10_000 + "x",
    "numbers": "1. " * 10_000 + "x",
    "indented items": "\n".join("  " * i + "- x" for i in range(300)),
    "quoted items": "> - " * 5_000 + "x",
}
LONG = {
    "brackets": "[" * 19_000 + "](x)",
    "brackets before a link": "\n\n".join([("[" * 990 + "](") * 20] * 6),
    "links left open": '[a](b "' * 2_800,
    "images left open": "![a](b" * 3_300,
    "stars": "*a **b " * 2_700,
    "mixed stars": "_a*" * 6_600,
    "emphasis in emphasis": "*a " * 3_300 + "b* " * 3_300,
    "ticks": "`a" * 9_900,
    "tildes": "~~a" * 6_600,
    "angles": "<a" * 9_900,
    "one line": "**a** [b](https://a.test) " * 4_000,
    "math left open": "\\[ a\n" * 4_000,
    "cells": "|a" * 500 + "\n" + "|-" * 500 + "\n" + "|b\n" * 300,
}


@pytest.mark.parametrize("name", [*DEEP, *LONG])
def test_hostile_nesting_and_length_cost_little(name: str) -> None:
    text = {**DEEP, **LONG}[name]
    started = time.process_time()
    reading = Reading(shown(text))
    assert time.process_time() - started < 15
    assert reading.problems == []
    assert reading.text.strip()


@pytest.mark.parametrize("name", DEEP)
def test_what_nests_too_deep_is_shown_as_it_was_written(name: str) -> None:
    assert squeezed(Reading(shown(DEEP[name])).text).count("x") == DEEP[name].count("x")


def test_emphasis_within_emphasis_stops_making_elements() -> None:
    rendered = shown("*a " * 500 + "b* " * 500)
    assert 0 < rendered.count("<em>") <= 20
    assert Reading(rendered).problems == []
