"""How much of a synthesis rests on its members, counted over exactly what is rendered.

The blocks are those the page shows and each is judged on its own, so that the share and
the sentences marked as the writer's own cannot disagree.
"""

from council.core.provenance import Sentence, sentences
from council.render import blocks


def all_sentences(text: str) -> list[Sentence]:
    """The sentences of a whole text; their places are those in their own block."""
    return [said for block in blocks(text, final=True).closed for said in sentences(block.source)]


def sourced_share(text: str, letters: str) -> float | None:
    """The share of sentences with a citation of their own, 0–1, two decimals; None for none."""
    said = all_sentences(text)
    if not said:
        return None
    return round(sum(bool(one.cites(letters)) for one in said) / len(said), 2)
