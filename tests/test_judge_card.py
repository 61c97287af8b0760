"""Who judged, in lines that a reader takes in at a glance."""

from council.core.delta import Usage
from council.core.state import RunState
from council.disagreement.judge_card import judge_card
from tests.breakdowns import AGREED, found, position, run_of


def lines(run: RunState) -> dict[str, str]:
    return {fact.label: fact.sentence.removeprefix(f"{fact.label}: ") for fact in judge_card(run)}


def test_a_judge_on_the_panel_or_kin_to_it_is_a_warning() -> None:
    run = run_of(AGREED)
    assert lines(run)["Model"] == "judge"
    assert lines(run)["Panel"] == "not on it, nor of a member's family"
    run.judge.model = "p/B"
    assert lines(run)["Panel"] == "sits on it: compares an answer of its own, B"
    run.judge.model, run.seats["A"].model = "x/claude-opus-4", "y/claude-haiku-4"
    assert lines(run)["Panel"] == "not on it, but of the same family as A"
    assert [fact.label for fact in judge_card(run) if fact.is_warning] == ["Panel"]


def test_another_model_that_served_is_named() -> None:
    run = run_of(AGREED)
    run.judge.model_served = "p/judge-2026"
    assert lines(run)["Model"] == "judge answered by judge-2026"


def test_the_card_counts_quotes_and_names_who_was_cut_or_came_late() -> None:
    shared = found(
        "consensus", "f1", position("A", "supports"), position("B", "supports", verified=False)
    )
    told = lines(run_of(shared, order="BA", judged="AB", partial="A", trimmed="B"))
    assert told["Order read"] == "names hidden: B A"
    assert told["Was told"] == "who stops short: A"
    assert told["Saw"] == "only the beginning and the end of B"
    assert told["Quotes"] == "1 of 2 verified; 1 could not be verified"
    assert told["Not judged"] == "came later: C"


def test_the_card_says_what_the_judge_wrote_and_cost_once_it_has_ended() -> None:
    run = run_of(AGREED)
    assert "Took" not in lines(run)
    run.judge.state, run.judge.attempt, run.judge.cost_complete = "done", 1, False
    assert lines(run)["Took"] == "cost unknown"
    run.judge.usage, run.judge.cost_usd = Usage(completion=1_200), 0.0123
    run.judge.cost_complete = True
    assert lines(run)["Took"] == "1,200 tokens, $0.012"


def test_nobody_who_was_to_judge_has_no_card() -> None:
    assert judge_card(run_of(order="", breakdown="none")) == []
