"""Keeps a run within its cap: no call is sent that could take it beyond.

Three facts make that true, whatever happens in between:

- A call's worst case is a bound: a text has no more tokens than UTF-8 bytes, and every call is
  sent with a ``max_tokens``.
- Before a call starts, all known costs, the worst case of every open call and of every call whose
  cost nobody said, and its own worst case, together, are at most the cap (`RunState.charged_usd`).
- The worst case is committed with the call's start, before the request leaves: a killed server
  finds it in the journal.

Within the cap the answers may be as long as leaves room for everybody still to come.

There are two sums to keep to: what the run may cost in all, and what it may cost the server. A
call with the person's own key counts only for the first.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from math import inf

from council.core import prompts
from council.core.delta import Message, Request
from council.core.estimate import amount
from council.core.excerpts import Excerpts
from council.core.facts import Facts, Know, Price, WhoseKey, nobodys
from council.core.failures import Failure, Kind
from council.core.plan import Plan, Seat
from council.core.room import HIGH, tokens_of
from council.core.state import RunState

LEAST_TOKENS = 500
"""An answer that may not even have this many tokens is not worth its prompt."""

_BYTES_PER_TOKEN = 5
"""How long the answers that judge and writer will read are taken to be, before they exist. Only
a plan: once they are there, their bytes are counted."""

_IMAGE_TOKENS = 40_000
"""No provider counts a picture for more: gpt-4o-mini comes closest, with 36,835."""

_AROUND = 16
_TOOLS_TOKENS = 1_000
"""What providers put around a message, and in front of a request with tools (Anthropic says up to
about 700)."""


@dataclass(frozen=True)
class Fitted:
    """A request as it may be sent. ``most_usd`` is its worst case; None where no cap applies."""

    request: Request
    most_usd: float | None = None


@dataclass(frozen=True)
class _Sized:
    """A call before it is made. ``answers`` are those it will read that nobody has written yet;
    ``is_own``: the person's own key pays for it."""

    facts: Facts
    reads: int
    images: int = 0
    asked: int | None = None
    answers: int = 0
    is_own: bool = False

    def most_usd(self, tokens: int) -> float | None:
        """What it costs at most when answers have at most so many tokens; None: nobody knows."""
        if self.facts.price is None:
            return None
        writes = self.longest(tokens)
        if writes is None:
            return None
        reads = self.reads + self.answers * tokens * _BYTES_PER_TOKEN
        return _worst(self.facts.price, reads, writes, self.images)

    def longest(self, tokens: int) -> int | None:
        """The most tokens its answer can have; None when nothing limits it."""
        limits = [tokens, self.asked, self.facts.max_output]
        if not _can_be_limited(self.facts):
            limits = [self.facts.max_output or self.facts.context]
        known = [limit for limit in limits if limit is not None]
        return min(known) if known else None


