"""Who changed their mind: what came of asking about one point alone, in words."""

from council import words
from council.core.crux import Change, changes
from council.core.state import RunState

_HOW = {
    "asked": "is asked",
    "unsaid": "did not say",
    "kept": "keeps its view",
    "changed": "changed its mind",
}
_NOW = {
    "supports": "says that it holds",
    "contradicts": "says that it does not hold",
    "hedges": "is not sure",
}


def how_words(change: Change) -> str:
    """What became of one member's position, in a few words."""
    if change.how == "spoke":
        return _NOW[change.after or "hedges"]
    return _HOW[change.how]


def summary(run: RunState) -> str:
    """What came of it, in two sentences; while members are asked, that they are."""
    found = changes(run)
    if not found:
        return ""
    if not run.is_final:
        return f"{_letters(found)} {_verb(found, 'is', 'are')} asked about this point alone."
    said = [_sentence(found, how) for how in ("changed", "kept", "unsaid")]
    said += [f"{one.seat} {how_words(one)}" for one in found if one.how == "spoke"]
    sentence = "; ".join(part for part in said if part)
    return f"{sentence}. {_outcome(found)}"


def _sentence(found: list[Change], how: str) -> str:
    these = [one for one in found if one.how == how]
    if not these:
        return ""
    verb = {
        "changed": _verb(these, "changed its mind", "changed their minds"),
        "kept": _verb(these, "keeps its view", "keep their views"),
        "unsaid": "did not say",
    }[how]
    return f"{_letters(these)} {verb}"


def _outcome(found: list[Change]) -> str:
    """Whether they stand together now: only where all of them took the same side."""
    now = {one.after for one in found}
    if now == {"supports"} and len(found) > 1:
        return "All of them now say that it holds."
    if now == {"contradicts"} and len(found) > 1:
        return "All of them now say that it does not hold."
    return "The question stays open."


def _letters(found: list[Change]) -> str:
    return words.letters_words("".join(one.seat for one in found))


def _verb(found: list[Change], one: str, several: str) -> str:
    return one if len(found) == 1 else several
