"""How much of a synthesis rests on its members, counted over exactly what is rendered.

The blocks are those the page shows and each is judged on its own, so that the share and
the sentences marked as the writer's own cannot disagree.
"""

from functools import lru_cache

from council.core.provenance import Sentence, sentences
from council.render import blocks, seen


@lru_cache(maxsize=64)
def all_sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a whole text as far as they are seen; their places are in their block."""
    closed = blocks(text, final=True).closed
    return tuple(said for block in closed for said in _seen(block.source))


def _seen(block: str) -> list[Sentence]:
    said = sentences(block)
    shown = seen(block, [(one.start, one.end) for one in said])
    return [one for one, is_seen in zip(said, shown, strict=True) if is_seen]


def sourced_share(text: str, letters: str) -> float | None:
    """The share of sentences with a citation of their own, 0–1, two decimals; None for none."""
    said = all_sentences(text)
    if not said:
        return None
    return round(sum(bool(one.cites(letters)) for one in said) / len(said), 2)
