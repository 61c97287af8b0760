"""Models made for measuring: they say numbered tokens at a steady pace.

``load/n=400;tps=50;first=0.05`` says ``t0001 t0002 …``: n tokens, tps a second, the first
after ``first`` seconds. With ``;stamp=1`` each token carries the monotonic second at which
it was sent (``t0001@8123.456789``), so that a reader at the far end can tell its delay; with
``;par=60`` a paragraph ends after every 60 tokens, as people's paragraphs do.
``load-judge/n=400;…`` (or ``load-judge;n=400``) writes a comparison of four such answers, in
as many tokens and at that pace.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise

from council.rehearsal.takes import Take, TakeError

_NAME = re.compile(r"(load|load-judge)(?:[/;](.*))?", re.DOTALL)
_TOKENS_PER_FINDING = 40
_DEFAULTS: Mapping[str, float] = {"n": 400, "tps": 50, "first": 0.05, "stamp": 0, "par": 0}


@lru_cache(maxsize=256)
def load_take(model: str) -> Take | None:
    """The take of a load model; None for any other model id.

    Raises TakeError for an option that does not exist or is no number.
    """
    match = _NAME.fullmatch(model)
    if match is None:
        return None
    options = _options(match[2] or "")
    n = max(1, int(options["n"]))
    return Take(
        chunks=_comparison(n) if match[1] == "load-judge" else _numbered(n, int(options["par"])),
        tokens_per_s=options["tps"],
        first_token_s=options["first"],
        stamp=bool(options["stamp"]),
    )


def _options(written: str) -> dict[str, float]:
    options = dict(_DEFAULTS)
    for option in filter(None, written.split(";")):
        name, _, value = option.partition("=")
        if name not in _DEFAULTS:
            raise TakeError(f"a load model has no option {name}")
        try:
            options[name] = float(value)
        except ValueError:
            raise TakeError(f"{name} is a number, not {value!r:.40}") from None
    return options


def _numbered(n: int, paragraph: int) -> tuple[str, ...]:
    def gap(i: int) -> str:
        return "\n\n" if paragraph and i % paragraph == 0 else " "

    return tuple(f"t{i:04d}{gap(i)}" for i in range(1, n + 1))


def _comparison(n: int) -> tuple[str, ...]:
    """A comparison in n tokens; its quotes are words that `_numbered` says."""
    groups: dict[str, list[object]] = {
        name: []
        for name in (
            "contradictions",
            "consensus",
            "partial_coverage",
            "unique_insights",
            "blind_spots",
        )
    }
    for i in range(max(1, n // _TOKENS_PER_FINDING)):
        name = ("contradictions", "consensus")[i % 2]
        quote = f"t{i + 1:04d} t{i + 2:04d} t{i + 3:04d}"
        stances = ("supports", "contradicts" if name == "contradictions" else "supports")
        groups[name].append(
            {
                "claim": f"Claim {i + 1} rests on the tokens from t{i + 1:04d} on.",
                "stakes": ("high", "medium", "low")[i % 3],
                "positions": [
                    {"seat": seat, "stance": stances[k % 2], "quote": quote}
                    for k, seat in enumerate("ABCD")
                ],
                "topic": f"topic {i + 1}",
                "crux": "",
            }
        )
    return _cut_evenly(json.dumps(groups), n)


def _cut_evenly(text: str, n: int) -> tuple[str, ...]:
    edges = [len(text) * i // n for i in range(n + 1)]
    return tuple(text[a:b] for a, b in pairwise(edges))
