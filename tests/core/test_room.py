"""What fits: estimates err, so a model is passed over only when nothing else is possible."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from council.core.delta import Message, Request
from council.core.estimate import tokens_in
from council.core.excerpts import Excerpts
from council.core.facts import NOTHING, Facts
from council.core.failures import Kind
from council.core.plan import Turn
from council.core.quotes import find
from council.core.room import HIGH, fitted, shortfall, tokens_of

RULES = Message(role="system", content="Compare. " * 100)
LONG = " ".join(f"word{n} means {n * 7} things." for n in range(4_000))
SHORT = "Only this."


def request(tokens: int, max_tokens: int | None = None, *earlier: Message) -> Request:
    text = "word " * tokens
    messages = (RULES, *earlier, Message(role="user", content=text))
    return Request(call="", model="x/y", messages=messages, max_tokens=max_tokens)


def build(read: Excerpts) -> Sequence[Message]:
    earlier = [turn.prompt for turn in read.turns]
    shown = json.dumps([earlier, read.answers, dict(read.endings)])
    return RULES, Message(role="user", content=shown)


def test_a_question_far_beyond_the_context_is_not_sent_and_both_numbers_are_said() -> None:
    failure = shortfall(request(20_000), Facts(context=8_192))
    assert failure is not None
    assert (failure.kind, failure.final) == (Kind.CONTEXT_TOO_LONG, True)
    about = tokens_of(request(20_000).messages)
    assert failure.message == (
        f"The question is about {about:,} tokens; this model reads 8,192. It was not asked."
    )


@pytest.mark.parametrize("tokens", [10, 7_000, 9_000, 12_000])
def test_a_question_that_may_fit_is_sent(tokens: int) -> None:
    assert shortfall(request(tokens), Facts(context=8_192)) is None


def test_where_nobody_says_how_much_a_model_reads_it_is_asked() -> None:
    assert shortfall(request(500_000), NOTHING) is None


def test_the_room_kept_for_the_answer_counts() -> None:
    assert shortfall(request(3_000, 4_000), Facts(context=8_192)) is None
    failure = shortfall(request(3_000, 8_000), Facts(context=8_192))
    assert failure is not None
    assert "with 8,000 more set aside for its answer" in failure.message


def test_earlier_turns_are_named_as_what_makes_it_long() -> None:
    turns = (Message(role="user", content=LONG), Message(role="assistant", content=LONG))
    failure = shortfall(request(10, None, *turns), Facts(context=4_096))
    assert failure is not None
    assert "The question and its history are about" in failure.message


def test_what_fits_is_shown_whole() -> None:
    answers = [("B", SHORT), ("A", LONG)]
    read, unfit = fitted(build, answers, (), Facts(context=200_000), 1)
    assert (read, unfit) == (Excerpts(tuple(answers)), None)


def test_short_answers_stay_whole_and_long_ones_get_equal_shares() -> None:
    answers = [("B", LONG), ("C", SHORT), ("A", LONG + LONG)]
    read, unfit = fitted(build, answers, (), Facts(context=32_000), 1)
    assert unfit is None
    assert read.trimmed == "AB"
    shown = dict(read.answers)
    assert shown["C"] == SHORT
    sizes = {letter: tokens_in(shown[letter] + read.endings[letter]) for letter in "AB"}
    assert abs(sizes["A"] - sizes["B"]) < 0.02 * sizes["A"]
    assert 0.95 * 23_808 < tokens_of(build(read)) * HIGH <= 23_808, "the room is used"


def test_what_is_shown_of_an_answer_is_word_for_word_and_cut_between_words() -> None:
    read, _ = fitted(build, [("A", LONG), ("B", SHORT)], (), Facts(context=16_000), 1)
    head, tail = dict(read.answers)["A"], read.endings["A"]
    assert LONG.startswith(head + " ")
    assert LONG.endswith(" " + tail)
    assert len(head) > 2 * len(tail) > 1_000
    assert find(head[-60:].partition(" ")[2], LONG) is not None
    assert find(tail[:60].rpartition(" ")[0], LONG) is not None


def test_the_oldest_turns_are_left_out_before_answers_are_cut_too_far() -> None:
    turns = [Turn(prompt=f"{n}? " + "why " * 900, synthesis="so") for n in range(9)]
    read, unfit = fitted(build, [("A", LONG), ("B", SHORT)], turns, Facts(context=24_000), 1)
    assert unfit is None
    assert 0 < len(read.turns) < 9
    assert read.turns == tuple(turns[-len(read.turns) :])
    assert tokens_of(build(read)) * HIGH <= 18_000


def test_a_judge_that_reads_too_little_is_not_asked() -> None:
    _, unfit = fitted(build, [("A", LONG), ("B", LONG)], (), Facts(context=900), 1)
    assert unfit is not None
    assert unfit.kind is Kind.CONTEXT_TOO_LONG
    assert "this model reads 900. It was not asked." in unfit.message


def test_without_a_known_context_the_cap_holds_for_all_answers_together() -> None:
    answers = [("A", LONG), ("B", LONG), ("C", SHORT)]
    read, unfit = fitted(build, answers, (), NOTHING, 20_000)
    assert unfit is None
    assert read.trimmed == "AB"
    shown = sum(len(text) for _, text in read.answers) + sum(map(len, read.endings.values()))
    assert 19_000 < shown <= 20_000


@given(st.lists(st.text(max_size=400), min_size=2, max_size=8), st.integers(0, 2_000))
def test_whatever_is_cut_both_parts_stand_in_the_answer_and_no_order_changes(
    texts: list[str], cap: int
) -> None:
    answers = [("ABCDEFGH"[place], text) for place, text in enumerate(texts)]
    read, _ = fitted(build, answers, (), NOTHING, cap)
    assert [letter for letter, _ in read.answers] == [letter for letter, _ in answers]
    for (letter, whole), (_, head) in zip(answers, read.answers, strict=True):
        if letter in read.endings:
            assert whole.startswith(head)
            assert whole.endswith(read.endings[letter])
            assert len(head) + len(read.endings[letter]) < len(whole)
        else:
            assert head == whole
