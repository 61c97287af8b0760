"""Which contradictions are settled, and by whom.

The writer says so where it settles one, with a sign behind the sentence
(`council.core.provenance`); the judge may say so with a finding's ``resolution``. What
nobody mentions is open, and so is what the writer leaves open anywhere.
"""

from dataclasses import dataclass
from typing import Literal

from council.core.state import Found, RunState
from council.disagreement.grounding import all_sentences


@dataclass(frozen=True)
class Settled:
    """What became of one contradiction.

    ``by`` is who said so, empty when nobody did. ``sentence`` is where the writer said so,
    or the judge's resolution: plain words of a model, without citations.
    """

    is_settled: bool = False
    by: Literal["", "writer", "judge"] = ""
    sentence: str = ""


def is_contested(found: Found) -> bool:
    """True when somebody contradicts the claim, in whatever list the judge put it."""
    return any(position.stance == "contradicts" for position in found.finding.positions)


def settled(run: RunState) -> dict[str, Settled]:
    """Every contested finding by its id. The writer counts once it has ended.

    Where writer and judge differ, the writer's word is the later one and holds.
    """
    said = _signed(run.writer.text) if run.writer.is_final else {}
    return {
        found.finding.id: said.get(found.finding.id) or _judged(found)
        for found in run.findings
        if is_contested(found)
    }


def _judged(found: Found) -> Settled:
    resolution = found.finding.resolution
    return Settled(True, "judge", resolution) if resolution else Settled()


def _signed(text: str) -> dict[str, Settled]:
    signed: dict[str, Settled] = {}
    for sentence in all_sentences(text):
        for name, state in sentence.signs:
            known = signed.get(name)
            if state == "open" or (state == "settled" and known is None):
                signed[name] = Settled(state == "settled", "writer", sentence.words)
    return signed
