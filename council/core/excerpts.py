"""What a judge or writer reads of what was written: all of it, or as much as it can take."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from council.core.plan import Turn


@dataclass(frozen=True)
class Excerpts:
    """What a judge or writer reads: answers by letter in their order, and the latest turns.

    A shortened answer has its beginning in ``answers`` and its last part in ``endings``; both
    are verbatim, so that quotes are found in the whole answer.
    """

    answers: tuple[tuple[str, str], ...]
    turns: tuple[Turn, ...] = ()
    endings: Mapping[str, str] = field(default_factory=dict)

    @property
    def trimmed(self) -> str:
        """The letters of answers that are not shown whole, in the order of the columns."""
        return "".join(sorted(self.endings))
