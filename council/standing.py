"""Where the members stand: the breakdown as a page shows it, claim by member, and its verdict.

Pure functions over `council.core.state`. A position counts as support only when its
quote was found in the answer; whatever else the judge says is shown, not counted.
"""

from dataclasses import dataclass

from council import grounding as sourcing
from council import settling, words
from council.core import independence
from council.core.events import Finding, Group, Position, Stakes, Stance
from council.core.state import Found, Part, RunState

_STAKES: dict[Stakes, int] = {"high": 0, "medium": 1, "low": 2}
_GROUPS: dict[Group, int] = {
    "contradictions": 0,
    "partial_coverage": 2,
    "consensus": 3,
    "unique_insights": 4,
    "blind_spots": 5,
}


@dataclass(frozen=True)
class Cell:
    """What one member says about one claim. ``target`` is the id of its marked words, or empty."""

    seat: str
    stance: Stance
    quote: str
    is_verified: bool
    target: str

    @property
    def sign(self) -> str:
        """✓ ✗ ~ or —."""
        return words.stance_sign(self.stance)

    @property
    def words(self) -> str:
        """The cell as a sentence for those who do not see the sign."""
        said = f"{self.seat} {words.stance_words(self.stance)}"
        return said if self.is_verified or self.stance == "silent" else f"{said}, unverified"


@dataclass(frozen=True)
class Row:
    """One claim and a cell for every seat, in the order of the columns."""

    finding: Finding
    kind: str
    cells: tuple[Cell, ...]
    is_contested: bool
    is_hot: bool
    settled: settling.Settled

    @property
    def is_open(self) -> bool:
        """A contradiction nobody has settled."""
        return self.is_contested and not self.settled.is_settled

    @property
    def quoted(self) -> list[Cell]:
        """The cells that come with words to show."""
        return [cell for cell in self.cells if cell.quote]


@dataclass(frozen=True)
class Piece:
    """A stretch of the verdict: plain, strong, or a member's letter."""

    text: str
    is_strong: bool = False
    is_letter: bool = False


def rows(run: RunState) -> list[Row]:
    """Every claim but the blind spots: contested first, then by stakes, else the judge's order."""
    claims = [found for found in run.findings if found.group != "blind_spots"]
    settled = settling.settled(run)
    return [
        _row(run, found, settled.get(found.finding.id, settling.Settled()))
        for found in sorted(claims, key=_rank)
    ]


def blind_spots(run: RunState) -> list[Finding]:
    """What nobody addressed."""
    return [found.finding for found in run.findings if found.group == "blind_spots"]


def _rank(found: Found) -> tuple[int, int]:
    place = _GROUPS[found.group]
    if place and settling.is_contested(found):
        place = 1
    return place, _STAKES[found.finding.stakes]


def _row(run: RunState, found: Found, settled: settling.Settled) -> Row:
    finding = found.finding
    said = {position.seat: position for position in finding.positions}
    contested = settling.is_contested(found)
    return Row(
        finding=finding,
        kind=_kind(run, found, settled),
        cells=tuple(_cell(finding.id, letter, said.get(letter)) for letter in run.seats),
        is_contested=contested,
        is_hot=contested and finding.stakes == "high",
        settled=settled,
    )


def _cell(finding_id: str, letter: str, position: Position | None) -> Cell:
    if position is None or position.stance == "silent":
        return Cell(letter, "silent", "", False, "")
    verified = position.verified and position.start is not None
    target = f"q-{finding_id}-{letter}" if verified else ""
    return Cell(letter, position.stance, position.quote, verified, target)


def backing(finding: Finding, stance: Stance = "supports") -> str:
    """The letters that take this stance in words code has found."""
    return "".join(p.seat for p in finding.positions if p.stance == stance and p.verified)


def _kind(run: RunState, found: Found, settled: settling.Settled) -> str:
    finding, stakes = found.finding, f", {found.finding.stakes} stakes"
    if settling.is_contested(found):
        return ("Contradiction, settled" if settled.is_settled else "Contradiction") + stakes
    backed = backing(finding)
    if found.group == "consensus":
        return _agreement(run, backed)
    if found.group == "unique_insights":
        return f"Only {words.letters_words(backed)}" if backed else "Only one, unverified"
    return "Partly covered"


def _agreement(run: RunState, backed: str) -> str:
    if not backed:
        return "Agreement, no quote verified"
    if len(backed) == len(run.judged or run.seats):
        said = f"All {words.number_words(len(backed))} agree" if len(backed) > 2 else "Both agree"
    else:
        said = f"{words.letters_words(backed)} {'agrees' if len(backed) == 1 else 'agree'}"
    voices = {independence.family(run.seats[s].model) for s in backed if s in run.seats}
    if not 0 < len(voices) < len(backed):
        return said
    noun = "voice" if len(voices) == 1 else "voices"
    return f"{said}, about {words.number_words(len(voices))} independent {noun}"


def verdict(run: RunState) -> list[Piece]:
    """The ten-second reading, made from data alone; empty while there is nothing to say."""
    if run.is_final and run.state in ("failed", "stopped", "interrupted"):
        return _ended_early(run)
    if run.is_final and len(run.usable) == 1 and len(run.seats) > 1:
        return _single(run)
    if run.breakdown == "done":
        return [*_contradictions(run), *_agreements(run), *_absent(run)]
    if run.is_final and run.breakdown == "failed":
        return [
            Piece("No comparison.", is_strong=True),
            Piece(
                f" {words.number_words(len(run.usable)).capitalize()} answers stand below; "
                "the judge's comparison could not be had."
            ),
            *_absent(run),
        ]
    return []