class Budget:
    """What one run may cost: ``cap_usd`` in all, ``server_usd`` with other keys than the person's
    own; and how long its answers may then be."""

    def __init__(
        self,
        plan: Plan,
        know: Know,
        cap_usd: float,
        *,
        server_usd: float = inf,
        whose_key: WhoseKey = nobodys,
    ) -> None:
        self._plan = plan
        self._know = know
        self._whose_key = whose_key
        self.cap_usd, self.server_usd = cap_usd, server_usd
        self._tokens = max(plan.patience.capped_tokens, LEAST_TOKENS)

    def fit(self, seat: str, request: Request, state: RunState) -> Fitted | Failure:
        """The request with a length that leaves enough for the others, or why it is not sent."""
        call = self._sized(
            request.model,
            reads=_bytes_of(request),
            images=sum(len(message.images) for message in request.messages),
            asked=request.max_tokens,
        )
        calls = [call, *self._to_come(state, after=seat)]
        if not any(map(self._counts, calls)):
            return Fitted(request)
        if self._counts(call) and call.most_usd(LEAST_TOKENS) is None:
            return _failure(f"It was not sent: {unknown_price([request.model])}")
        tokens = self._tokens
        for left_usd, among in self._sums(state, calls):
            longest = _longest(partial(_sum, among), left_usd, tokens) if among else tokens
            if longest is None:
                return self._too_dear(state)
            tokens = longest
        most_usd = call.most_usd(tokens)
        if most_usd and _can_be_limited(call.facts):
            within = _within_context(call.longest(tokens), request, call.facts)
            request = request.model_copy(update={"max_tokens": within})
        return Fitted(request, most_usd)

    def seated(self, specs: Mapping[str, Seat]) -> "Budget":
        """The same sums for the council with these seats (`Plan.seated`)."""
        if not specs:
            return self
        return Budget(
            self._plan.seated(specs),
            self._know,
            self.cap_usd,
            server_usd=self.server_usd,
            whose_key=self._whose_key,
        )

    def _sums(self, state: RunState, calls: list[_Sized]) -> list[tuple[float, list[_Sized]]]:
        """What is left, and for which of these calls: in all, and of the server's money."""
        others = [call for call in calls if not call.is_own]
        return [
            (self.cap_usd - state.charged_usd, calls),
            (self.server_usd - state.server_usd, others),
        ]

    def _counts(self, call: _Sized) -> bool:
        return not call.is_own or self.cap_usd < inf

    def _sized(
        self, model: str, reads: int, images: int = 0, asked: int | None = None, answers: int = 0
    ) -> _Sized:
        is_own = self._whose_key(model) == "own"
        return _Sized(self._know(model), reads, images, asked, answers, is_own)

    def needs(
        self, state: RunState, seats: Iterable[str], *, of_server: bool = False
    ) -> tuple[float, float]:
        """What the run needs, what it has cost included, to ask these seats and to compare; in
        all, or ``of_server`` alone.

        At least, with short answers, and at most; each call once. No bound: `fit` keeps to one.
        """
        letters = list(seats)
        members = [self._members[letter] for letter in letters]
        calls = [*members, *self._chairs(state, letters)]
        calls = [call for call in calls if not (of_server and call.is_own)]
        spent_usd = state.server_usd if of_server else state.charged_usd
        return spent_usd + _sum(calls, LEAST_TOKENS), spent_usd + _sum(calls, self._tokens)

    @property
    def unknown(self) -> list[str]:
        """Models whose price nobody knows, or whose answers nothing limits."""
        sized = {model: self._sized(model, 0) for model in self._plan.models}
        counted = {model: call for model, call in sized.items() if self._counts(call)}
        return [model for model, call in counted.items() if call.most_usd(LEAST_TOKENS) is None]

    def _to_come(self, state: RunState, after: str) -> list[_Sized]:
        """Who has still to be asked when this part has its call."""
        if after == "writer":
            return []
        is_open = {letter: not part.is_final for letter, part in state.seats.items()}
        chairs = self._chairs(state, [s for s in is_open if is_open[s] or s == after])
        if after == "judge":
            return chairs[1:]
        waiting = [s for s in is_open if is_open[s] and s != after and not state.seats[s].attempt]
        is_compared = state.breakdown in ("done", "stopped")
        return [*(self._members[s] for s in waiting), *([] if is_compared else chairs)]

    @cached_property
    def _members(self) -> dict[str, _Sized]:
        sized = {}
        for letter, seat in self._plan.seats:
            facts = self._know(seat.model)
            messages = prompts.member(self._plan, letter, sees=facts.sees is not False)
            images = sum(len(message.images) for message in messages)
            sized[letter] = self._sized(seat.model, _bytes(messages), images, seat.max_tokens)
        return sized

    def _chairs(self, state: RunState, open_seats: Sequence[str]) -> list[_Sized]:
        """Judge and writer, who read what is written and what these seats will write."""
        council = self._plan.council
        if not self._plan.has_comparison:
            return []
        written = sum(
            len(json.dumps(part.text, ensure_ascii=False).encode())
            for letter, part in state.seats.items()
            if letter not in open_seats
        )
        judge, writer = self._bare
        answers = len(open_seats)
        chairs = [
            self._sized(council.judge.model, judge + written, answers=answers),
            # The comparison is one more text that the writer reads.
            self._sized(council.writer_model, writer + written, answers=answers + 1),
        ]
        return chairs[:1] if self._plan.kind == "judging" else chairs

    @cached_property
    def _bare(self) -> tuple[int, int]:
        """Bytes of what judge and writer are told, without any answer."""
        letters = self._plan.letters
        empty = Excerpts(tuple((letter, "") for letter in letters), self._plan.history)
        schema = len(json.dumps(prompts.JUDGE_SCHEMA))
        judge = _bytes(prompts.judge(self._plan, empty, "")) + schema
        return judge, _bytes(prompts.writer(self._plan, empty, [], ""))

    def _too_dear(self, state: RunState) -> Failure:
        if self.server_usd == 0 and self.cap_usd == inf:
            return _failure(
                "It was not sent: a key of your own should have paid for it, and it is not there "
                "any more. Nothing of the server's money is set aside for this run."
            )
        cap_usd, taken_usd = min(
            (self.cap_usd, state.charged_usd),
            (self.server_usd, state.server_usd),
            key=lambda sums: sums[0] - sums[1],
        )
        return _failure(
            f"It was not sent, because this run could then exceed its cap of "
            f"{amount(cap_usd)}, of which {amount(taken_usd)} is spent or set aside. What was "
            "written is kept."
        )


