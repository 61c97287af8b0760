"""What the builder says about a council: each sentence where it is due, and only there."""

from typing import Any

import pytest

from council.advice import Advice, Standing, advice
from council.core.estimate import Estimate, Expected
from council.core.facts import NOTHING, Facts
from council.core.plan import Council

CLAUDE, GPT, GEMINI, HAIKU = "o/claude-opus", "o/gpt-5", "o/gemini-3", "o/claude-haiku"


def council(*models: str, judge: str = "o/grok-4", **more: Any) -> Council:
    seats = [{"model": model, "role": f"Role {n}"} for n, model in enumerate(models)]
    data = {"name": "x", "seats": seats, "judge": {"model": judge}, **more}
    return Council.model_validate(data)


def know(model: str) -> Facts:
    return Facts(can_tools=False) if model == GEMINI else NOTHING


def said(about: Council, *, standing: Standing = "listed", **more: Any) -> tuple[Advice, ...]:
    return advice(about, know, lambda _model: standing, **more)


def only(about: Council, place: str, words: str, **more: Any) -> bool:
    found = said(about, **more)
    return [one.place for one in found] == [place] and words in found[0].text


def test_a_mixed_panel_under_a_judge_of_its_own_needs_no_advice() -> None:
    assert said(council(CLAUDE, GPT, GEMINI)) == ()


@pytest.mark.parametrize(
    ("about", "place", "words"),
    [
        (council(CLAUDE, GPT, judge=GPT), "judge", "also sits on the panel"),
        (council(CLAUDE, GPT, judge=HAIKU), "judge", "of its family"),
        (council(CLAUDE, HAIKU), "council", "about 1 independent voice"),
        (council(CLAUDE), "council", "One seat"),
        (council(CLAUDE, GPT, GEMINI, "o/glm-5", "o/kimi", "o/qwen"), "council", "6 seats"),
        (council(GPT, GEMINI, tools=["web_fetch"]), "B", "cannot use tools"),
    ],
)
def test_each_sentence_stands_at_its_place(about: Council, place: str, words: str) -> None:
    assert only(about, place, words)


def test_seats_are_alike_only_with_the_same_model_role_and_instructions() -> None:
    seat = {"model": GPT, "role": "Sceptic", "instructions": "Doubt."}
    other = {"model": CLAUDE}
    alike = council(seats=[seat, other, {**seat, "instructions": "Doubt. "}])
    assert only(alike, "C", "of A")
    apart = council(seats=[seat, other, {**seat, "role": "Optimist"}])
    assert said(apart) == ()


def test_a_seat_without_tools_is_not_told_that_its_model_has_none() -> None:
    seats = [{"model": GPT}, {"model": GEMINI, "tools": False}]
    assert said(council(seats=seats, tools=["web_fetch"])) == ()


def test_what_nobody_offers_is_named_with_everybody_it_concerns() -> None:
    about = council(CLAUDE, GPT, writer={"model": GEMINI})
    found = said(about, standing="unlisted")
    assert [one.place for one in found] == ["A", "B", "judge", "writer"]
    assert all("in no list" in one.text for one in found)
    assert only(about, "council", "nobody can ask A, B, judge and writer", standing="absent")
    assert said(about, standing="unsaid") == ()


def test_a_cap_below_a_typical_run_is_told() -> None:
    part = Expected("A", GPT, (1, 1), (1, 1), (0.01, 0.2))
    tight = council(CLAUDE, GPT, limits={"cost_usd": 0.1})
    assert only(tight, "council", "cap of $0.10", expected=Estimate((part,)))
    enough = council(CLAUDE, GPT, limits={"cost_usd": 0.2})
    assert said(enough, expected=Estimate((part,))) == ()


def test_letters_are_those_of_the_page_while_some_seats_are_empty() -> None:
    about = council(GPT, GEMINI, tools=["web_fetch"])
    assert [one.place for one in said(about, letters="AD")] == ["D"]
