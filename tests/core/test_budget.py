"""A run under a cap never costs more than that, however dear every call turns out to be."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from council.core.delta import Delta, Ended, Request, Usage
from council.core.estimate import tokens_in
from council.core.facts import FREE, Facts, Price, Rates, Tier
from council.core.failures import Failure, Kind
from council.core.orders import JudgeNow, RetrySeat
from council.core.plan import Seat
from tests.core.fakes import BUSY, Script, World, fails, judges, kitchen, plan_for, says

DOLLAR = 1e-6
"""One US dollar for a million tokens."""

FRONTIER = Price(rates=Rates(prompt=3 * DOLLAR, completion=15 * DOLLAR))
DOWN = Failure(kind=Kind.PROVIDER_ERROR, message="It is down.", status=503)
MUTE = Ended(outcome="done", finish_reason="stop")


@dataclass
class Dear(World):
    """Every provider bills all it may: a token for every byte it reads, and its longest answer."""

    prices: Mapping[str, Price] = None  # type: ignore[assignment]
    says_cost: bool = True
    billed_usd: float = 0.0

    def __post_init__(self) -> None:
        self.know = lambda model: Facts(price=self.prices.get(model, FRONTIER))
        self.prices = self.prices or {}

    def ask(self, request: Request) -> AsyncIterator[Delta]:
        return self._billed(super().ask(request), self.bill(request))

    async def _billed(self, stream: AsyncIterator[Delta], usd: float) -> AsyncIterator[Delta]:
        async for delta in stream:
            if isinstance(delta, Ended):
                is_free = delta.failure is not None and 400 <= (delta.failure.status or 0) < 500
                self.billed_usd += 0 if is_free else usd
                yield delta.model_copy(update={"cost_usd": usd if self.says_cost else None})
            else:
                yield delta

    def bill(self, request: Request) -> float:
        read = sum(len(m.content.encode()) for m in request.messages)
        assert request.max_tokens is not None, "an answer without an end has no worst case"
        usage = Usage(prompt=read, completion=request.max_tokens)
        cost = self.prices.get(request.model, FRONTIER).of(usage)
        assert cost is not None
        return cost


def dear(scripts: Mapping[str, Sequence[Script]], cap_usd: float | None, **more: Any) -> Dear:
    return Dear(scripts, cap_usd=cap_usd, **more).run()  # type: ignore[return-value]


def test_without_a_cap_no_request_is_changed() -> None:
    world = World(kitchen()).run()
    assert {asked.request.max_tokens for asked in world.asked} == {None}
    assert {started.most_usd for started in world.of("call_started")} == {None}


def test_a_limit_never_goes_beyond_what_the_models_context_has_room_for() -> None:
    world = Dear(kitchen(), cap_usd=50.0)
    world.know = lambda model: Facts(price=FRONTIER, context=8_192)
    world.run()
    assert world.state.state == "done"
    for asked in world.asked:
        read = sum(tokens_in(message.content) for message in asked.request.messages)
        assert 500 < (asked.request.max_tokens or 0) <= 8_192 - read


def test_a_small_cap_still_lets_dear_models_answer_in_short() -> None:
    world = dear(kitchen(), 0.5)
    assert world.state.state == "done"
    assert world.billed_usd <= 0.5
    lengths = [asked.request.max_tokens or 0 for asked in world.asked]
    assert min(lengths) >= 500
    assert lengths[0] == lengths[1] == lengths[2] < 4_000


def test_a_large_cap_stops_answers_at_the_usual_length() -> None:
    world = dear(kitchen(), 50.0)
    assert {asked.request.max_tokens for asked in world.asked} == {16_000}


def test_a_seats_own_length_and_its_models_longest_answer_are_kept() -> None:
    plan = plan_for("AB")
    seats = (plan.council.seats[0].model_copy(update={"max_tokens": 700}), Seat(model="fake/B"))
    plan = plan.model_copy(update={"council": plan.council.model_copy(update={"seats": seats})})
    world = World(kitchen(), plan=plan, cap_usd=50.0)
    world.know = lambda _model: Facts(price=FRONTIER, max_output=4_000)
    world.run()
    assert world.calls("A")[0].request.max_tokens == 700
    assert world.calls("B")[0].request.max_tokens == 4_000


@pytest.mark.parametrize("says_cost", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_whatever_fails_and_whatever_a_call_costs_the_cap_holds(seed: int, says_cost: bool) -> None:
    draw = random.Random(seed)
    ways: list[Script] = [fails(DOWN), fails(BUSY), says("tea ", "and soup", end=MUTE)]
    scripts = {
        part: [draw.choice([*ways, script[0]]) for _ in range(4)]
        for part, script in kitchen().items()
    }
    tier = Tier(min_prompt_tokens=2_000, rates=Rates(prompt=9 * DOLLAR))
    prices = {
        f"fake/{part}": Price(
            rates=Rates(
                prompt=draw.uniform(0, 20) * DOLLAR, completion=draw.uniform(1, 90) * DOLLAR
            ),
            request=draw.choice([0, 0.002]),
            tiers=draw.choice([(), (tier,)]),
        )
        for part in scripts
    }
    cap_usd = draw.choice([0.05, 0.2, 0.5, 1.5])
    orders = draw.choice([(), ((3.0, RetrySeat("A")), (30.0, JudgeNow()))])
    world = dear(scripts, cap_usd, prices=prices, says_cost=says_cost, at=orders)
    assert world.billed_usd <= cap_usd
    assert world.billed_usd - 1e-9 <= world.state.charged_usd <= cap_usd


def test_a_call_the_cap_forbids_is_not_sent_and_says_why() -> None:
    slow = [says("tea", pause=5.0)]
    world = dear(kitchen(A=[fails(DOWN)], B=slow, C=slow), 0.13, says_cost=False)
    assert len(world.calls("A")) == 1
    failure = world.state.seats["A"].failure
    assert failure is not None
    assert failure.kind is Kind.NO_CREDIT
    assert failure.final
    assert "cap of $0.13" in failure.message
    assert world.billed_usd <= 0.13
    assert world.state.breakdown == "done", "what A may not have is there for the comparison"


def test_a_refused_call_costs_nothing_and_has_no_call() -> None:
    world = dear(kitchen(), 0.0001)
    assert world.asked == []
    assert world.state.state == "failed"
    assert {end.call for end in world.of("call_ended")} == {""}
    assert world.state.charged_usd == 0


def test_an_answer_that_counts_is_not_given_up_for_a_call_the_cap_forbids() -> None:
    first = dear(kitchen(), 0.5)
    again = Dear(
        kitchen(), events=list(first.events), orders=[RetrySeat("A")], cap_usd=first.billed_usd
    )
    again.run()
    assert again.asked == []
    assert again.state.seats["A"].state == "done"
    assert again.state.seats["A"].text == "tea and soup"


def test_a_call_whose_cost_nobody_said_counts_for_all_it_can_have_cost() -> None:
    world = dear(kitchen(), 0.5, says_cost=False)
    held = sum(started.most_usd or 0 for started in world.of("call_started"))
    assert world.state.charged_usd == pytest.approx(held)
    assert world.state.cost_usd is None


def test_a_call_that_was_turned_away_counts_for_nothing() -> None:
    no_key = Failure(kind=Kind.BAD_KEY, message="No.", status=401)
    world = dear(kitchen(A=[fails(no_key)]), 0.5, says_cost=False)
    assert world.state.seats["A"].charged_usd == 0


def test_a_model_without_a_price_is_not_asked_under_a_cap() -> None:
    world = World(kitchen(), cap_usd=1.0).run()
    assert world.asked == []
    failure = world.state.seats["A"].failure
    assert failure is not None
    assert "the price of fake/A is not known" in failure.message


def test_a_server_of_ones_own_costs_nothing_and_is_not_cut_short() -> None:
    unpaid = {part: [says("tea", end=MUTE)] for part in kitchen()}
    world = World({**unpaid, "judge": [judges(end=MUTE)]}, cap_usd=0.01)
    world.know = lambda _model: Facts(price=FREE)
    world.run()
    assert world.state.state == "done"
    assert {asked.request.max_tokens for asked in world.asked} == {None}


def test_a_model_that_takes_no_limit_counts_with_its_longest_answer() -> None:
    world = World(kitchen(), cap_usd=2.0)
    world.know = lambda _model: Facts(
        price=FRONTIER, max_output=8_000, parameters=frozenset({"temperature"})
    )
    world.run()
    assert {asked.request.max_tokens for asked in world.asked} == {None}
    started = world.of("call_started", "A")[0]
    assert started.most_usd > 8_000 * 15 * DOLLAR


def test_the_bound_of_a_prompt_is_never_less_than_the_estimate() -> None:
    for text in ("学习数据", "if (a[i]>=b[j])", "Ünïcödé 🦜", "plain words"):
        assert tokens_in(text * 50) <= len((text * 50).encode())


def test_a_run_taken_up_again_goes_on_with_what_is_left() -> None:
    whole = dear(kitchen(), 0.5, says_cost=False)
    cut = next(i for i, e in enumerate(whole.events) if e.type == "judging_started")
    charged = sum(e.most_usd or 0 for e in whole.events[:cut] if e.type == "call_started")
    again = Dear(kitchen(), events=list(whole.events[:cut]), cap_usd=0.5, says_cost=False)
    again.run()
    assert charged + again.billed_usd <= 0.5
    assert again.state.state == "done"


@dataclass
class Shared(Dear):
    """Some models are asked with the person's own key, until that is gone."""

    own: frozenset[str] = frozenset()
    gone_after: int = 99
    servers_usd: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.whose_key = self._whose

    def _whose(self, model: str) -> Literal["server", "own"]:
        return "own" if model in self.own and len(self.asked) < self.gone_after else "server"

    def bill(self, request: Request) -> float:
        started = self.of("call_started")
        is_own = next(one for one in started if one.call == request.call).whose_key == "own"
        bounded = request.model_copy(update={"max_tokens": request.max_tokens or 16_000})
        usd = super().bill(bounded)
        self.servers_usd += 0.0 if is_own else usd
        return usd


