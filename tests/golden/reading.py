"""What a reader has before them, to compare one way of getting there with another."""

import re
from collections.abc import Sequence
from typing import Any

from council import journal
from council.frames import Frame, Page
from council.journal import Folded, Tick
from tests.golden.tape import RUN_ID, empty

# The page's own script counts these seconds, and writes reasoning from the events.
_CLOCK = re.compile(r'(data-since-ms="\d+">)[^<]*')
_REASONING = re.compile(r'(data-reasoning="\w">)[^<]*')


def still(html: str) -> str:
    """A piece of page without what its script fills in between two frames."""
    return _REASONING.sub(r"\1", _CLOCK.sub(r"\1", html))


def page_at(ticks: Sequence[Tick], cut: int) -> Page:
    """The page as somebody gets it who loads it after entry ``cut``."""
    return Page(RUN_ID, journal.fold_ticks(ticks[:cut]) if cut else empty())


def parts_of(page: Page) -> dict[str, str]:
    """Every piece of a page, rendered fresh."""
    return {name: still(page.part(name)) for name in page.part_names}


def seen(page: Page) -> dict[str, Any]:
    """Everything a freshly loaded page shows."""
    bodies = {seat: body.html for seat, body in page.bodies.items()}
    return {"state": page.state(), "bodies": bodies, "parts": parts_of(page)}


def read_on(page: Page, rest: Sequence[Tick], *, batched: bool = False) -> dict[str, Any]:
    """What somebody sees who loaded ``page`` and then got a frame for each of ``rest``."""
    parts = parts_of(page)
    for tick in rest:
        frame = page.take(tick, last=not batched or tick is rest[-1])
        parts |= {name: still(html) for name, html in frame.get("parts", {}).items()}
    return seen(page) | {"parts": parts}


def compacted(folded: Folded) -> Folded:
    """The fold as it comes back from the row it was compacted into."""
    state = type(folded.state).model_validate_json(folded.state.model_dump_json())
    return Folded(state, folded.seq)


def frames(page: Page, rest: Sequence[Tick]) -> list[Frame]:
    """The frames a reader gets on a page."""
    return [page.take(tick) for tick in rest]
