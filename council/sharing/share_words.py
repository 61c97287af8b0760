"""What a shared page and its card say of themselves, in words."""

from council.core.state import RunState
from council.disagreement import standing

_TICKS = {
    "instructions": "Instructions of the seats",
    "cost": "What it cost, and the tokens",
    "reasoning": "The models' reasoning, and what they searched for",
    "attachments": "The files of the question",
    "name": "My name",
    "card": "The title on preview cards in other programs",
}


def tick_words(name: str) -> str:
    """What a box says that may be ticked."""
    return _TICKS[name]


def agreement(run: RunState) -> str:
    """How far they agree, in a line: ``2 open contradictions, 3 points of agreement``."""
    rows = standing.rows(run)
    contested = sum(row.is_contested for row in rows)
    agreed = sum(
        len(standing.backing(f.finding)) > 1 for f in run.findings if f.group == "consensus"
    )
    if run.breakdown != "done":
        return "Their answers side by side"
    said = [_count(contested, "contradiction"), _count(agreed, "point of agreement")]
    return ", ".join(said) + ", checked word by word"


def _count(number: int, noun: str) -> str:
    plural = noun.replace("point", "points") if noun.startswith("point") else f"{noun}s"
    return f"{number or 'no'} {noun if number == 1 else plural}"
