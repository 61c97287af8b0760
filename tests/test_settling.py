"""Which contradictions are settled, by whom and in which words."""

from typing import Any

from council.core.state import RunState
from council.disagreement import settling, standing
from council.disagreement.settling import Settled
from council.disagreement.verdict import verdict
from tests.breakdowns import AGREED, OPEN, found, position, run_of


def _written(text: str, *more: Any, state: str = "done") -> RunState:
    run = run_of(OPEN, AGREED, *more)
    run.writer.text, run.writer.state = text, state  # type: ignore[assignment]
    return run


def test_a_contradiction_nobody_mentions_is_open() -> None:
    assert settling.settled(_written("Take copper [A].")) == {"f2": Settled()}


def test_the_writer_settles_with_a_sign_and_its_sentence_says_how() -> None:
    run = _written("Take copper. B read the marking [B]; **A** guessed [A]. [f2 settled] Done.")
    assert settling.settled(run) == {
        "f2": Settled(True, "writer", "B read the marking; A guessed.")
    }
    assert standing.rows(run)[0].kind == "Contradiction, settled, high stakes"
    assert verdict(run).text.startswith("No open contradiction.")


def test_what_the_writer_leaves_open_anywhere_is_open_whoever_settled_it() -> None:
    judged = found(
        "contradictions", "f3", position("A", "supports"), position("B", "contradicts"),
        resolution="A is right",
    )  # fmt: skip
    text = "Settled [f2 settled].\n\n- But not sure. [f2 open]\n- Who knows? [f3 open]"
    settled = settling.settled(_written(text, judged))
    assert settled["f2"] == Settled(False, "writer", "But not sure.")
    assert settled["f3"] == Settled(False, "writer", "Who knows?")


def test_the_judges_resolution_settles_what_the_writer_does_not_mention() -> None:
    judged = found("contradictions", "f3", position("A", "contradicts"), resolution="A is right")
    assert settling.settled(_written("Fine.", judged))["f3"] == Settled(True, "judge", "A is right")


def test_a_writer_still_at_work_settles_nothing_yet() -> None:
    run = _written("B is right. [f2 settled]", state="streaming")
    assert settling.settled(run) == {"f2": Settled()}


def test_a_sign_in_code_or_of_an_agreement_settles_nothing() -> None:
    assert settling.settled(_written("See `[f2 settled]`. Fine. [f1 settled]")) == {"f2": Settled()}
