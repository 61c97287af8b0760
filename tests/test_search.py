"""What is found again, by whom, and that whatever is typed is a query."""

from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from council.actions import conversations, people
from council.core.events import Finding
from council.core.state import Found, Part, RunState
from council.models import Passage, Person, Run
from council.searching import passages, queries, search
from council.searching.snippets import snippet, snippet_of_markdown
from tests.journal import make

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

STEEL = "Take steel: it can be welded anywhere, says the Señor in Zürich. 東京では鉄が安い。"


def ended(
    answer: str = STEEL,
    name: str = "ada",
    prompt: str = "Which metal?",
    synthesis: str = "In short: rust decides.",
) -> Run:
    """A run of this person that is over, with one answer, a synthesis and a finding."""
    run = make.run()
    run.conversation.person = make.person(name)
    run.conversation.save()
    Run.objects.filter(id=run.id).update(state="done", prompt=prompt)
    state = RunState(
        seats={"B": Part(seat="B", model="lab/b", text=answer, state="done")},
        writer=Part(seat="writer", model="lab/w", text=synthesis),
        findings=[Found(group="consensus", finding=Finding(id="f1", claim="Welding matters."))],
    )
    passages.write(Run.objects.select_related("conversation").get(id=run.id), state)
    return run


def found(text: str, name: str = "ada", **filters: str) -> list[str]:
    """Where it is found: the places, newest first."""
    page = search.find(make.person(name), queries.parse(text), **filters)  # type: ignore[arg-type]
    return [hit.row.place for group in page.groups for hit in group.hits]


CASES = [
    ("metal ", [""]),
    ("WELDED ", ["seat-B"]),
    ("wel* ", ["seat-B", "f1"]),
    ("weld", ["seat-B", "f1"]),  # the last word may be unfinished
    ("weld ", []),
    ("wel* -steel", ["f1"]),
    ("-steel", ["", "synthesis-body", "f1"]),
    ('"can be welded"', ["seat-B"]),
    ('"be can welded"', []),
    ("decides rust ", ["synthesis-body"]),
    ("senor zurich ", ["seat-B"]),
    ("ZÜRICH ", ["seat-B"]),
    ("京では", ["seat-B"]),
    ("鉄安", []),
    ("steel nowhere ", []),
    ('"', []),
    ('- * "" NEAR( :\'', []),
]


def test_words_phrases_beginnings_and_what_must_not_be_there() -> None:
    ended()
    for text, places in CASES:
        assert found(text) == places, text


def test_filters_by_council_model_and_state_combine() -> None:
    ended()
    assert found("welded ", council="Feeder", model="lab/b", state="done") == ["seat-B"]
    for odd in ({"council": "Other"}, {"model": "lab/w"}, {"state": "failed"}):
        assert found("welded ", **odd) == []


def test_nobody_finds_what_is_another_persons() -> None:
    ended(name="ada")
    ended("Take aluminium.", name="boole")
    assert found("take ", "ada") == found("take ", "boole") == ["seat-B"]
    assert found("steel ", "boole") == found("aluminium ", "ada") == []
    Person.objects.filter(username="ada").update(is_active=False)
    assert found("steel ", "ada") == []


def test_what_is_deleted_is_not_found_and_leaves_no_words() -> None:
    run = ended()
    conversations.delete(conversation=run.conversation)
    assert found("steel ") == []
    assert not Passage.objects.exists()
    ended("Take steel again.")
    assert found("steel ") == ["seat-B"]
    assert found("again ") == ["seat-B"]


def test_a_run_that_ends_again_is_found_by_its_newest_words_alone() -> None:
    run = make.run("us")
    make.play(run)
    before = set(Passage.objects.values_list("id", flat=True))
    kinds = list(Passage.objects.order_by("-id").values_list("kind", flat=True))
    assert kinds[0] == "prompt"
    assert {"answer", "synthesis", "finding"} < set(kinds)
    passages.write(Run.objects.select_related("conversation").get(id=run.id), RunState())
    rows = list(Passage.objects.values_list("id", "kind"))
    assert [kind for _, kind in rows] == ["prompt"]
    assert not before & {number for number, _ in rows}


def test_pages_follow_each_other_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PER_PAGE", 3)
    runs = [ended(f"Answer number {n} about steel.") for n in range(7)]
    query, before, seen = queries.parse("steel "), None, []
    while True:
        page = search.find(make.person(), query, before=before)
        seen += [group.row.run_id for group in page.groups]
        if (before := page.before) is None:
            break
    assert seen == [run.id for run in reversed(runs)]


def test_a_search_whose_time_is_over_says_so_and_goes_on_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "TIME_S", 0.0)
    ended("The only brass.")
    for _ in range(3):
        ended()
    for name in ("_FIRST", "_WIDEST"):
        monkeypatch.setattr(search, name, 1)
    query, before, pages = queries.parse("brass "), None, 0
    while not (page := search.find(make.person(), query, before=before)).count:
        assert page.is_cut
        before, pages = page.before, pages + 1
    assert pages > 3


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text(st.sampled_from("ab\"'*-:()^+{}&|!<>\\%_ \t\0東é\u0301'\U0001e900½ﬁ"), max_size=30)
    | st.text(max_size=40)
)
def test_whatever_is_typed_is_a_query(text: str) -> None:
    query = queries.parse(text)
    search.find(make.person(), query)
    if not Passage.objects.exists():
        ended()
    search.find(make.person(), query)
    snippet(text, query)