def _ended_early(run: RunState) -> list[Piece]:
    if run.state == "failed":
        return [
            Piece("Nobody answered.", is_strong=True),
            Piece(" Each reason stands in its column; the question is kept below."),
        ]
    kept = "What had arrived is kept." if any(p.text for p in run.parts) else "Nothing had arrived."
    return [
        Piece(f"{run.state.capitalize()}.", is_strong=True),
        Piece(f" {len(run.usable)} of {len(run.seats)} had answered. {kept}"),
    ]


def _single(run: RunState) -> list[Piece]:
    letter = run.usable[0].seat
    return [
        Piece("Only ", is_strong=True),
        Piece(letter, is_letter=True),
        Piece(" answered.", is_strong=True),
        Piece(" There was nothing to compare it with: this is one model's answer, unchecked."),
    ]


def _open_contradictions(run: RunState) -> list[Row]:
    return [row for row in rows(run) if row.is_open]


def _contradictions(run: RunState) -> list[Piece]:
    open_rows = _open_contradictions(run)
    if not open_rows:
        return [Piece("No open contradiction.", is_strong=True)]
    first, count = open_rows[0], len(open_rows)
    noun = "contradiction" if count == 1 else "contradictions"
    stakes = ", high stakes" if first.is_hot and count == 1 else ""
    lead = f"{words.number_words(count).capitalize()} open {noun}{stakes}: "
    if count > 1:
        lead = f"{words.number_words(count).capitalize()} open {noun}. " + (
            "The gravest: " if first.is_hot else "The first: "
        )
    claim = first.finding.claim.rstrip(" .")
    return [Piece(lead), Piece(f"{claim}.", is_strong=True), *_sides(first)]


def _sides(row: Row) -> list[Piece]:
    pieces: list[Piece] = []
    for stance, verb in (("supports", "yes"), ("contradicts", "no"), ("hedges", "it depends")):
        letters = [cell.seat for cell in row.cells if cell.stance == stance]
        if letters:
            pieces.append(Piece("; " if pieces else " "))
            pieces += [Piece(letter, is_letter=True) for letter in letters]
            pieces.append(Piece(f" {'says' if len(letters) == 1 else 'say'} {verb}"))
    return [*pieces, Piece(".")] if pieces else []


def _agreements(run: RunState) -> list[Piece]:
    agreed = [f for f in run.findings if f.group == "consensus" and len(backing(f.finding)) > 1]
    if not agreed:
        return [Piece(" No point of agreement is backed by verified quotes.")]
    points = "point" if len(agreed) == 1 else "points"
    return [Piece(f" They agree on {words.number_words(len(agreed))} {points}.")]


def _absent(run: RunState) -> list[Piece]:
    absent = [part for part in run.seats.values() if part.is_final and not part.is_usable]
    if not absent:
        return []
    pieces = [Piece(f" {len(run.usable)} of {len(run.seats)} answered: ")]
    for index, part in enumerate(absent):
        pieces += [Piece(", " if index else ""), Piece(part.seat, is_letter=True)]
        pieces.append(Piece(f" {_absence(part)}"))
    return [*pieces, Piece(".")]


def _absence(part: Part) -> str:
    return {"failed": "failed", "refused": "refused", "filtered": "was withheld"}.get(
        part.state, "gave no answer"
    )


def judge_notes(run: RunState) -> list[str]:
    """What a careful reader wants to know about the comparison, a sentence each."""
    notes = [_judge_seat(run)]
    if run.order and not _was_passed_over(run.judge):
        notes.append(f"Read {', '.join(run.order)} in that order, with model names hidden.")
    if run.partial:
        verb = "stops" if len(run.partial) == 1 else "stop"
        notes.append(f"Was told that {words.letters_words(run.partial)} {verb} short.")
    if run.trimmed:
        notes.append(
            f"Was shown only the beginning and the end of {words.letters_words(run.trimmed)}: all "
            "answers together are too long for it."
        )
    quotes = [p for f in run.findings for p in f.finding.positions if p.quote]
    if quotes:
        verified = len(quotes) - run.unverified_quotes
        notes.append(f"{verified} of {len(quotes)} quotes verified.")
    if len(run.usable) < len(run.seats) and run.is_final:
        notes.append(f"{len(run.usable)} of {len(run.seats)} answered.")
    if run.unjudged and run.order:
        late = words.letters_words("".join(run.unjudged))
        verb = "is" if len(run.unjudged) == 1 else "are"
        notes.append(f"{late} came later and {verb} not judged.")
    if run.judge.is_final and run.judge.attempt:
        tokens = run.judge.usage.completion
        written = "" if tokens is None else f"{tokens:,} tokens, "
        notes.append(f"{written}{words.cost_words(run.judge)}.".capitalize())
    return notes


def _was_passed_over(part: Part) -> bool:
    return part.state == "failed" and not part.attempt


def _judge_seat(run: RunState) -> str:
    name, panel = words.short_model(run.judge.model), [p.model for p in run.seats.values()]
    if not independence.is_independent(run.judge.model, panel):
        return f"{name}, which also sits on the panel: it compares an answer of its own."
    if independence.same_family(run.judge.model, panel):
        return f"{name}, not on the panel, but of the same family as a member."
    return f"{name}, not on the panel."


def grounding(run: RunState) -> str:
    """How much of the synthesis names the members it rests on; empty when there is none."""
    share = sourcing.sourced_share(run.writer.text, "".join(run.seats))
    return "" if share is None else f"{share:.0%} of sentences rest on a member".replace("%", " %")
