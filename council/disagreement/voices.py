"""How many voices speak: members of one family, or resting on one page, count once.

Pure functions over `council.core.state`; the rule is `council.core.independence`.
"""

from council import lookups, words
from council.core import independence
from council.core.independence import Tie, Voice
from council.core.state import RunState


def voices(run: RunState, letters: str = "") -> tuple[Voice, ...]:
    """The independent voices among these seats, or among all whose answers count."""
    seats = [run.seats[letter] for letter in letters if letter in run.seats] or run.usable
    return independence.voices(
        [
            independence.Witness(
                part.seat, part.model, tuple(source.url for source in lookups.used_sources(part))
            )
            for part in seats
        ]
    )


def about(run: RunState, letters: str = "") -> str:
    """``about two independent voices``; empty where everybody counts."""
    heard = voices(run, letters)
    count = len(heard)
    if sum(len(voice.seats) for voice in heard) == count:
        return ""
    return f"about {words.number_words(count)} independent voice{'s' if count > 1 else ''}"


def reasons(run: RunState, letters: str = "") -> list[str]:
    """Who is kin with whom and who rests on which page, a sentence each."""
    return [_reason(tie) for voice in voices(run, letters) for tie in voice.ties]


def _reason(tie: Tie) -> str:
    who = words.letters_words(tie.seats)
    if tie.page:
        each = "both" if len(tie.seats) == 2 else "all"
        return f"{who} {each} rest on one page alone: {lookups.place(tie.page)}."
    return f"{who} are models of one family: {tie.family.rpartition('/')[2]}."
