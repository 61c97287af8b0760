"""The breakdown as a page shows it."""

from typing import Any

from council import standing
from council.core.delta import Usage
from council.core.events import Finding, Group, Position, Stakes, Stance
from council.core.failures import Failure, Kind
from council.core.state import Found, Part, RunState


def _position(
    seat: str, stance: Stance, quote: str = "words", *, verified: bool = True
) -> Position:
    at = {"start": 0, "end": 5} if verified else {}
    return Position(seat=seat, stance=stance, quote=quote, verified=verified, **at)


def _found(
    group: Group, name: str, *positions: Position, stakes: Stakes = "medium", **more: Any
) -> Found:
    finding = Finding(id=name, claim=f"claim {name}", stakes=stakes, positions=positions, **more)
    return Found(group=group, finding=finding)


def _run(*findings: Found, seats: str = "ABC", **more: Any) -> RunState:
    parts = {s: Part(seat=s, model=f"p/{s}", state="done", text="words") for s in seats}
    judge = Part(seat="judge", model="p/judge")
    values = {"state": "done", "breakdown": "done", "judged": seats, "order": seats} | more
    return RunState(seats=parts, judge=judge, findings=list(findings), **values)


def _said(run: RunState) -> str:
    return "".join(piece.text for piece in standing.verdict(run))


AGREED = _found(
    "consensus", "f1", _position("A", "supports"), _position("B", "supports"),
    _position("C", "supports"),
)  # fmt: skip
OPEN = _found(
    "contradictions", "f2", _position("A", "supports"), _position("B", "contradicts"),
    stakes="high", crux="the marking",
)  # fmt: skip


def test_contested_claims_come_first_and_the_gravest_before_the_rest() -> None:
    light = _found("contradictions", "f3", _position("A", "supports"), stakes="low")
    only = _found("unique_insights", "f4", _position("C", "supports"))
    rows = standing.rows(_run(only, AGREED, light, OPEN))
    assert [row.finding.id for row in rows] == ["f2", "f3", "f1", "f4"]
    assert [row.is_hot for row in rows] == [True, False, False, False]


def test_a_claim_somebody_contradicts_comes_before_agreement_in_whatever_list_it_stands() -> None:
    disputed = _found(
        "unique_insights", "f5", _position("A", "supports"), _position("B", "contradicts")
    )
    rows = standing.rows(_run(AGREED, disputed, OPEN))
    assert [(row.finding.id, row.is_contested) for row in rows] == [
        ("f2", True),
        ("f5", True),
        ("f1", False),
    ]


def test_every_row_has_a_cell_for_every_seat() -> None:
    (row,) = standing.rows(_run(OPEN))
    assert [(cell.seat, cell.sign) for cell in row.cells] == [("A", "✓"), ("B", "✗"), ("C", "—")]


def test_a_verified_quote_is_a_way_to_its_words_and_an_unverified_one_is_not() -> None:
    found = _found(
        "consensus", "f7", _position("A", "supports"), _position("B", "supports", verified=False)
    )
    a, b, c = standing.rows(_run(found))[0].cells
    assert (a.target, b.target, c.target) == ("q-f7-A", "", "")
    assert b.words == "B supports, unverified"


def test_a_support_nobody_wrote_is_not_counted() -> None:
    found = _found(
        "consensus", "f1", _position("A", "supports"), _position("B", "supports", verified=False)
    )
    assert standing.backing(found.finding) == "A"
    assert standing.rows(_run(found))[0].kind == "A agrees"
    assert "agree on" not in _said(_run(found))


def test_groups_are_named_with_words() -> None:
    partly = _found("partial_coverage", "f3", _position("A", "supports"))
    only = _found("unique_insights", "f4", _position("C", "supports"))
    kinds = {row.finding.id: row.kind for row in standing.rows(_run(OPEN, AGREED, partly, only))}
    assert kinds == {
        "f1": "All three agree",
        "f2": "Contradiction, high stakes",
        "f3": "Partly covered",
        "f4": "Only C",
    }


