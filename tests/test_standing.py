"""The breakdown as a page shows it."""

from council.disagreement import standing
from tests.breakdowns import AGREED, OPEN, found, position, run_of


def test_contested_claims_come_first_and_the_gravest_before_the_rest() -> None:
    light = found("contradictions", "f3", position("A", "contradicts"), stakes="low")
    only = found("unique_insights", "f4", position("C", "supports"))
    rows = standing.rows(run_of(only, AGREED, light, OPEN))
    assert [row.finding.id for row in rows] == ["f2", "f3", "f1", "f4"]
    assert [row.is_hot for row in rows] == [True, False, False, False]


def test_high_stakes_come_first_among_what_nobody_contests() -> None:
    only = found("unique_insights", "f4", position("C", "supports"), stakes="high")
    rows = standing.rows(run_of(AGREED, only))
    assert [(row.finding.id, row.kind) for row in rows] == [
        ("f4", "Only C, high stakes"),
        ("f1", "All three agree"),
    ]


def test_while_the_judge_compares_no_claim_pushes_away_one_that_is_there() -> None:
    run = run_of(AGREED, OPEN, state="judging", breakdown="running")
    assert [row.finding.id for row in standing.rows(run)] == ["f1", "f2"]
    run.breakdown = "done"
    assert [row.finding.id for row in standing.rows(run)] == ["f2", "f1"]


def test_a_claim_somebody_contradicts_comes_before_agreement_in_whatever_list_it_stands() -> None:
    disputed = found(
        "unique_insights", "f5", position("A", "supports"), position("B", "contradicts")
    )
    rows = standing.rows(run_of(AGREED, disputed, OPEN))
    assert [(row.finding.id, row.is_contested) for row in rows] == [
        ("f2", True),
        ("f5", True),
        ("f1", False),
    ]


def test_a_contradiction_in_which_nobody_contradicts_is_told_as_what_it_is() -> None:
    yes = [position(seat, "supports") for seat in "ABC"]
    kinds = {
        "Called a contradiction, but A, B and C all say yes": yes,
        "Called a contradiction, but only A says yes": yes[:1],
        "Called a contradiction, but nobody says no: A and B say yes and C hedges": [
            *yes[:2],
            position("C", "hedges"),
        ],
        "Called a contradiction, but nobody is named on either side": [],
    }
    for kind, positions in kinds.items():
        (row,) = standing.rows(run_of(found("contradictions", "f1", *positions)))
        assert row.kind == kind
        assert (row.is_contested, row.is_open, row.is_disputed) == (False, False, True)


def test_dissent_in_words_nobody_wrote_is_still_contested_and_says_so() -> None:
    dissent = position("B", "contradicts", verified=False)
    (row,) = standing.rows(run_of(found("consensus", "f1", position("A", "supports"), dissent)))
    assert row.is_contested
    assert row.kind == "Contradiction, medium stakes, its quote unverified"
    assert [(side.seats, side.says) for side in row.sides] == [
        ("A", "yes"),
        ("B", "no, unverified"),
    ]


def test_every_row_has_a_cell_for_every_seat() -> None:
    (row,) = standing.rows(run_of(OPEN))
    assert [(cell.seat, cell.sign) for cell in row.cells] == [("A", "✓"), ("B", "✗"), ("C", "—")]


def test_a_verified_quote_is_a_way_to_its_words_and_an_unverified_one_is_not() -> None:
    shared = found(
        "consensus", "f7", position("A", "supports"), position("B", "supports", verified=False)
    )
    a, b, c = standing.rows(run_of(shared))[0].cells
    assert (a.target, b.target, c.target) == ("f7.A", "", "")
    assert b.words == "B supports, unverified"


def test_a_support_nobody_wrote_is_not_counted() -> None:
    shared = found(
        "consensus", "f1", position("A", "supports"), position("B", "supports", verified=False)
    )
    assert standing.backing(shared.finding) == "A"
    (row,) = standing.rows(run_of(shared))
    assert row.kind == "Called an agreement, but only A is shown to say so"
    assert standing.agreed(run_of(shared)) == []


def test_groups_are_named_with_words() -> None:
    partly = found("partial_coverage", "f3", position("A", "supports"))
    only = found("unique_insights", "f4", position("C", "supports"))
    rows = standing.rows(run_of(OPEN, AGREED, partly, only))
    assert {row.finding.id: row.kind for row in rows} == {
        "f1": "All three agree",
        "f2": "Contradiction, high stakes",
        "f3": "Partly covered",
        "f4": "Only C",
    }


def test_blind_spots_are_apart() -> None:
    run = run_of(found("blind_spots", "f8"), AGREED)
    assert [finding.id for finding in standing.blind_spots(run)] == ["f8"]
    assert [row.finding.id for row in standing.rows(run)] == ["f1"]


def test_kin_agreeing_count_as_fewer_voices_and_the_row_says_why() -> None:
    run = run_of(AGREED)
    run.seats["A"].model, run.seats["B"].model = "x/claude-opus-4", "y/claude-haiku-4"
    (row,) = standing.rows(run)
    assert row.kind == "All three agree, about two independent voices"
    assert row.why == ("A and B are models of one family: claude.",)


def test_the_share_of_sourced_sentences_is_said_only_of_a_synthesis() -> None:
    run = run_of(AGREED)
    assert standing.grounding(run) == ""
    run.writer.text = "Choose aluminium [A]. Paint it green."
    assert standing.grounding(run) == "50 % of sentences rest on a member"
