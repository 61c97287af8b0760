"""The judge's comparison, read while it streams and checked against the answers.

What the judge should send is `council.core.prompts.JUDGE_SCHEMA`. What judges do send is
read as well: lists under other names, the shape of OpenRouter's Fusion, strings where
objects belong, seats and stances spelled freely. Nothing is made up on the way: a point
without a claim is dropped, a seat nobody sits on is dropped and counted, a quote that
does not stand in that seat's answer stays unverified.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from council.core import salvage
from council.core.events import Finding, Group, Position, Stance
from council.core.quotes import Text
from council.core.spellings import (
    CLAIM,
    CRUX,
    KIND,
    POSITIONS,
    QUOTE,
    RESOLUTION,
    SEAT,
    STAKES,
    STANCE,
    TOPIC,
    clean,
    group_named,
    key,
    seats_named,
    stakes_named,
    stance_named,
)  # fmt: skip
from council.core.state import Found

MAX_FINDINGS = 60
MAX_CLAIM = 600
MAX_QUOTE = 1_000
_MAX_POSITIONS = 40
_MAX_QUOTES = 5
"""Only hostile output names more; looking up quotes is the dear part."""

_OURS = frozenset({"analysis", "findings", "claim"})
_SINGLE_SEAT = ("seat", "model", "member")
_PREFIX = re.compile(r"([^:–—]{1,40}?)\s*[:–—]\s*(.+)", re.DOTALL)
_NOTHING = re.compile(
    r"\s*(?:none|nothing|n/?a|null)(?: (?:found|identified|noted|to report))?[\s.!]*", re.IGNORECASE
)

Fields = dict[str, JsonValue]


@dataclass(frozen=True)
class Result:
    """How the reading ended.

    ``found`` holds what no `Reader.feed` returned. ``problem`` is the sentence for the
    one re-ask, None when the comparison is usable. ``note`` tells readers of the page
    what is missing from it, "" when nothing is.
    """

    found: list[Found]
    problem: str | None
    note: str


class Reader:
    """Reads one judge's output. ``answers`` are the texts it was shown, by letter."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self._letters = "".join(sorted(answers))
        self._answers = dict(answers)
        self._texts: dict[str, Text] = {}  # made ready when first quoted: it takes a while
        self._scanner = salvage.Scanner(_is_ours)
        self._count = 0
        self._dropped = 0
        self._surplus = 0
        self._strangers = 0
        self._has_lists = False
        self._is_blank = True

    def feed(self, text: str) -> list[Found]:
        """Take more of the output in; the findings it completed, each returned once."""
        self._is_blank = self._is_blank and not text.strip()
        return self._taken(self._scanner.feed(text))

    def close(self) -> Result:
        """No more comes: the rest of the findings, and whether the whole is usable."""
        found = self._taken(self._scanner.close())
        problem = self._problem()
        return Result(found, problem, "" if problem else self._note())

    def _problem(self) -> str | None:
        if self._count:
            return None
        if self._is_blank:
            return "The answer was empty."
        if self._scanner.is_cut:
            return "The JSON object stops before its first finding is complete."
        if self._dropped:
            return 'No finding has a "claim": each needs one, as text.'
        if self._has_lists:
            return None
        if self._scanner.has_begun:
            return 'The JSON object has none of the five lists, such as "contradictions".'
        return "It holds no JSON object with the five lists."

    def _note(self) -> str:
        notes = []
        if self._scanner.is_cut:
            notes.append("The comparison stops short: the judge's output was cut off.")
        if self._dropped:
            notes.append(f"{_points(self._dropped)} of the judge could not be used.")
        if self._surplus:
            notes.append(f"Only its first {MAX_FINDINGS} points are shown.")
        if self._strangers:
            notes.append(f"The judge named seats that do not exist {self._strangers}×.")
        return " ".join(notes)

    def _taken(self, pieces: list[salvage.Piece]) -> list[Found]:
        found = []
        for path, value in pieces:
            group = self._group(path, value)
            if group is None or _says_nothing(value):
                continue
            if self._count == MAX_FINDINGS:
                self._surplus += 1
            elif finding := self._finding(group, value):
                found.append(Found(group=group, finding=finding))
            else:
                self._dropped += 1
        return found

    def _group(self, path: salvage.Path, value: JsonValue) -> Group | None:
        """The list this value is an item of; None for anything that is no item."""
        named = _named(path)
        if named is None:
            return _loose_group(path, value)
        self._has_lists = True
        group, inner = named
        is_item = len(inner) == 1 and isinstance(inner[0], int)
        is_only_item = not inner and not isinstance(value, list)
        return group if is_item or is_only_item else None

    def _finding(self, group: Group, value: JsonValue) -> Finding | None:
        fields: Fields = _fields(value) if isinstance(value, dict) else {"claim": value}
        topic = clean(_first(fields, TOPIC), MAX_CLAIM)
        claim = clean(_first(fields, CLAIM, str), MAX_CLAIM) or topic
        if not claim:
            return None
        self._count += 1
        return Finding(
            id=f"f{self._count}",
            claim=claim,
            stakes=stakes_named(_first(fields, STAKES)),
            positions=() if group == "blind_spots" else self._positions(group, fields),
            topic=topic if topic and topic != claim else None,
            crux=clean(_first(fields, CRUX), MAX_CLAIM) or None,
            resolution=clean(_first(fields, RESOLUTION), MAX_CLAIM) or None,
        )

    def _positions(self, group: Group, fields: Fields) -> tuple[Position, ...]:
        """One position per seat of the panel; none at all where the judge names no seat."""
        by_seat: dict[str, Position] = {}
        for said in _sayings(fields, self._letters)[:_MAX_POSITIONS]:
            seats = seats_named(_first(said, SEAT), self._letters)
            self._strangers += not seats
            for seat in seats:
                position = self._position(group, seat, said)
                known = by_seat.get(seat)
                if known is None or _weight(position) > _weight(known):
                    by_seat[seat] = position
        if not by_seat:
            return ()
        return tuple(by_seat.get(s) or Position(seat=s, stance="silent") for s in self._letters)

    def _position(self, group: Group, seat: str, said: Fields) -> Position:
        stance, quotes = _stance(group, said)
        if stance == "silent" or not quotes:
            return Position(seat=seat, stance=stance)
        for quote in quotes:
            if span := self._text(seat).find(quote):
                return Position(
                    seat=seat, stance=stance, quote=quote, verified=True, start=span[0], end=span[1]
                )
        return Position(seat=seat, stance=stance, quote=quotes[0])

    def _text(self, seat: str) -> Text:
        if seat not in self._texts:
            self._texts[seat] = Text(self._answers[seat])
        return self._texts[seat]


