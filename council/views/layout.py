"""How the columns of a run stand, as its address asks for it: the page comes like that, and its
script starts from what is read here.

``?view=grid&order=CAB&pin=AC&hide=D&solo=B&fold=E``; what it says of nobody here is ignored.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

LISTS = ("order", "pin", "hide", "solo", "fold")
_MOST = 64
"""Characters read of a list: enough for eight letters however they were written."""


@dataclass(frozen=True)
class Layout:
    """Letters, in the order in which they stand; static/js/run/layout.js draws the same."""

    order: tuple[str, ...]
    shown: tuple[str, ...]
    view: str
    """``cols``, ``grid`` or ``rail``: two in full, the others as cards."""
    full: tuple[str, ...]
    """The two that stand in full where the others are cards."""
    folded: tuple[str, ...]
    asked: str
    """What the address asks for, as JSON: a reader's next press changes that."""

    @property
    def gone(self) -> list[str]:
        """Who is not shown."""
        return sorted(set(self.order) - set(self.shown))

    @property
    def places(self) -> dict[str, str]:
        """``1`` and ``2`` for those in full, ``rail`` for the others."""
        full = {letter: str(place) for place, letter in enumerate(self.full, 1)}
        return {letter: full.get(letter, "rail") for letter in self.order}


def layout(query: QueryDict, letters: Iterable[str]) -> Layout:
    """What this address asks for, as far as it goes for these members."""
    every = sorted(letters)
    asked = {name: list(dict.fromkeys(query.get(name, "")[:_MOST])) for name in LISTS}
    here = {name: [one for one in asked[name] if one in every] for name in LISTS}
    order = list(dict.fromkeys([*here["order"], *every]))
    visible = [one for one in order if one not in here["hide"]]
    shown = here["solo"][:1] or visible or order
    is_grid = query.get("view") == "grid"
    view = "grid" if is_grid and len(shown) > 3 else "rail" if len(shown) > 4 else "cols"
    pinned = [one for one in here["pin"] if one in shown]
    full = list(dict.fromkeys([*pinned, *shown]))[:2]
    may_fold = [] if len(shown) < 2 else full if view == "rail" else shown
    return Layout(
        order=tuple(order),
        shown=tuple(shown),
        view=view,
        full=tuple(full),
        folded=tuple(one for one in may_fold if one in here["fold"]),
        asked=json.dumps({"view": "grid" if is_grid else "", **here}),
    )
