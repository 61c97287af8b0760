"""The minority report: whoever contradicts, in its own words, whatever the synthesis says."""

from hypothesis import given
from hypothesis import strategies as st

from council.core.events import Group, Position, Stance
from council.core.state import Found, RunState
from council.disagreement import dissent
from tests.breakdowns import AGREED, found, position, run_of

TWO_TO_ONE = found(
    "contradictions", "f2", position("A", "supports", "yes indeed"),
    position("B", "contradicts", "never reuse copper-only lugs"),
    position("C", "supports", "yes of course"), stakes="high", crux="the marking",
)  # fmt: skip


def _seats(report: dissent.Dissent) -> str:
    return "".join(voice.seat for voice in report.voices)


def test_the_side_with_fewer_voices_is_heard_in_its_own_words() -> None:
    (report,) = dissent.minority(run_of(TWO_TO_ONE, AGREED))
    (voice,) = report.voices
    assert (voice.seat, voice.quote) == ("B", "never reuse copper-only lugs")
    assert voice.target == "q-f2-B"
    assert (report.is_tie, report.denies, report.finding.crux) == (False, True, "the marking")


def test_two_of_one_family_are_one_voice_and_one_against_one_is_two_sides() -> None:
    run = run_of(TWO_TO_ONE)
    run.seats["A"].model, run.seats["C"].model = "x/claude-opus-4", "y/claude-haiku-4"
    (report,) = dissent.minority(run)
    assert (_seats(report), report.is_tie) == ("ACB", True)


def test_who_makes_the_claim_is_the_minority_where_more_deny_it() -> None:
    outnumbered = found(
        "unique_insights", "f5", position("A", "supports"), position("B", "contradicts"),
        position("C", "contradicts"),
    )  # fmt: skip
    (report,) = dissent.minority(run_of(outnumbered))
    assert (_seats(report), report.denies) == ("A", False)


def test_open_dissent_comes_before_settled_and_the_gravest_first() -> None:
    def against(name: str, **more: str) -> Found:
        sides = (position("A", "supports"), position("B", "contradicts"))
        return found("contradictions", name, *sides, **more)  # type: ignore[arg-type]

    run = run_of(against("f1", resolution="A"), against("f2", stakes="low"), against("f3"))
    assert [d.finding.id for d in dissent.minority(run)] == ["f3", "f2", "f1"]


def test_a_dissent_the_writers_last_section_quotes_is_not_told_twice() -> None:
    run = run_of(TWO_TO_ONE)
    run.writer.state = "done"
    run.writer.text = "Reuse them [A].\n\n## Mindermeinung\n“Never *reuse* copper-only lugs” [B]."
    assert dissent.untold(run) == []
    run.writer.text = "“Never reuse copper-only lugs” [B], but do.\n\n## Minority report\nB minds."
    assert len(dissent.untold(run)) == 1


def test_nothing_is_told_while_a_synthesis_may_still_come() -> None:
    run = run_of(TWO_TO_ONE, state="writing")
    assert dissent.untold(run) == []
    run.state = "stopped"
    assert len(dissent.untold(run)) == 1


_STANCES: list[Stance] = ["supports", "contradicts", "hedges", "silent"]
_GROUPS: list[Group] = ["contradictions", "consensus", "partial_coverage", "unique_insights"]
_PLACES = st.lists(
    st.builds(
        Position,
        seat=st.sampled_from("ABC"),
        stance=st.sampled_from(_STANCES),
        quote=st.just("words"),
        verified=st.booleans(),
        start=st.just(0),
        end=st.just(5),
    ),
    unique_by=lambda place: place.seat,
    max_size=3,
)


@given(st.lists(st.tuples(st.sampled_from(_GROUPS), _PLACES), max_size=5), st.booleans())
def test_whoever_contradicts_leads_to_a_minority_report(
    drawn: list[tuple[Group, list[Position]]], is_kin: bool
) -> None:
    run = run_of(*(found(group, f"f{n}", *places) for n, (group, places) in enumerate(drawn)))
    if is_kin:
        for part in run.seats.values():
            part.model = "x/claude"
    run.writer.state, run.writer.text = "done", "The writer forgot."
    told = {report.finding.id for report in dissent.untold(run)}
    assert told >= {f.finding.id for f in run.findings if _is_denied(f)}
    assert all(report.voices for report in dissent.untold(run))


def _is_denied(found: Found) -> bool:
    return any(place.stance == "contradicts" for place in found.finding.positions)


def test_a_run_without_contradiction_has_no_minority() -> None:
    assert dissent.minority(run_of(AGREED)) == dissent.minority(RunState()) == []