def test_blind_spots_are_apart() -> None:
    run = _run(_found("blind_spots", "f8"), AGREED)
    assert [finding.id for finding in standing.blind_spots(run)] == ["f8"]
    assert [row.finding.id for row in standing.rows(run)] == ["f1"]


def test_the_verdict_names_the_open_contradiction_and_who_says_what() -> None:
    assert _said(_run(OPEN, AGREED)) == (
        "One open contradiction, high stakes: claim f2. A says yes; B says no. "
        "They agree on one point."
    )


def test_a_settled_contradiction_is_not_open() -> None:
    settled = _found("contradictions", "f2", _position("A", "supports"), resolution="A is right")
    assert _said(_run(settled, AGREED)).startswith("No open contradiction.")


def test_the_verdict_says_who_is_missing() -> None:
    run = _run(OPEN)
    run.seats["C"] = Part(seat="C", state="failed")
    assert _said(run).endswith("2 of 3 answered: C failed.")


def test_there_is_no_verdict_while_members_write() -> None:
    assert standing.verdict(_run(state="members", breakdown="none")) == []


def test_one_answer_is_never_called_a_council() -> None:
    run = _run(state="partial", breakdown="skipped")
    for letter in "AC":
        run.seats[letter] = Part(seat=letter, state="empty")
    assert _said(run).startswith("Only B answered.")


def test_a_run_nobody_answered_says_so() -> None:
    assert _said(_run(state="failed", breakdown="skipped")).startswith("Nobody answered.")


def test_a_stopped_run_says_what_is_kept() -> None:
    assert _said(_run(state="stopped")) == "Stopped. 3 of 3 had answered. What had arrived is kept."


def test_a_failed_judge_is_said_and_the_answers_are_counted() -> None:
    failure = Failure(kind=Kind.BAD_STREAM, message="unreadable")
    run = _run(state="partial", breakdown="failed", breakdown_failure=failure)
    assert _said(run).startswith("No comparison. Three answers stand below")


def test_a_judge_on_the_panel_or_kin_to_it_is_said() -> None:
    run = _run(AGREED)
    assert standing.judge_notes(run)[0] == "judge, not on the panel."
    run.judge.model = "p/B"
    assert "also sits on the panel" in standing.judge_notes(run)[0]
    run.judge.model, run.seats["A"].model = "x/claude-opus-4", "y/claude-haiku-4"
    assert "same family" in standing.judge_notes(run)[0]


def test_kin_agreeing_count_as_fewer_voices() -> None:
    run = _run(AGREED)
    run.seats["A"].model, run.seats["B"].model = "x/claude-opus-4", "y/claude-haiku-4"
    assert standing.rows(run)[0].kind == "All three agree, about two independent voices"


def test_the_share_of_sourced_sentences_is_said_only_of_a_synthesis() -> None:
    run = _run(AGREED)
    assert standing.grounding(run) == ""
    run.writer.text = "Choose aluminium [A]. Paint it green."
    assert standing.grounding(run) == "50 % of sentences rest on a member"


def test_the_judge_card_counts_quotes_and_names_who_came_late() -> None:
    found = _found(
        "consensus", "f1", _position("A", "supports"), _position("B", "supports", verified=False)
    )
    notes = standing.judge_notes(_run(found, order="BA", judged="AB", partial="A"))
    assert "Read B, A in that order, with model names hidden." in notes
    assert "Was told that A stops short." in notes
    assert "1 of 2 quotes verified." in notes
    assert "C came later and is not judged." in notes


def test_the_judge_card_says_what_the_judge_wrote_and_cost_once_it_has_ended() -> None:
    run = _run(AGREED)
    assert not any("cost" in note for note in standing.judge_notes(run))
    run.judge.state, run.judge.attempt, run.judge.cost_complete = "done", 1, False
    assert standing.judge_notes(run)[-1] == "Cost unknown."
    run.judge.usage, run.judge.cost_usd = Usage(completion=1_200), 0.0123
    run.judge.cost_complete = True
    assert standing.judge_notes(run)[-1] == "1,200 tokens, $0.012."
