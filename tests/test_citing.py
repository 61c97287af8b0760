"""What a synthesis rests on, sentence by sentence, and whose words its citations lead to."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from council.core.state import RunState
from council.disagreement import citing, grounding
from council.render import blocks, html, page
from tests.breakdowns import found, position, run_of
from tests.render.markdownish import texts

LUGS = found(
    "contradictions", "f2", position("A", "supports", "the old lugs will take either metal"),
    position("B", "contradicts", "do not reuse copper-only lugs"),
)  # fmt: skip
DROP = found(
    "consensus", "f3", position("A", "supports", "a voltage drop of 2.6 % at full load"),
    position("C", "supports", "nobody found this", verified=False),
)  # fmt: skip


def _shown(text: str, run: RunState) -> str:
    closed = blocks(text, True).closed
    return page((html(b.source, b.start, (), citing.cites(run, b.source)), b.joins) for b in closed)


def _links(text: str) -> list[str]:
    return re.findall(r'href="#([^"]+)"', _shown(text, run_of(LUGS, DROP)))


def test_a_citation_leads_to_the_quote_that_says_the_same() -> None:
    assert _links("The voltage drop stays near 2.6 % at full load [A].") == ["q-f3-A"]
    assert _links("Copper-only lugs loosen, so do not reuse them [B].") == ["q-f2-B"]


def test_a_sentence_that_signs_a_finding_leads_to_its_quotes() -> None:
    assert _links("One says yes [A], one no [B]. [f2 open]") == ["q-f2-A", "q-f2-B", "f2"]


def test_where_no_quote_is_found_a_citation_leads_to_the_column_and_no_further() -> None:
    assert _links("Paint it green [A]. The voltage drop is 2.6 % at full load [C].") == [
        "seat-A",
        "seat-C",
    ]


def test_a_quote_nobody_wrote_is_never_where_a_citation_leads() -> None:
    assert _links("Nobody found this [C].") == ["seat-C"]


def test_the_writers_own_sentences_are_marked_across_markdown_and_say_so_once() -> None:
    shown = _shown("- Rents **rise** [A]. They *may* fall.\n- Look `again`!", run_of(LUGS))
    own = '<span class="own"><span class="vh">The writer’s own: </span>'
    assert shown == (
        '<ul dir="auto"><li>Rents <strong>rise</strong> <a class="l A" href="#seat-A">A</a>. '
        f'{own}They </span><em><span class="own">may</span></em><span class="own"> fall.</span>'
        f'</li><li>{own}Look </span><code><span class="own">again</span></code>'
        '<span class="own">!</span></li></ul>'
    )


def test_the_writers_own_minority_report_is_set_apart_and_nobody_elses() -> None:
    text = "## Minority Report\n\nB says no [B]."
    shown = _shown(text, run_of(LUGS))
    assert shown.startswith('<h4 class="minority" dir="auto">Minority Report</h4>')
    assert "class" not in page(
        (html(b.source, b.start), b.joins) for b in blocks(text, True).closed
    )


_WORDS = st.sampled_from(
    ["Rents rise", "a b", "**so**", "`x = 1.`", "[link](https://a.test)", "3.5 %", "é 🙂", "[A]",
     "[B, A]", "[f2 settled]", "[f3]", ". ", "! ", "? [A] ", "\n", "\n\n", "\n- ", "\n1. ", "\n> ",
     "\n| a | b |\n|---|---|\n| ", " | ", " |\n", "\n## Head\n", "\n```\ncode.\n```\n",
     "\\*", "_x_", "$x.y$", "\n$$\na. b\n$$\n", "…", "中文。"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=25).map("".join) | texts())
def test_the_marks_are_the_sentences_that_the_share_leaves_out(text: str) -> None:
    said = grounding.all_sentences(text)
    own = [one for one in said if not one.cites("ABC")]
    shown = _shown(text, run_of(LUGS, DROP))
    assert shown.count("The writer’s own: ") == len(own)
    share = grounding.sourced_share(text, "ABC")
    assert share == (round(1 - len(own) / len(said), 2) if said else None)


@settings(max_examples=100, deadline=None)
@given(texts())
def test_marking_and_citing_change_no_word_of_any_text(text: str) -> None:
    run = run_of(LUGS, DROP)
    run.seats.clear()  # nobody can be cited
    bare = re.sub(r"<[^>]+>|The writer’s own: ", "", _shown(text, run))
    closed = blocks(text, True).closed
    plain = page((html(b.source, b.start), b.joins) for b in closed)
    assert bare == re.sub(r"<[^>]+>", "", plain)
