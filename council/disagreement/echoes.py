"""A member asked twice: whether the second sample says what the first one says."""

from council import words
from council.core.state import RunState
from council.disagreement.standing import Row, rows


def echo(run: RunState, letter: str) -> str:
    """What a second sample shows beside the first, once a judge has read both; else empty.

    Counted by code, from the stances on the points that are contested.
    """
    first = run.seats[letter].sample_of
    if not first or run.breakdown != "done" or not {first, letter} <= set(run.judged):
        return ""
    contested = [row for row in rows(run) if row.is_contested]
    if not contested:
        return "No point is contested, so it tells nothing more."
    pairs = [_stances(row, first, letter) for row in contested]
    against = sum(set(pair) == {"supports", "contradicts"} for pair in pairs)
    apart = sum(one != other for one, other in pairs)
    if against:
        points = _points(against, len(pairs))
        return f"{points} it contradicts {first}: asked twice, this model disagrees with itself."
    if apart:
        points = _points(apart, len(pairs))
        return f"{points} it stands elsewhere than {first}, without contradicting it."
    which = "the one contested point" if len(pairs) == 1 else f"all {len(pairs)} contested points"
    return f"On {which} it stands where {first} stands."


def _points(count: int, of: int) -> str:
    if of == 1:
        return "On the one contested point"
    return f"On {words.number_words(count)} of {words.number_words(of)} contested points"


def _stances(row: Row, first: str, second: str) -> tuple[str, str]:
    said = {cell.seat: cell.stance for cell in row.cells}
    return said.get(first, "silent"), said.get(second, "silent")
