"""What the members, the judge and the writer of the golden run say: every kind of Markdown."""

from council.core.events import Finding, Position, Stance

ADA = """\
# Aluminium, if the lugs fit

Either metal carries the load; what differs is the **termination**. Aluminium needs:

1. lugs rated `AL/CU`,
2. an oxide inhibitor on every strand,
   and a torque wrench,
3. a check after one year.

| conductor | size | price |
|---|---:|---:|
| copper | 50 mm² | 9.10 € |
| aluminium | 70 mm² | 3.40 € |

> Cold flow is the failure you will not see. 🔥

```python
def area(copper_mm2: float) -> float:
    return copper_mm2 * 1.6  # about the same resistance
```

So: aluminium for the long run, copper inside the panel.
"""

BOOLE_FIRST = "Copper. The price of one bad joint is higher than the price of the"
BOOLE = """\
Copper, because nobody checks a joint after the first year.

- It does not creep under the screw.
- It bends twice as often before it breaks.

  A second paragraph of the same item, with <b>no HTML</b> in it.

- It needs no paste.

Ich würde Kupfer nehmen, naïve as that sounds: 銅は安全です。
"""

CURIE = """\
It depends on the **length**: below 30 m the difference is small,
beyond that aluminium wins

- by weight
- by price

***

Cold flow is real, but a spring washer takes it up."""

DIRAC = """\
Late, but shorter: use copper.

Cold flow is the failure you will not see.
"""

WRITER_FIRST = "The members agree that"
WRITER = """\
## What follows

Use **aluminium** for the long feeder [A] and copper inside the panel [A, B].

1. Below 30 m, take copper [C].
2. Above it, aluminium with `AL/CU` lugs [A] [C].

All see cold flow; they differ on whether it can be managed 🧵.
"""

WRITER_AGAIN = "With D heard as well, copper has one more voice [B] [D].\n\nThe rest stands [A].\n"

ANSWERS = {"A": ADA, "B": BOOLE, "C": CURIE, "D": DIRAC}


def position(seat: str, stance: Stance, quote: str = "") -> Position:
    """Where a seat stands; its quote is looked up as the product does, by exact words."""
    start = ANSWERS[seat].find(quote) if quote else -1
    if start < 0:
        return Position(seat=seat, stance=stance, quote=quote)
    end = start + len(quote)
    return Position(seat=seat, stance=stance, quote=quote, verified=True, start=start, end=end)


COLD_FLOW = Finding(
    id="f1",
    claim="Cold flow loosens aluminium joints",
    stakes="high",
    positions=(
        position("A", "supports", "Cold flow is the failure you will not see."),
        position("B", "supports", "It does not creep under the screw."),
        position("C", "contradicts", "a spring washer takes it up"),
    ),
    crux="whether the joint is ever checked again",
)
LENGTH = Finding(
    id="f2",
    claim="Length decides",
    stakes="medium",
    positions=(
        position("A", "hedges", "aluminium for the long run"),
        position("B", "silent"),
        position("C", "supports", "the difference is small,\nbeyond that aluminium wins"),
    ),
)
INVENTED = Finding(
    id="f3",
    claim="Copper is cheaper over its life",
    stakes="low",
    positions=(position("B", "supports", "words that nobody wrote"),),
)
FIRE_CODE = Finding(id="f4", claim="Nobody asked what the local code says", stakes="high")
LATE_VOICE = Finding(
    id="f1",
    claim="Cold flow cannot be seen",
    stakes="high",
    positions=(
        position("A", "supports", "Cold flow is the failure you will not see."),
        position("D", "supports", "Cold flow is the failure you will not see."),
        position("C", "contradicts", "a spring washer takes it up"),
    ),
    resolution="a yearly check",
)
