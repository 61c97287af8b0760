"""How an answer ended, decided by what was seen of its end.

An answer is `done` only on evidence: a finish reason, or an end of the stream that is
orderly (``[DONE]``, or token counts that come after the text). Done is what is left when
nothing speaks against it, never what is assumed. A finish reason is read by the parts of
its words, because every server has spellings of its own.
"""

import re

from council.core.delta import Outcome
from council.core.failures import Failure, Kind
from council.wire.cleaning import one_line
from council.wire.faults import Faults

_SILENT = re.compile(r"(finish_reason_)?(null|none|nil|unknown|undefined|unspecified|other)?")
_MEANINGS = (  # the first whose parts stand in the reason is what it means
    ("filtered", r"filter|safety|recitation|block|prohibit|sensitive|spii|toxic|moderat|guardrail"),
    ("refused", r"refus"),
    (
        "failed",
        r"error|fail|abort|cancel|timed?.?out|insufficient|malformed|overload|rate.?limit|unexpected"
        r"|interrupt",
    ),
    ("cut", r"length|max|limit|truncat|incomplete|context|exceed|pause"),
)
_PARTS = tuple((meaning, re.compile(parts)) for meaning, parts in _MEANINGS)
_FORGIVEN_AFTER_FINISH = frozenset({Kind.CUT_OFF, Kind.STALLED, Kind.TIMED_OUT_FIRST_TOKEN})


class Evidence:
    """What speaks for and against a good end.

    ``finish`` is the finish reason as it was sent, ``is_finished`` whether it says anything;
    ``is_done``: the provider itself ended the answer.
    """

    def __init__(self, faults: Faults) -> None:
        self.finish: str | None = None
        self.failure: Failure | None = None
        self.is_finished = False
        self.is_done = False
        self._faults = faults
        self._is_cut = False
        self.has_chunk = False
        self._counts_beside_words = self._counts_after_words = False

    def finished(self, reason: str) -> None:
        """A finish reason; of several, the last one that says something counts."""
        says = _SILENT.fullmatch(reason.strip().lower()) is None
        if says or not self.is_finished:
            self.finish = one_line(reason, 100)
        self.is_finished = self.is_finished or says

    def failed(self, failure: Failure) -> None:
        """The provider says that something went wrong; what it says first counts."""
        self.failure = self.failure or failure

    def stopped(self, failure: Failure) -> None:
        """We gave up on the rest: what came so far is all there is."""
        self.failed(failure)
        self._is_cut = True

    def chunk(self, *, spoke: bool, counted: bool) -> None:
        """One more chunk, whether it said something, and whether it counted tokens."""
        self.has_chunk = True
        if counted:
            self._counts_after_words = not spoke
            self._counts_beside_words |= spoke
        elif spoke:
            self._counts_after_words = False

    def verdict(
        self, broken: Failure | None, *, has_text: bool, has_calls: bool, has_refusal: bool
    ) -> tuple[Outcome, Failure | None]:
        """The outcome. ``broken`` says why reading stopped before the provider ended the stream."""
        if self.failure:
            return ("truncated" if self._is_cut and has_text else "failed"), self.failure
        finish = self._meaning()
        if self.is_done or (finish and broken and broken.kind in _FORGIVEN_AFTER_FINISH):
            broken = None  # all was said; only the connection's end is missing
        if broken:
            return ("truncated" if has_text else "failed"), broken
        if finish == "failed":
            return "failed", self._faults.from_error(f"it gave up ({self.finish})")
        if finish == "filtered":
            return "filtered", None
        if has_refusal or finish == "refused":
            return "refused", None
        said = has_text or has_calls
        if not (finish or self.is_done or self._ends_with_counts) and (said or self.has_chunk):
            cut_off = self._faults.plain(Kind.CUT_OFF, "{} ended the answer in the middle.")
            return ("truncated" if has_text else "failed"), cut_off
        if not said:
            return "empty", None
        return ("truncated" if finish == "cut" else "done"), None

    def _meaning(self) -> str:
        """What the finish reason means; empty when it says nothing."""
        if not self.is_finished:
            return ""
        reason = (self.finish or "").lower()
        return next((meaning for meaning, parts in _PARTS if parts.search(reason)), "ended")

    @property
    def _ends_with_counts(self) -> bool:
        """True when token counts closed the stream; those that run along with the words do not."""
        return self._counts_after_words and not self._counts_beside_words
