"""Words and figures for people."""

import pytest

from council import words
from council.core.delta import Usage
from council.core.events import AnswerState
from council.core.failures import Failure, Kind
from council.core.state import FINAL_ANSWER, Part, Retry, RunState


def _failure(kind: Kind) -> Failure:
    return Failure(kind=kind, message="It did not work.")


def _run(**states: AnswerState) -> RunState:
    seats = {
        letter: Part(seat=letter, state=state, text="words" if state == "done" else "")
        for letter, state in states.items()
    }
    return RunState(state="members", seats=seats)


def test_every_kind_of_failure_has_words_of_its_own() -> None:
    assert set(words.KINDS) == set(Kind)
    assert len(set(words.KINDS.values())) == len(Kind)


@pytest.mark.parametrize("state", sorted(FINAL_ANSWER))
def test_no_state_but_done_is_called_done(state: AnswerState) -> None:
    said = words.state_words(Part(seat="A", state=state))
    assert (said == "done") == (state == "done")


def test_a_failure_names_its_cause() -> None:
    part = Part(seat="A", state="failed", failure=_failure(Kind.RATE_LIMITED))
    assert words.state_words(part) == "failed: rate limited"


def test_an_answer_cut_by_its_length_says_so() -> None:
    part = Part(seat="A", state="truncated", finish_reason="length")
    assert words.state_words(part) == "stopped early (length limit)"


def test_an_answer_cut_by_the_network_says_so() -> None:
    part = Part(seat="A", state="truncated", failure=_failure(Kind.CUT_OFF))
    assert words.state_words(part) == "stopped early (connection cut)"


def test_a_seat_that_waits_for_its_next_attempt_says_why() -> None:
    part = Part(seat="A", retry=Retry(wait_s=3, failure=_failure(Kind.RATE_LIMITED)))
    assert words.state_words(part) == "rate limited, trying again"


def test_a_model_that_reasons_before_its_first_word_is_thinking() -> None:
    assert words.state_words(Part(seat="A", state="waiting", reasoning="hm")) == "thinking"


@pytest.mark.parametrize("kind", list(Kind))
def test_every_failure_tells_the_reader_what_to_do(kind: Kind) -> None:
    assert words.advice(Part(seat="A", state="failed", failure=_failure(kind))).endswith(".")


def test_an_answer_that_is_done_needs_no_advice() -> None:
    assert words.advice(Part(seat="A", state="done", text="x")) == ""


def test_a_run_says_how_many_write() -> None:
    assert words.run_words(_run(A="streaming", B="streaming", C="done")) == "2 of 3 writing"


def test_a_partial_run_says_how_many_answered() -> None:
    run = _run(A="done", B="done", C="failed")
    run.state = "partial"
    assert words.run_words(run) == "2 of 3 answered"


def test_a_run_whose_judge_failed_is_never_said_to_be_compared() -> None:
    run = _run(A="done", B="done")
    run.state, run.breakdown = "partial", "failed"
    assert words.run_words(run) == "2 of 2 answered, no comparison"


@pytest.mark.parametrize(
    ("cost_usd", "said"),
    [
        (None, "cost unknown"),
        (0.0, "$0"),
        (0.0004, "<$0.001"),
        (0.0831, "$0.083"),
        (0.9999, "$1.00"),
        (1.5, "$1.50"),
    ],
)
def test_money_is_said_as_people_read_it(cost_usd: float | None, said: str) -> None:
    assert words.dollars(cost_usd) == said


def test_a_cost_that_misses_a_call_is_a_lower_bound() -> None:
    assert words.cost_words(Part(seat="A", cost_usd=0.02, cost_complete=False)) == "at least $0.020"
    assert words.cost_words(Part(seat="A", cost_usd=0.0, cost_complete=False)).endswith("unknown")
    assert words.cost_words(Part(seat="A", cost_complete=False)) == "cost unknown"


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (None, ""),
        (0, "0.0 s"),
        (900, "0.9 s"),
        (9_960, "10 s"),
        (41_200, "41 s"),
        (59_700, "1 min 00 s"),
        (125_000, "2 min 05 s"),
        (3_720_000, "1 h 02 min"),
    ],
)
def test_time_is_said_as_people_read_it(ms: float | None, said: str) -> None:
    assert words.seconds(ms) == said


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("openrouter/anthropic/claude-opus-4", "claude-opus-4"),
        ("openrouter/~google/gemini-flash-latest", "gemini-flash-latest"),
        ("ollama/llama3:8b", "llama3:8b"),
        ("bare", "bare"),
    ],
)
def test_a_model_goes_by_its_last_name(model: str, said: str) -> None:
    assert words.short_model(model) == said


def test_lists_read_like_sentences() -> None:
    assert words.letters_words("A") == "A"
    assert words.letters_words("AC") == "A and C"
    assert words.letters_words("ABC") == "A, B and C"


def test_a_headline_is_the_first_line_cut_at_a_word() -> None:
    assert words.headline("  Copper?\nOr aluminium?") == "Copper?"
    cut = words.headline("word " * 100, 20)
    assert cut == "word word word word …"
    assert words.headline("x" * 50, 20) == "x" * 20 + " …"


def test_an_unasked_part_costs_nothing_that_is_known() -> None:
    assert words.cost_words(Part(seat="A", usage=Usage())) == "cost unknown"
