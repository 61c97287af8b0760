"""What the members say in these tests, and how fast."""

from collections.abc import Sequence
from typing import Any

from tests.whole.house import comparison, finding, saying

RICH = """## Why steel

Take **steel**, because it can be *welded* anywhere in the world.

- It bends before it breaks.
- Any village smith can repair it.
  1. Heat it.
  2. Weld it.

| Metal | Weight | Price |
|:--|--:|:-:|
| Steel | 2.4 kg | low |
| Aluminium | 1.7 kg | middle |

```python
def weight(metal: str) -> float:
    return {"steel": 2.4, "aluminium": 1.7}[metal]
```

> A frame is a promise.

"""
PLAIN = "The lighter frame climbs better, and the heavier one carries more. "
QUOTED = {
    "A": "Take **steel**, because it can be *welded* anywhere",
    "B": "the heavier one carries more",
    "C": "A frame is a promise",
}
SYNTHESIS = (
    "## In short\n\nTake steel for repairs [A], aluminium for weight [B].\n\n- Fit matters.\n"
)


def paced(text: str, tokens_per_s: float = 40, **more: Any) -> dict[str, Any]:
    """A take at a reading pace."""
    return saying(text, tokens_per_s=tokens_per_s, **more)


def endless(text: str, tokens_per_s: float = 30) -> dict[str, Any]:
    """A take that goes on until it is stopped."""
    return paced(text, tokens_per_s, endless=True)


def judged(**quotes: str) -> str:
    """A comparison with one contested claim and one that all share."""
    return comparison(
        finding("Steel is the better metal.", **(quotes or QUOTED)),
        finding("Fit matters more than metal.", "low", B="The lighter frame climbs better")
        | {"list": "consensus"},
    )


def slow_judge(tokens_per_s: float = 1.0) -> dict[str, Any]:
    """A judge whose first finding is whole long before its JSON is."""
    text = judged()
    cut = text.index('], "consensus"')
    rest = [text[cut + i : cut + i + 12] for i in range(0, len(text) - cut, 12)]
    return {"chunks": [text[:cut], *rest], "tokens_per_s": tokens_per_s, "first_token_s": 0.02}


def council(**instead: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """Three members at a reading pace, a judge and a writer; some of them different."""
    return {
        "m1": [paced(RICH * 2)],
        "m2": [paced(PLAIN * 8)],
        "m3": [paced(PLAIN * 3 + "\n\n> A frame is a promise.\n\n" + RICH)],
        "judge": [paced(judged(), 60)],
        "writer": [paced(SYNTHESIS * 3)],
        **instead,
    }


def at_once(**instead: Sequence[Any]) -> dict[str, Sequence[Any]]:
    """The same council without a pause."""
    return {
        "m1": [saying(RICH * 2)],
        "m2": [saying(PLAIN * 8)],
        "m3": [saying(PLAIN * 3 + "\n\n> A frame is a promise.\n\n" + RICH)],
        "judge": [saying(judged())],
        "writer": [saying(SYNTHESIS * 3)],
        **instead,
    }
