"""What the builder's buttons do to a draft: add, remove, undo, duplicate, move, and begin."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from council.core.plan import LETTERS, MAX_SEATS
from council.drafts import Draft, SeatDraft
from council.starters import begin


@dataclass(frozen=True)
class Pressed:
    """A draft after a press. ``said`` is the sentence for it; ``key`` and ``part`` are the seat
    and its field or button that the person goes on from."""

    draft: Draft
    said: str = ""
    key: str = ""
    part: str = ""


def press(draft: Draft, what: str) -> Pressed:
    """The draft after a button's ``what``: ``add``, ``undo``, or ``up:KEY`` and the like.

    A button that is no longer possible, or that nobody knows, leaves everything as it is.
    """
    name, _, rest = what.partition(":")
    key, _, more = rest.partition(":")
    if name == "add":
        return _add(draft)
    if name == "undo":
        return _undo(draft)
    at = next((n for n, seat in enumerate(draft.seats) if seat.key == key), None)
    if at is None or name not in _PRESSES:
        return Pressed(draft)
    return _PRESSES[name](draft, at, more)


def _add(draft: Draft) -> Pressed:
    if len(draft.seats) >= MAX_SEATS:
        return Pressed(draft, _FULL)
    seat = SeatDraft(_new_key(draft))
    letter = LETTERS[len(draft.seats)]
    return Pressed(_with(draft, *draft.seats, seat), f"Seat {letter} added.", seat.key, "model")


def _undo(draft: Draft) -> Pressed:
    if draft.removed is None:
        return Pressed(draft)
    if len(draft.seats) >= MAX_SEATS:
        return Pressed(draft, f"{_FULL} Remove one to bring the other back.")
    seat, at = replace(draft.removed, key=_new_key(draft)), min(draft.removed_at, len(draft.seats))
    seats = (*draft.seats[:at], seat, *draft.seats[at:])
    back = replace(draft, seats=seats, removed=None, removed_at=0)
    return Pressed(back, f"Seat {LETTERS[at]} is back.", seat.key, "model")


def _remove(draft: Draft, at: int, _more: str) -> Pressed:
    if len(draft.seats) == 1:
        return Pressed(draft, "A council has at least one seat.", draft.seats[0].key, "remove")
    seats = (*draft.seats[:at], *draft.seats[at + 1 :])
    gone = draft.seats[at]
    if gone.is_empty:
        near = seats[min(at, len(seats) - 1)]
        return Pressed(_with(draft, *seats), f"Seat {LETTERS[at]} removed.", near.key, "remove")
    left = replace(draft, seats=seats, removed=gone, removed_at=at)
    return Pressed(left, f"Seat {LETTERS[at]} removed. It can be undone.", "", "undo")


def _copy(draft: Draft, at: int, _more: str) -> Pressed:
    if len(draft.seats) >= MAX_SEATS:
        return Pressed(draft, _FULL, draft.seats[at].key, "copy")
    seat = replace(draft.seats[at], key=_new_key(draft))
    after = _with(draft, *draft.seats[: at + 1], seat, *draft.seats[at + 1 :])
    said = f"Seat {LETTERS[at]} duplicated as {LETTERS[at + 1]}."
    return Pressed(after, said, seat.key, "role")


def _up(draft: Draft, at: int, _more: str) -> Pressed:
    return _move(draft, at, at - 1, "up")


def _down(draft: Draft, at: int, _more: str) -> Pressed:
    return _move(draft, at, at + 1, "down")


def _move(draft: Draft, at: int, to: int, part: str) -> Pressed:
    key = draft.seats[at].key
    if not 0 <= to < len(draft.seats):
        end = "first" if part == "up" else "last"
        return Pressed(draft, f"Seat {LETTERS[at]} is already the {end}.", key, part)
    seats = list(draft.seats)
    seats.insert(to, seats.pop(at))
    said = f"Seat {LETTERS[at]} moved {part}, now {LETTERS[to]}."
    return Pressed(_with(draft, *seats), said, key, part)


def _moved(draft: Draft, at: int, was: str) -> Pressed:
    """A seat was dragged: the fields came in their new order already."""
    from_where = f"Seat {was}" if was in LETTERS and was else "The seat"
    return Pressed(draft, f"{from_where} moved, now {LETTERS[at]}.")


def _begin(draft: Draft, at: int, starter: str) -> Pressed:
    seat = draft.seats[at]
    words = begin(starter, seat.role, seat.instructions)
    if words is None:
        return Pressed(draft)
    begun = replace(seat, role=words[0], instructions=words[1])
    seats = (*draft.seats[:at], begun, *draft.seats[at + 1 :])
    said = f"Instructions written for seat {LETTERS[at]}. Change them as you like."
    return Pressed(_with(draft, *seats), said, seat.key, "instructions")


def _with(draft: Draft, *seats: SeatDraft) -> Draft:
    return replace(draft, seats=seats)


def _new_key(draft: Draft) -> str:
    """A key that no seat has, the one that was removed included."""
    keys = [seat.key for seat in draft.seats]
    if draft.removed is not None:
        keys.append(draft.removed.key)
    return str(1 + max((int(key) for key in keys if key.isdecimal()), default=-1))


_FULL = f"A council has at most {MAX_SEATS} seats."
_PRESSES: dict[str, Callable[[Draft, int, str], Pressed]] = {
    "remove": _remove,
    "copy": _copy,
    "up": _up,
    "down": _down,
    "moved": _moved,
    "begin": _begin,
}