def _is_ours(name: str) -> bool:
    return group_named(name) is not None or key(name) in _OURS


def _named(path: salvage.Path) -> tuple[Group, salvage.Path] | None:
    """The first list named on the path, and the way on inside it."""
    for i, part in enumerate(path):
        if isinstance(part, str) and (group := group_named(part)):
            return group, path[i + 1 :]
    return None


def _says_nothing(value: JsonValue) -> bool:
    """True for what stands in a list only because the judge did not dare leave it empty."""
    return not value or (isinstance(value, str) and bool(_NOTHING.fullmatch(value[:60])))


def _points(count: int) -> str:
    return "1 point" if count == 1 else f"{count} points"


def _weight(position: Position) -> tuple[bool, bool]:
    return position.stance != "silent", position.verified


def _fields(value: dict[str, JsonValue]) -> Fields:
    return {key(name): said for name, said in value.items()}


def _first(fields: Fields, names: tuple[str, ...], kind: type = object) -> JsonValue:
    """The first of these fields that says something, of this kind."""
    for name in names:
        value = fields.get(name)
        if value not in (None, "", []) and isinstance(value, kind):
            return value
    return None


def _loose_group(path: salvage.Path, value: JsonValue) -> Group | None:
    """The group of a finding in a plain list: as labelled, else as its stances suggest."""
    if not isinstance(value, dict) or not path or not isinstance(path[-1], int):
        return None
    fields = _fields(value)
    if "claim" not in fields or any(map(group_named, value)):
        return None
    label = _first(fields, KIND, str)
    if isinstance(label, str) and (group := group_named(label)):
        return group
    stances = {stance_named(_first(said, STANCE)) for said in _sayings(fields, "")}
    return "contradictions" if "contradicts" in stances else "partial_coverage"


def _sayings(fields: Fields, letters: str) -> list[Fields]:
    """Who says what, one set of fields with a ``seat`` for each."""
    sayings: list[Fields] = []
    for name in POSITIONS:
        value = fields.get(name)
        if isinstance(value, dict):
            sayings += [_said(seat, what) for seat, what in value.items()]
        elif isinstance(value, list):
            sayings += [_listed(one, letters) for one in value[: _MAX_POSITIONS + 1]]
        elif isinstance(value, str) and seats_named(value, letters):
            sayings.append({"seat": value})
    single = _first(fields, _SINGLE_SEAT, str)
    if single is not None:
        sayings.append({**fields, "seat": single})
    return sayings


def _listed(value: JsonValue, letters: str) -> Fields:
    """One entry of a list of positions: fields, "A", or "A: what it says"."""
    if isinstance(value, dict):
        return _fields(value)
    if isinstance(value, str) and not seats_named(value, letters):
        parts = _PREFIX.fullmatch(value[: 2 * MAX_QUOTE])
        if parts and seats_named(parts[1], letters):
            return _said(parts[1], parts[2])
    return {"seat": value}


def _said(seat: str, what: JsonValue) -> Fields:
    if isinstance(what, dict):
        return {**_fields(what), "seat": seat}
    return {"seat": seat, "quotes" if isinstance(what, list) else "stance": what}


def _stance(group: Group, said: Fields) -> tuple[Stance, list[str]]:
    """The stance, and the quotes offered for it.

    Where the stance is a sentence rather than a label, as in Fusion, the sentence is kept
    as the quote, and a seat named in a contradiction contradicts somebody.
    """
    quotes = _quotes(said)
    spelled = _first(said, STANCE)
    if spelled is not None and (stance := stance_named(spelled)):
        return stance, quotes
    if spelled is None and not quotes and any(name in said for name in STANCE):
        return "silent", []
    sentence = clean(spelled, MAX_QUOTE)
    return (
        "contradicts" if group == "contradictions" else "supports",
        quotes or ([sentence] if sentence else []),
    )


def _quotes(said: Fields) -> list[str]:
    offered: list[JsonValue] = []
    for name in QUOTE:
        value = said.get(name)
        offered += value[:_MAX_QUOTES] if isinstance(value, list) else [value]
    texts = [
        clean(_first(_fields(one), QUOTE) if isinstance(one, dict) else one, MAX_QUOTE)
        for one in offered
    ]
    return [text for text in texts if text][:_MAX_QUOTES]
