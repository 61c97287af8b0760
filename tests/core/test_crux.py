"""One point asked about alone: what is sent, what a reply says, and what came of it."""

import json
from typing import Any

import pytest

from council.core import crux, prompts
from council.core.events import Finding, Position
from council.core.plan import Plan, Point
from council.core.state import Found, Part, RunState
from council.disagreement.minds import summary
from tests.core.fakes import plan_for

POINT = Point(
    claim="Tea is warm.",
    crux="The pot.",
    finding="f1",
    said={"A": ("supports", "tea is warm"), "B": ("contradicts", "tea is iced")},
)


def asking() -> Plan:
    return plan_for().model_copy(update={"kind": "crux", "asked": "ABC", "point": POINT})


def sent(letter: str) -> Any:
    return json.loads(prompts.member(asking(), letter)[1].content)


def run(**replies: str) -> RunState:
    seats = {
        letter: Part(seat=letter, state="done" if text else "failed", text=text)
        for letter, text in replies.items()
    }
    return RunState(state="done", kind="crux", point=POINT, seats=seats)


def test_a_member_sees_the_point_and_what_was_said_and_not_the_question() -> None:
    rules, shown = prompts.member(asking(), "B")
    assert sent("B") == {
        "claim": "Tea is warm.",
        "turns_on": "The pot.",
        "you_said": "tea is iced",
        "others_said": [{"side": "holds it true", "words": "tea is warm"}],
    }
    assert asking().prompt not in rules.content + shown.content


def test_who_had_not_spoken_on_it_sees_both_sides() -> None:
    assert sent("C")["you_said"] == "(nothing on this)"
    assert len(sent("C")["others_said"]) == 2


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("TRUE\nBecause.", "supports"),
        ("**TRUE**\n\nBecause.", "supports"),
        ("> `False.` Because of the ice.", "contradicts"),
        ("## Unsure\nIt depends.", "hedges"),
        ("Verdict: TRUE\nBecause.", "supports"),
        ("Falsch: es ist kalt.", "contradicts"),
        ("Truest of all", None),
        ("I would say TRUE", None),
        ("", None),
    ],
)
def test_the_first_word_of_a_reply_says_where_it_stands(text: str, now: str | None) -> None:
    assert crux.read(text)[0] == now


def test_the_words_after_it_stay_whole() -> None:
    assert crux.read("**TRUE** Because.\n\nThe pot.")[1] == "Because.\n\nThe pot."
    assert crux.read("It depends.\n\nTRUE")[1] == "It depends.\n\nTRUE"


@pytest.mark.parametrize(
    ("replies", "said"),
    [
        (
            {"A": "TRUE", "B": "TRUE"},
            "B changed its mind; A keeps its view. All of them now say that it holds.",
        ),
        (
            {"A": "FALSE", "B": "TRUE"},
            "A and B changed their minds. The question stays open.",
        ),
        (
            {"A": "TRUE", "B": "Well …", "C": "UNSURE"},
            "A keeps its view; B did not say; C is not sure. The question stays open.",
        ),
        ({"A": "TRUE", "B": ""}, "A keeps its view; B did not say. The question stays open."),
    ],
)
def test_what_came_of_it_is_said_plainly(replies: dict[str, str], said: str) -> None:
    assert summary(run(**replies)) == said


def test_only_words_that_code_has_found_make_a_point_to_ask_about() -> None:
    def positions(verified: bool) -> tuple[Position, ...]:
        return (
            Position(seat="A", stance="supports", quote="tea is warm", verified=True),
            Position(seat="B", stance="contradicts", quote="never said", verified=verified),
        )

    for verified in (True, False):
        found = Finding(id="f1", claim="Tea is warm.", positions=positions(verified))
        state = run(A="tea is warm", B="tea is iced")
        state.findings = [Found(group="contradictions", finding=found)]
        assert (crux.contested(state, "f1") is not None) is verified