@given(st.text(st.sampled_from("steel Zü東<&>\n "), max_size=600))
def test_a_snippet_holds_only_words_of_the_text(text: str) -> None:
    pieces = snippet(text, queries.parse("steel "))
    whole = "".join(piece.text for piece in pieces).removeprefix("… ").removesuffix(" …")
    assert "".join(whole.split()) in "".join(text.split())
    assert len(whole) <= 300


def test_a_long_answer_is_found_to_its_end() -> None:
    ended("filler words " * 3000 + "the needle. " + "more words " * 3000)
    assert found("needle ") == ["seat-B"]
    assert found("filler ") == ["seat-B"]


def test_what_a_guest_asked_is_found_by_the_account_they_sign_in_to() -> None:
    ended(name="guest-1")
    people.take_over(guest=make.person("guest-1"), person=make.person("boole"))
    assert found("welded ", "boole") == ["seat-B"]
    assert found("welded ", "guest-1") == []


def told(text: str) -> list[str]:
    """What the search shows of each hit, with the marked words in angle brackets."""
    page = search.find(make.person(), queries.parse(text))
    hits = [hit for group in page.groups for hit in group.hits]
    return [
        "".join(f"<{p.text}>" if p.is_marked else p.text for p in hit.pieces).strip()
        for hit in hits
    ]


def test_a_snippet_of_an_answer_is_what_a_reader_sees() -> None:
    ended(
        "## Which *metal*\n\nTake **steel** frames: [the **study**](https://a.test/quokka?x=1) "
        "says `rust = 0` and $E=mc^2$; 2 \\* 3 &amp; un**believ**able.\n\n"
        "| metal | price |\n|---|---|\n| brass | `9` |\n\n- zinc\n- tin\n\n"
        "```python\nprint('**copper**')\n```\n"
    )
    whole = (
        "Which metal Take steel frames: the study says rust = 0 and E=mc^2; 2 * 3 & unbelievable. "
        "metal · price · brass · 9 zinc · tin print('**copper**')"
    )
    for typed, marked in [
        ("frames ", ["frames"]),
        ('"steel frames"', ["steel frames"]),  # straddles the marks of both
        ('"frames the study says"', []),  # the address stands between them
        ('"study" rust', ["study", "rust"]),
        ("believ", ["believ"]),
        ('"price brass"', ["price · brass"]),
        ("copper ", ["copper"]),
        ("quokka ", []),  # in an address only
    ]:
        (shown,) = told(typed) or [whole]
        bare = shown.replace("<", "").replace(">", "").removeprefix("… ").removesuffix(" …")
        assert bare.strip() in whole, typed
        assert shown.count("<") == len(marked), typed
        assert all(f"<{words}>" in shown for words in marked), (typed, shown)


def test_a_synthesis_says_in_words_what_became_of_a_finding_and_a_question_stays_as_typed() -> None:
    ended(prompt="Is **zinc** [better](x)?", synthesis="Zinc lasts [A, C] [f2 settled]. [f1]")
    assert told("zinc ") == ["Is **<zinc>** [better](x)?", "<Zinc> lasts [A, C] (settled)."]


def test_a_word_is_shown_where_it_can_be_seen_before_an_address_that_holds_it() -> None:
    ended("[a](https://a.test/quokka) and so on. " + "Filler words. " * 60 + "A *quokka* at last.")
    (shown,) = told("quokka ")
    assert shown.startswith("… ")
    assert shown.endswith("A <quokka> at last.")


def test_what_is_far_into_a_long_table_or_long_code_is_shown_without_its_marks() -> None:
    rows = "".join(f"| **row {n}** | `x` |\n" for n in range(400))
    ended("| name | sign |\n|---|---|\n" + rows + "| **needle** | `y` |\n", name="ada")
    (shown,) = told("needle ")
    assert shown.endswith("row 399 · x · <needle> · y")
    assert "|" not in shown
    ended("```\n" + "# no heading\n" * 600 + "thread\n```\n")
    (shown,) = told("thread ")
    assert shown.endswith("# no heading # no heading <thread>")


HOSTILE = {
    "emphasis": "**a _b ",
    "links": "[a](http://b.test/c) ",
    "brackets": "[![a",
    "code": "``a ` ",
    "quotes": "> ",
    "items": "- ",
    "rows": "|a|b|\n|-|-|\n",
    "lines": "a\n",
    "formulas": "$a ",
    "addresses": "[a](http://b.test/needle) ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_snippet_of_hostile_text_takes_a_bounded_time(name: str) -> None:
    query, piece = queries.parse("needle "), HOSTILE[name]
    text = (piece * passages.CHARS)[: passages.CHARS]
    for at in (0, passages.CHARS // 2, passages.CHARS):
        hidden = text[:at] + " needle " + text[at:]
        started = process_time()
        pieces = snippet_of_markdown(hidden, query, has_signs=True)
        assert process_time() - started < 0.5
        assert sum(len(piece.text) for piece in pieces) < 300


@given(
    st.lists(
        st.sampled_from(
            [
                "needle",
                "**",
                "*",
                "[",
                "](x)",
                "`",
                "```",
                "|",
                "\n",
                "\n\n",
                "- ",
                "> ",
                "# ",
                " ",
                "$",
                "\\",
                "&amp;",
                "[f1 open]",
                "\u202e",
            ]
        ),
        max_size=60,
    ).map("".join)
)
def test_what_is_marked_is_what_was_looked_for_whatever_stands_around_it(text: str) -> None:
    pieces = snippet_of_markdown(text, queries.parse('"needle"'), has_signs=True)
    assert all(piece.text == "needle" for piece in pieces if piece.is_marked)
    assert not any("\u202e" in piece.text for piece in pieces)
