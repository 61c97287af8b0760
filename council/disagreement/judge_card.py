"""Who judged, and what a careful reader wants to know of it: a line per fact.

Pure functions over `council.core.state`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from council import words
from council.core import independence
from council.core.state import Part, RunState


@dataclass(frozen=True)
class Fact:
    """One line of the card. ``letters`` follow the text as chips; ``model`` is a name, kept apart
    because a reader may wish not to see it. ``is_warning``: worth a second look."""

    label: str
    text: str
    letters: str = ""
    model: str = ""
    is_warning: bool = False

    @property
    def sentence(self) -> str:
        """The fact where there is no card: ``Quotes: 11 of 12 verified``."""
        return f"{self.label}: " + " ".join(
            filter(None, (self.model, self.text, " ".join(self.letters)))
        )


def judge_card(run: RunState) -> list[Fact]:
    """The card's lines, in the order in which one asks; empty while nobody was to judge."""
    if not run.order:
        return []
    return [*_who(run), *_read(run), *_quotes(run), *_left_out(run), *_took(run.judge)]


def _who(run: RunState) -> Iterator[Fact]:
    judge, panel = run.judge, list(run.seats.values())
    name = words.short_model(judge.model)
    served = words.short_model(judge.model_served or "")
    also = f"answered by {served}" if served and served != name else ""
    yield Fact("Model", also, model=name)
    twins = [p for p in panel if not independence.is_independent(judge.model, [p.model])]
    kin = [p for p in panel if independence.same_family(judge.model, [p.model])]
    if twins:
        seats = "".join(p.seat for p in twins)
        yield Fact("Panel", "sits on it: compares an answer of its own,", seats, is_warning=True)
    elif kin:
        seats = "".join(p.seat for p in kin)
        yield Fact("Panel", "not on it, but of the same family as", seats, is_warning=True)
    else:
        yield Fact("Panel", "not on it, nor of a member's family")


def _read(run: RunState) -> Iterator[Fact]:
    if run.judge.state == "failed" and not run.judge.attempt:
        return  # passed over: it read nothing
    yield Fact("Order read", "names hidden:", run.order)
    if run.trimmed:
        yield Fact("Saw", "only the beginning and the end of", run.trimmed, is_warning=True)
    if run.partial:
        yield Fact("Was told", "who stops short:", run.partial)


def _quotes(run: RunState) -> Iterator[Fact]:
    quotes = [p for f in run.findings for p in f.finding.positions if p.quote]
    if not quotes:
        return
    missing = run.unverified_quotes
    said = f"{len(quotes) - missing} of {len(quotes)} verified"
    if missing:
        said += f"; {missing} could not be verified"
    yield Fact("Quotes", said, is_warning=bool(missing))


def _left_out(run: RunState) -> Iterator[Fact]:
    if run.is_final and len(run.usable) < len(run.seats):
        yield Fact("Answers", f"{len(run.usable)} of {len(run.seats)}")
    if run.unjudged:
        yield Fact("Not judged", "came later:", "".join(run.unjudged))


def _took(judge: Part) -> Iterator[Fact]:
    if judge.is_final and judge.attempt:
        tokens = judge.usage.completion
        figures = ["" if tokens is None else f"{tokens:,} tokens", words.cost_words(judge)]
        if any(figures):
            yield Fact("Took", ", ".join(filter(None, figures)))