@pytest.mark.parametrize("seed", range(20))
def test_the_server_never_pays_more_than_was_set_aside_whosever_keys_come_and_go(
    seed: int,
) -> None:
    draw = random.Random(seed)
    parts = ("A", "B", "C", "judge", "writer")
    own = frozenset(f"fake/{part}" for part in parts if draw.random() < 0.5)
    world = Shared(
        kitchen(A=[fails(DOWN), says("tea")]),
        cap_usd=draw.choice([None, 1.0]),
        server_usd=draw.choice([0.0, 0.1, 0.4]),
        own=own,
        gone_after=draw.choice([0, 3, 99]),
        says_cost=draw.random() < 0.5,
    )
    world.run()
    assert world.servers_usd <= world.state.server_usd + 1e-9
    assert world.state.server_usd <= world.server_usd + 1e-9  # type: ignore[operator]
    assert world.cap_usd is None or world.billed_usd <= world.cap_usd


def test_with_keys_of_ones_own_alone_no_price_has_to_be_known_for_the_month() -> None:
    world = World(kitchen(), server_usd=0.0, whose_key=lambda _: "own").run()
    assert world.state.state == "done"
    assert {asked.request.max_tokens for asked in world.asked} == {None}
    assert world.state.charged_usd == world.state.cost_usd
    assert world.state.server_usd == 0
