"""Two breakdowns of the same answers, matched by code; and a member that was asked twice."""

import pytest

from council.core.events import Finding, Group, Position, Stance
from council.core.state import Found, Part, RunState
from council.disagreement.echoes import echo
from council.disagreement.judgings import compare

TEXTS = {
    "A": "Take steel, because it can be welded anywhere in the world.",
    "B": "Take aluminium, because it is light and does not rust at all.",
    "C": "Either metal works; buy the frame that fits your back.",
}


def point(claim: str, group: Group = "contradictions", stakes: str = "high", **said: str) -> Found:
    """A claim; "+words" supports, "-words" contradicts, "~words" hedges, in words of the seat."""
    stances: dict[str, Stance] = {"+": "supports", "-": "contradicts", "~": "hedges"}
    positions = []
    for seat, quote in said.items():
        start = TEXTS.get(seat, "").find(quote[1:])
        found = start >= 0
        positions.append(
            Position(
                seat=seat,
                stance=stances[quote[0]],
                quote=quote[1:],
                verified=found,
                start=start if found else None,
                end=start + len(quote) - 1 if found else None,
            )
        )
    finding = Finding(id="f1", claim=claim, stakes=stakes, positions=tuple(positions))
    return Found(group=group, finding=finding)


def run(*findings: Found, **instead: str) -> RunState:
    """A compared run of three."""
    seats = {
        letter: Part(seat=letter, model=f"lab/{letter}", state="done", text=text)
        for letter, text in {**TEXTS, **instead}.items()
    }
    return RunState(
        state="done", seats=seats, judged="".join(seats), breakdown="done", findings=list(findings)
    )


def test_points_are_one_where_they_rest_on_overlapping_words_however_they_are_put() -> None:
    first = run(point("Steel is better.", A="+Take steel, because", B="-Take aluminium"))
    second = run(
        point("Repair decides.", A="+steel, because it can be welded", B="-Take aluminium, because")
    )
    found = compare(first, second)
    assert len(found.both) == 1
    assert found.summary == "1 of 1 point is in both, with the same stance everywhere."


def test_points_are_one_where_their_claims_say_nearly_the_same() -> None:
    first = run(point("A steel frame can be repaired on the road.", A="+welded anywhere"))
    second = run(point("Steel frames: the frame can be repaired on a road", B="~it is light"))
    (pair,) = compare(first, second).both
    assert [(cell.seat, cell.first, cell.second) for cell in pair.cells if cell.is_flipped] == [
        ("A", "supports", "silent"),
        ("B", "silent", "hedges"),
    ]


def test_each_point_has_at_most_one_partner_and_that_is_the_most_alike() -> None:
    near = point("Steel lasts longer than aluminium.", A="+Take steel")
    nearer = point("Steel lasts longer than aluminium does.", A="+Take steel, because")
    other = point("Fit matters.", "consensus", "low", C="+fits your back")
    found = compare(run(near, other), run(nearer, near))
    assert [(p.first, p.second) for p in found.both] == [(near, near)]
    assert [one.found for one in found.only_first] == [other]
    assert [one.found for one in found.only_second] == [nearer]
    assert found.summary.startswith("1 of 3 points are in both")


def test_a_stance_read_differently_and_other_stakes_are_shown_flipped_points_first() -> None:
    same = point("Fit matters.", "consensus", "low", C="+fits your back")
    first = run(same, point("Weight decides.", A="+welded anywhere", B="-it is light"))
    second = run(
        same, point("Weight decides.", "consensus", "low", A="+welded anywhere", B="+it is light")
    )
    found = compare(first, second)
    flipped = found.both[0]
    assert flipped.flips == found.flips == 1
    assert not flipped.is_same_stakes
    assert not flipped.is_same_group
    assert found.summary == "2 of 2 points are in both; they disagree on 1 stance."


def test_what_nobody_addressed_is_never_the_same_as_what_somebody_said() -> None:
    first = run(point("The price is not compared.", "blind_spots"))
    second = run(point("The price is not compared.", "consensus", C="+Either metal works"))
    found = compare(first, second)
    assert found.both == ()
    assert found.summary == "0 of 2 points are in both."


def test_a_seat_that_answered_anew_is_left_out_of_the_comparison() -> None:
    first = run(point("Weight decides.", A="+welded", B="-it is light"), B="Take titanium.")
    second = run(point("Weight decides.", A="+welded", B="+it is light"))
    found = compare(first, second)
    assert (found.letters, found.changed, found.flips) == ("AC", "B", 0)


def test_without_points_there_is_nothing_to_compare() -> None:
    assert compare(run(), run()).summary == "Neither judge made a point."


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("-Take steel", "On the one contested point it contradicts A: asked twice, this model"),
        ("+Take steel", "On the one contested point it stands where A stands."),
        ("~Take steel", "On the one contested point it stands elsewhere than A, without"),
    ],
)
def test_a_second_sample_is_noise_or_a_contradiction_of_its_own(said: str, words: str) -> None:
    state = run(point("Steel is better.", A="+Take steel", B="-Take aluminium", D=said), D="Steel.")
    state.seats["D"].sample_of = "A"
    assert echo(state, "D").startswith(words)
    assert echo(state, "A") == ""
    state.judged = "ABC"
    assert echo(state, "D") == ""