def budget(
    plan: Plan, know: Know, whose_key: WhoseKey, cap_usd: float | None, server_usd: float | None
) -> Budget | None:
    """The budget of a run; None where no cap applies."""
    if cap_usd is None and server_usd is None:
        return None
    caps = (inf if one is None else one for one in (cap_usd, server_usd))
    return Budget(plan, know, next(caps), server_usd=next(caps), whose_key=whose_key)


def unknown_price(models: Sequence[str]) -> str:
    """Why nobody can promise to keep to a cap with these models, and what to do."""
    return (
        f"a spending cap applies, and the price of {' and '.join(models)} is not known. Choose "
        "models whose price their provider lists, or ask whoever runs this server to lift the cap."
    )


def _failure(message: str) -> Failure:
    return Failure(kind=Kind.NO_CREDIT, message=message, final=True)


def _longest(cost: Callable[[int], float], left_usd: float, most: int) -> int | None:
    """The longest answers, in tokens, that cost no more than is left; None when none do."""
    lengths = range(LEAST_TOKENS, most + 1)
    fitting = bisect_right(lengths, left_usd, key=cost)
    return lengths[fitting - 1] if fitting else None


def _sum(calls: Sequence[_Sized], tokens: int) -> float:
    """Their worst cases together. Who has no price is refused on its turn, and costs nothing."""
    return sum(call.most_usd(tokens) or 0.0 for call in calls)


def _worst(price: Price, reads: int, writes: int, images: int) -> float | None:
    """The dearest a call can come, whichever tier its prompt reaches; None without rates."""
    reached = [0, *(t.min_prompt_tokens for t in price.tiers if t.min_prompt_tokens <= reads)]
    costs = []
    for tokens in reached:
        rates = price.rates_for(tokens)
        if rates.prompt is None or rates.completion is None:
            return None
        costs.append(reads * max(rates.prompt, rates.cached or 0.0) + writes * rates.completion)
    return max(costs) + price.request + images * price.image


def _can_be_limited(facts: Facts) -> bool:
    """True unless the list says that it takes no limit on the answer's length."""
    taken = facts.parameters
    return taken is None or bool({"max_tokens", "max_completion_tokens"} & taken)


def _within_context(tokens: int | None, request: Request, facts: Facts) -> int | None:
    """No more than the context has room for: providers refuse a limit that goes beyond it."""
    if tokens is None or facts.context is None:
        return tokens
    return max(1, min(tokens, facts.context - int(tokens_of(request.messages) * HIGH)))


def _bytes_of(request: Request) -> int:
    """A bound on what a request can be counted for: nothing has more tokens than bytes."""
    size = _bytes(request.messages)
    if request.json_schema is not None:
        size += len(json.dumps(request.json_schema))
    if request.tools:
        size += _TOOLS_TOKENS + sum(len(tool.model_dump_json().encode()) for tool in request.tools)
    return size


def _bytes(messages: Sequence[Message]) -> int:
    size = 0
    for message in messages:
        calls = "".join(f"{c.id}{c.name}{c.arguments}" for c in message.tool_calls)
        text = f"{message.role}{message.content}{message.tool_call_id}{calls}"
        size += len(text.encode()) + _AROUND * (1 + len(message.tool_calls))
        size += len(message.images) * _IMAGE_TOKENS
    return size
