"""The ten-second reading: true, at most sixty words, and never silent about what is grave."""

from hypothesis import given, settings
from hypothesis import strategies as st

from council.core.events import Group, Stakes, Stance
from council.core.failures import Failure, Kind
from council.core.state import Found, Part, RunState
from council.disagreement.verdict import MOST_WORDS, verdict
from tests.breakdowns import AGREED, OPEN, found, position, run_of

LONG = "the connection between these two parts of the old installation will hold for " * 3


def said(run: RunState) -> str:
    return verdict(run).text


def grave(count: int, *, topic: str | None = None, claim: str = LONG) -> list[Found]:
    """Open contradictions of high stakes, each with a claim of some forty words."""
    return [
        found(
            "contradictions", f"f{n}", position("A", "supports"), position("B", "contradicts"),
            stakes="high", claim=f"Claim{n} says that {claim}",
            topic=topic and f"{topic} number{n}",
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def test_the_verdict_names_the_open_contradiction_and_who_says_what() -> None:
    assert said(run_of(OPEN, AGREED)) == (
        "One open contradiction, high stakes: claim f2. A says yes; B says no. "
        "They agree on one point."
    )


def test_eight_grave_contradictions_of_forty_words_are_all_named_in_sixty_words() -> None:
    for topic in (None, "reuse of the lugs"):
        run = run_of(*grave(8, topic=topic), AGREED, seats="ABCDEFGH")
        assert len(run.findings[0].finding.claim.split()) > 40
        run.seats["H"] = Part(seat="H", state="failed")
        told = verdict(run)
        assert told.words <= MOST_WORDS
        assert told.text.startswith("Eight open contradictions, high stakes:")
        assert [pieces[0].finding for pieces in told.named] == [f"f{n}" for n in range(1, 9)]
        for number, pieces in enumerate(told.named, 1):
            assert (f"number{number}" if topic else f"Claim{number}") in pieces[0].text
        assert "7 of 8 answered: H failed." in told.text


STANCES: list[Stance] = ["supports", "contradicts", "hedges", "silent"]
STAKES: list[Stakes] = ["high", "low"]
GROUPS: list[Group] = ["contradictions", "consensus", "partial_coverage"]


@st.composite
def breakdowns(draw: st.DrawFn) -> RunState:
    """Any breakdown with up to twelve findings by up to eight members."""
    seats = "ABCDEFGH"[: draw(st.integers(2, 8))]
    findings = []
    for number in range(draw(st.integers(0, 12))):
        stances = [(seat, draw(st.sampled_from(STANCES))) for seat in seats]
        places = [position(seat, stance, verified=draw(st.booleans())) for seat, stance in stances]
        length = draw(st.integers(1, 60))
        findings.append(
            found(
                draw(st.sampled_from(GROUPS)), f"f{number}", *places,
                stakes=draw(st.sampled_from(STAKES)),
                claim=" ".join(f"word{number}" for _ in range(length)),
                resolution=draw(st.sampled_from([None, "so it is"])),
            )
        )  # fmt: skip
    run = run_of(*findings, seats=seats)
    for seat in seats[2:]:
        if draw(st.booleans()):
            run.seats[seat] = Part(seat=seat, state=draw(st.sampled_from(["failed", "refused"])))
    return run


@settings(max_examples=150, deadline=None)
@given(breakdowns())
def test_any_verdict_keeps_to_sixty_words_and_names_all_that_is_grave(run: RunState) -> None:
    told = verdict(run)
    assert told.words <= MOST_WORDS
    grave_ones = {
        one.finding.id
        for one in run.findings
        if one.finding.stakes == "high" and not one.finding.resolution
        if any(p.stance == "contradicts" for p in one.finding.positions)
    }
    pieces = [*told.lead, *(piece for item in told.named for piece in item), *told.rest]
    assert grave_ones <= {piece.finding for piece in pieces}
    assert "strong" not in told.text.lower()


def test_more_than_sixty_words_can_name_are_named_in_a_list_all_the_same() -> None:
    told = verdict(run_of(*grave(40, topic="old lugs")))
    assert len(told.named) == 40
    assert told.text.startswith("40 open contradictions, high stakes:")


def test_a_majority_that_errs_is_no_agreement_and_its_dissenter_is_named() -> None:
    wrong = [position(seat, "supports") for seat in "ABC"]
    for group in ("contradictions", "consensus"):
        planted = found(
            group, "f1", *wrong, position("D", "contradicts"), stakes="high", claim="It floats."
        )
        told = said(run_of(planted, seats="ABCD"))
        assert told.startswith(
            "One open contradiction, high stakes: It floats. A B C say yes; D says no."
        )
        assert "agree on" not in told


def test_a_dissent_the_judge_calls_settled_is_still_told() -> None:
    settled = found(
        "contradictions", "f2", position("A", "supports"), position("B", "contradicts"),
        resolution="A is right",
    )  # fmt: skip
    assert said(run_of(settled, AGREED)) == (
        "No open contradiction. One settled: claim f2. A says yes; B says no. "
        "They agree on one point."
    )


def test_what_is_called_a_contradiction_though_all_say_yes_is_no_open_one() -> None:
    told = said(run_of(found("contradictions", "f1", position("A", "supports"), stakes="high")))
    assert told.startswith("No open contradiction.")
    assert "One point is called a contradiction, but nobody is shown to contradict." in told


def test_agreement_of_kin_is_counted_in_independent_voices() -> None:
    run = run_of(AGREED)
    for seat in "AB":
        run.seats[seat].model = f"x/claude-{seat}"
    assert "They agree on one point, about two independent voices." in said(run)


def test_an_agreement_nobody_wrote_is_not_counted() -> None:
    shared = found(
        "consensus", "f1", position("A", "supports"), position("B", "supports", verified=False)
    )
    told = said(run_of(shared))
    assert "agree on" not in told
    assert "One quote could not be verified." in told


def test_the_verdict_says_who_is_missing() -> None:
    run = run_of(OPEN, seats="ABCD")
    run.seats["C"], run.seats["D"] = Part(seat="C", state="failed"), Part(seat="D", state="failed")
    assert said(run).endswith("2 of 4 answered: C D failed.")


def test_there_is_no_verdict_while_members_write() -> None:
    assert not verdict(run_of(state="members", breakdown="none"))


def test_one_answer_is_never_called_a_council() -> None:
    run = run_of(state="partial", breakdown="skipped")
    for letter in "AC":
        run.seats[letter] = Part(seat=letter, state="empty")
    assert said(run).startswith("Only B answered.")


def test_a_run_nobody_answered_says_so() -> None:
    assert said(run_of(state="failed", breakdown="skipped")).startswith("Nobody answered.")


def test_a_stopped_run_says_what_is_kept() -> None:
    told = said(run_of(state="stopped"))
    assert told == "Stopped. 3 of 3 had answered. What had arrived is kept."


def test_a_failed_judge_is_said_and_the_answers_are_counted() -> None:
    failure = Failure(kind=Kind.BAD_STREAM, message="unreadable")
    run = run_of(state="partial", breakdown="failed", breakdown_failure=failure)
    assert said(run).startswith("No comparison. Three answers stand below")
