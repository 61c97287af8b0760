"""Formulas: native MathML, or their source; and money stays money."""

import time

import pytest

from council.core import formulas as core
from council.core.provenance import sentences
from council.render import Mark, blocks, html
from council.render.formulas import mathml
from council.render.markup import MAX_FORMULAS_AT
from tests.render.reading import Reading


def _shown(text: str) -> str:
    return "".join(block.html for block in blocks(text, True).closed)


@pytest.mark.parametrize(
    "text", ["$x^2$", r"\(x^2\)", "$$x^2$$", "\\[\nx^2\n\\]", r"so \[x^2\] it"]
)
def test_each_way_to_write_a_formula_becomes_mathml(text: str) -> None:
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in _shown(text)
    assert Reading(_shown(text)).problems == []


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10 more.",
        "From $5-$10 to US$20.",
        "Between $3 and that of US$ there is a gap.",
        "A lone $ and $ another.",
        r"An escaped \$5 and \$6.",
        "In code `$x$` only.",
    ],
)
def test_dollars_in_prose_are_money(text: str) -> None:
    assert "<math" not in _shown(text)
    assert Reading(_shown(text)).text.strip() == text.replace("\\$", "$").replace("`", "")


@pytest.mark.parametrize(
    "tex", [r"\foo{x}", "a_", r"\left( x", r"\frac{1", "a & b", r"\text{‮abc}", "{" * 900, ""]
)
def test_tex_that_is_not_understood_shows_its_source(tex: str) -> None:
    assert mathml(tex, display=False) == ""
    assert "<math" not in _shown(f"so ${tex}$ it")


@pytest.mark.parametrize(
    ("opens", "closes"), [(r"\sqrt{", "}"), ("x^{", "}"), (r"\left(", r"\right)")]
)
def test_what_stands_too_deep_in_itself_shows_its_source_at_once(opens: str, closes: str) -> None:
    count = 1_900 // len(opens + closes)
    text = "\n\n".join(f"$$\n{n}{opens * count}x{closes * count}\n$$" for n in range(40))
    began = time.process_time()
    assert "<math" not in _shown(text)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\color{red}{x}",
        r"\text{</math><script>alert(1)</script>}",
        r"\text{&#x3c;script&#x3e;}",
        r"\style{background:url(x)}{y}",
    ],
)
def test_a_formula_brings_no_markup_of_its_own(tex: str) -> None:
    reading = Reading(_shown(f"a ${tex}$ b\n\n$${tex}$$"))
    assert (reading.problems, reading.links) == ([], [])


def test_aligned_lines_become_a_table_of_columns() -> None:
    shown = mathml(r"\begin{aligned} a &= b \\ c &= d \end{aligned}", display=True)
    assert shown.count("<mtr>") == 2


def test_a_long_formula_scrolls_inside_and_the_keyboard_reaches_it() -> None:
    shown = _shown("$$" + " + ".join("abcdefghijklmnop") * 3 + "$$.")
    assert shown.startswith('<div class="math" dir="ltr" tabindex="0" role="group"')
    assert shown.endswith("</math>.</div>")
    assert '<span class="math long">' in _shown(
        "see $" + "+".join("abcdefghijklmnopqrstuvwxyz") + "$"
    )


def test_an_answer_made_of_formulas_costs_no_more_than_its_beginning() -> None:
    count = 2 * MAX_FORMULAS_AT // 40
    text = "\n\n".join(f"So $\\frac{{a_{{{n:06}}}}}{{b^2}}$ is less." for n in range(count))
    shown = [block.html for block in blocks(text, True).closed]
    is_math = ["<math" in one for one in shown]
    assert is_math.count(True) == pytest.approx(count // 2, rel=0.2)
    assert sorted(is_math, reverse=True) == is_math, "the beginning, and not what chance brings"
    assert f"a_{{{count - 1:06}}}" in shown[-1]


def test_marks_over_a_formula_mark_it_whole_and_all_have_their_place() -> None:
    text = "The area is $x^2$ here."
    shown = html(text, 0, [Mark(4, 14, "f1-A"), Mark(14, 17, "f2-A")])
    assert '<span id="f1.A"></span>area is </mark><mark data-f="f1 f2"' in shown
    assert 'id="q-f2-A"' in shown
    assert shown.endswith("</math></span></mark> here.</p>")


def test_a_full_stop_inside_a_formula_ends_no_sentence() -> None:
    assert [s.text for s in sentences("It is $a. B$ so [A]. Next.")] == [
        "It is $a. B$ so [A].",
        "Next.",
    ]
    assert sentences("$$\na. B\n$$") == []


@pytest.mark.parametrize("part", ["$", "$a", "$a$ ", r"\(", r"\[a", "$$a", "$ab cd", r"$\frac{"])
def test_hostile_dollars_take_linear_time(part: str) -> None:
    text = part * (40_000 // len(part))
    began = time.perf_counter()
    core.blanked(text)
    _shown(text)
    assert time.perf_counter() - began < 10
