"""What the quoted words of the answers are: contested, shared, or said by one member alone."""

from typing import Literal

from council.core.state import Found, RunState
from council.disagreement.settling import is_contested

Kind = Literal["contested", "shared", "only"]


def kinds(run: RunState) -> dict[Kind, list[str]]:
    """The ids of the findings whose verified quotes are of each kind, in the judge's order."""
    found: dict[Kind, list[str]] = {"contested": [], "shared": [], "only": []}
    for one in run.findings:
        if kind := _kind(one):
            found[kind].append(one.finding.id)
    return found


def _kind(found: Found) -> Kind | None:
    """None: nobody's words, or words that only one member backs where several should."""
    quoted = [p.stance for p in found.finding.positions if p.verified and p.start is not None]
    if is_contested(found):
        return "contested" if quoted else None
    if found.group == "unique_insights":
        return "only" if quoted else None
    return "shared" if quoted.count("supports") > 1 else None
