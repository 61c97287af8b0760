"""Where the members stand: the breakdown as a page shows it, claim by member.

Pure functions over `council.core.state`. A position counts as support only when its
quote was found in the answer; whatever else the judge says is shown, not counted. A claim is
contested when somebody is shown to contradict it, in whatever list the judge put it; one it
calls a contradiction though nobody does is told as what it is.
"""

from dataclasses import dataclass

from council import words
from council.core.events import Finding, Group, Position, Stakes, Stance
from council.core.state import Found, RunState
from council.disagreement import grounding as sourcing
from council.disagreement import settling, voices

_STAKES: dict[Stakes, int] = {"high": 0, "medium": 1, "low": 2}
_GROUPS: dict[Group, int] = {
    "contradictions": 0,
    "partial_coverage": 1,
    "consensus": 2,
    "unique_insights": 3,
    "blind_spots": 4,
}
SAYS: dict[Stance, str] = {
    "supports": "yes",
    "contradicts": "no",
    "hedges": "it depends",
    "silent": "nothing",
}


@dataclass(frozen=True)
class Cell:
    """What one member says about one claim. ``target`` is the id of its marked words, or empty.

    ``is_judged`` is false for a seat whose answer the judge did not read.
    """

    seat: str
    stance: Stance
    quote: str
    is_verified: bool
    target: str
    is_judged: bool = True

    @property
    def sign(self) -> str:
        """✓ ✗ ~ or —; nothing for who was not judged."""
        return words.stance_sign(self.stance) if self.is_judged else ""

    @property
    def words(self) -> str:
        """The cell as a sentence for those who do not see the sign."""
        if not self.is_judged:
            return f"{self.seat} was not judged"
        said = f"{self.seat} {words.stance_words(self.stance)}"
        return said if self.is_verified or self.stance == "silent" else f"{said}, unverified"

    @property
    def none(self) -> str:
        """Why there are no words to show in this member's column."""
        if not self.is_judged:
            return f"{self.seat} was not judged"
        if self.stance == "silent":
            return f"{self.seat} says nothing on this"
        if not self.quote:
            return f"{self.seat} {words.stance_words(self.stance)}, without a quote"
        return f"{self.seat}: the words quoted were not found"


@dataclass(frozen=True)
class Side:
    """The seats that take one stance on a claim, apart by whether their words were found."""

    stance: Stance
    seats: str
    is_verified: bool

    @property
    def says(self) -> str:
        """``yes``, ``no`` or ``it depends``, and whether it could be verified."""
        return SAYS[self.stance] + ("" if self.is_verified else ", unverified")


@dataclass(frozen=True)
class Row:
    """One claim and a cell for every seat, in the order of the columns.

    ``is_hot``: contested, and its stakes are high. ``is_disputed``: called a contradiction,
    though nobody contradicts. ``why``: who of those that agree counts once, a sentence each.
    """

    finding: Finding
    kind: str
    cells: tuple[Cell, ...]
    is_contested: bool
    is_hot: bool
    is_disputed: bool
    settled: settling.Settled
    why: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """A contradiction nobody has settled."""
        return self.is_contested and not self.settled.is_settled

    @property
    def quoted(self) -> list[Cell]:
        """The cells that come with words to show."""
        return [cell for cell in self.cells if cell.quote]

    @property
    def has_evidence(self) -> bool:
        """True when somebody's words can be shown where they stand."""
        return any(cell.target for cell in self.cells)

    @property
    def sides(self) -> list[Side]:
        """Who says yes, who no, who it depends; nobody who is silent."""
        seats: dict[tuple[Stance, bool], str] = {}
        for stance in ("supports", "contradicts", "hedges"):
            for cell in self.cells:
                if cell.stance == stance:
                    key = cell.stance, cell.is_verified
                    seats[key] = seats.get(key, "") + cell.seat
        return [Side(stance, letters, found) for (stance, found), letters in seats.items()]


def rows(run: RunState) -> list[Row]:
    """Every claim but the blind spots: contested first, then by stakes and list.

    While the judge still compares they stand in the order in which they came, so that no claim
    pushes away one that is being read; it is told to begin with the contradictions.
    """
    claims = [found for found in run.findings if found.group != "blind_spots"]
    if run.breakdown != "running":
        claims.sort(key=_rank)
    settled = settling.settled(run)
    return [_row(run, one, settled.get(one.finding.id, settling.Settled())) for one in claims]


def blind_spots(run: RunState) -> list[Finding]:
    """What nobody addressed."""
    return [found.finding for found in run.findings if found.group == "blind_spots"]


def backing(finding: Finding, stance: Stance = "supports") -> str:
    """The letters that take this stance in words code has found."""
    return "".join(p.seat for p in finding.positions if p.stance == stance and p.verified)


def agreed(run: RunState) -> list[str]:
    """For every point of agreement nobody contradicts, the letters whose words show it."""
    shared = [f for f in run.findings if f.group == "consensus" and not settling.is_contested(f)]
    return [letters for f in shared if len(letters := backing(f.finding)) > 1]


def _rank(found: Found) -> tuple[int, int, int]:
    place = 0 if settling.is_contested(found) else 1 if found.group == "contradictions" else 2
    return place, _STAKES[found.finding.stakes], _GROUPS[found.group]


def _row(run: RunState, found: Found, settled: settling.Settled) -> Row:
    finding = found.finding
    said = {position.seat: position for position in finding.positions}
    is_contested = settling.is_contested(found)
    return Row(
        finding=finding,
        kind=_kind(run, found, settled),
        cells=tuple(_cell(run, finding.id, letter, said.get(letter)) for letter in run.seats),
        is_contested=is_contested,
        is_hot=is_contested and finding.stakes == "high",
        is_disputed=not is_contested and found.group == "contradictions",
        settled=settled,
        why=tuple(voices.reasons(run, backed)) if (backed := backing(finding)) else (),
    )


def _cell(run: RunState, finding_id: str, letter: str, position: Position | None) -> Cell:
    if position is None or position.stance == "silent":
        return Cell(letter, "silent", "", False, "", letter in run.order or not run.order)
    verified = position.verified and position.start is not None
    target = f"{finding_id}.{letter}" if verified else ""
    return Cell(letter, position.stance, position.quote, verified, target)


def _kind(run: RunState, found: Found, settled: settling.Settled) -> str:
    finding = found.finding
    stakes = f", {finding.stakes} stakes" if finding.stakes == "high" else ""
    backed = backing(finding)
    if settling.is_contested(found):
        return _contradiction(finding, settled)
    if found.group == "contradictions":
        return _disputed(finding) + stakes
    if found.group == "consensus":
        return _agreement(run, backed) + stakes
    if found.group == "unique_insights":
        return (
            f"Only {words.letters_words(backed)}" if backed else "Only one, unverified"
        ) + stakes
    return f"Partly covered{stakes}"


def _contradiction(finding: Finding, settled: settling.Settled) -> str:
    how = ", settled" if settled.is_settled else ""
    verified = "" if backing(finding, "contradicts") else ", its quote unverified"
    return f"Contradiction{how}, {finding.stakes} stakes{verified}"


def _disputed(finding: Finding) -> str:
    """What the judge calls a contradiction, as far as anybody is shown to take part in it."""
    agree, hedge = (
        "".join(p.seat for p in finding.positions if p.stance == stance)
        for stance in ("supports", "hedges")
    )
    if not agree and not hedge:
        return "Called a contradiction, but nobody is named on either side"
    if hedge:
        sides = [f"{words.letters_words(agree)} {_say(agree)} yes"] if agree else []
        sides.append(f"{words.letters_words(hedge)} {'hedges' if len(hedge) == 1 else 'hedge'}")
        return f"Called a contradiction, but nobody says no: {words.list_words(sides)}"
    every = " both" if len(agree) == 2 else " all" if len(agree) > 2 else ""
    only = "only " if len(agree) == 1 else ""
    return (
        f"Called a contradiction, but {only}{words.letters_words(agree)}{every} {_say(agree)} yes"
    )


def _say(letters: str) -> str:
    return "says" if len(letters) == 1 else "say"


def _agreement(run: RunState, backed: str) -> str:
    if not backed:
        return "Agreement, no quote verified"
    if len(backed) == len(run.judged or run.seats) and len(backed) > 1:
        said = f"All {words.number_words(len(backed))} agree" if len(backed) > 2 else "Both agree"
    elif len(backed) == 1:
        return f"Called an agreement, but only {backed} is shown to say so"
    else:
        said = f"{words.letters_words(backed)} agree"
    about = voices.about(run, backed)
    return f"{said}, {about}" if about else said


def grounding(run: RunState) -> str:
    """How much of the synthesis names the members it rests on; empty when there is none."""
    share = sourcing.sourced_share(run.writer.text, "".join(run.seats))
    return "" if share is None else f"{share:.0%} of sentences rest on a member".replace("%", " %")
