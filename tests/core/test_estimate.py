"""What a question will take: recorded answers say how far off the tokens are, prices the rest."""

import json
import os
from pathlib import Path
from statistics import mean
from time import perf_counter
from typing import Any

import pytest

from council.core import prompts
from council.core.estimate import ANSWER, THOUGHTS, amount, estimate, tokens_in
from council.core.facts import FREE, NOTHING, Facts, Price, Rates, Tier
from council.core.plan import Council, Judge, Plan, Seat, Turn, Writer

_FOLDER = Path(os.environ.get("WIRE_CORPUS", "")) / "streams"
_MORE_THAN_TEXT = (
    *("147", "152", "212", "d016"),  # several choices, counted together
    *("026", "038", "323", "d003"),  # tools and hidden thoughts, counted with the answer
    *("133", "333", "d018", "d019"),  # pictures, and the usage of another answer
    "d010",  # cut off
)


def test_nothing_has_no_tokens() -> None:
    assert tokens_in("") == 0


def test_a_sentence_has_about_a_token_per_word_and_mark() -> None:
    assert 9 <= tokens_in("The quick brown fox jumps over the lazy dog.") <= 12


def test_code_and_figures_weigh_more_than_prose_of_the_same_length() -> None:
    code = "if (a[i]>=b[j]){x=0x7f;}" * 20
    assert tokens_in(code) > 1.5 * tokens_in("a" * len(code))


def test_a_chinese_character_is_about_a_token_and_four_times_a_latin_letter() -> None:
    assert tokens_in("学习数据" * 25) == 100
    assert tokens_in("data" * 25) < 30


def test_the_longest_question_is_counted_in_a_blink() -> None:
    began = perf_counter()
    tokens_in("Wide 文 and narrow. " * 10_000)
    assert perf_counter() - began < 0.5


@pytest.mark.skipif("WIRE_CORPUS" not in os.environ, reason="WIRE_CORPUS names no folder")
def test_recorded_answers_are_met_as_closely_as_the_module_says() -> None:
    off = {stem: _off(text, counted) for stem, text, counted in _recorded()}
    long = [_off(text, counted) for _, text, counted in _recorded() if counted >= 150]
    assert len(off) >= 25
    assert mean(off.values()) < 0.12
    assert max(off.values()) < 0.4
    assert mean(long) < 0.10
    assert max(long) < 0.25


def _off(text: str, counted: int) -> float:
    return abs(tokens_in(text) - counted) / counted


def _recorded() -> list[tuple[str, str, int]]:
    """Answers that are all a provider counted, with its count."""
    found: dict[str, tuple[str, str, int]] = {}
    for path in sorted(_FOLDER.glob("*.json")):
        side = json.loads(path.read_text())
        usage, text = side.get("expected_usage") or {}, side.get("expected_text") or ""
        is_all = not (usage.get("reasoning") or side.get("expected_reasoning"))
        counted = usage.get("completion") or 0
        has_tools = bool(side.get("expected_tool_calls"))
        is_plain = is_all and not has_tools and not path.stem.startswith(_MORE_THAN_TEXT)
        if text and is_plain and counted >= 20:
            found.setdefault(text, (path.stem, text, counted))
    return list(found.values())


def _plan(**changed: Any) -> Plan:
    council = Council(
        name="Three",
        seats=tuple(Seat(model=f"lab/{letter}") for letter in "abc"),
        judge=Judge(model="lab/judge"),
        writer=Writer(model="lab/writer"),
    )
    return Plan(prompt="Which metal?", council=council.model_copy(update=changed))


def _priced(model: str) -> Facts:
    return Facts(price=Price(rates=Rates(prompt=3e-6, completion=15e-6)))


def test_a_run_is_estimated_part_by_part_from_what_they_read_and_write() -> None:
    found = estimate(_plan(), _priced)
    assert [part.seat for part in found.parts] == ["A", "B", "C", "judge", "writer"]
    first, judge = found.parts[0], found.parts[3]
    assert first.writes == ANSWER
    assert first.cost_usd == pytest.approx(
        (first.reads[0] * 3e-6 + 300 * 15e-6, first.reads[1] * 3e-6 + 1_500 * 15e-6)
    )
    assert judge.reads[1] - judge.reads[0] == 3 * (ANSWER[1] - ANSWER[0])
    assert 0.02 < found.low_usd < found.high_usd < 0.4
    assert found.high_usd == pytest.approx(sum(p.cost_usd[1] for p in found.parts if p.cost_usd))


def test_what_a_model_is_told_is_counted_as_it_is_sent() -> None:
    plan = _plan()
    told = sum(tokens_in(message.content) for message in prompts.member(plan, "A"))
    assert estimate(plan, _priced).parts[0].reads == (told, told)
    longer = plan.model_copy(update={"history": (Turn(prompt="x" * 900, synthesis="y" * 900),)})
    reads = [part.reads[0] for part in estimate(longer, _priced).parts]
    assert all(
        more > one.reads[0] for more, one in zip(reads, estimate(plan, _priced).parts, strict=True)
    )


def test_an_unknown_price_is_unknown_and_not_nothing() -> None:
    found = estimate(_plan(), lambda model: NOTHING if model == "lab/b" else _priced(model))
    assert [part.seat for part in found.unknown] == ["B"]
    assert found.parts[1].cost_usd is None
    assert found.low_usd > 0


def test_a_price_without_a_rate_is_unknown_too() -> None:
    half = Facts(price=Price(rates=Rates(prompt=1e-6)))
    assert len(estimate(_plan(), lambda _: half).unknown) == 5


def test_a_server_of_ones_own_costs_nothing() -> None:
    found = estimate(_plan(), lambda _: Facts(price=FREE))
    assert (found.low_usd, found.high_usd, found.unknown) == (0, 0, ())


def test_an_answer_is_no_longer_than_the_seat_and_its_model_allow() -> None:
    seats = (Seat(model="lab/a", max_tokens=200), Seat(model="lab/b"))
    short = Facts(max_output=1_000)
    found = estimate(_plan(seats=seats), lambda _: short)
    assert found.parts[0].writes == (200, 200)
    assert found.parts[1].writes == (300, 1_000)


def test_a_model_that_reasons_writes_more_but_is_read_as_others_are() -> None:
    plain = estimate(_plan(), _priced)
    slow = estimate(_plan(), lambda m: _priced(m).model_copy(update={"reasons": m == "lab/a"}))
    assert slow.parts[0].writes[1] == ANSWER[1] + THOUGHTS[1]
    assert slow.parts[3].reads == plain.parts[3].reads


def test_tools_raise_only_the_upper_end() -> None:
    plain, tools = estimate(_plan(), _priced), estimate(_plan(tools=("web_search",)), _priced)
    assert tools.low_usd == plain.low_usd
    assert tools.high_usd > plain.high_usd


def test_a_long_prompt_pays_the_rates_of_its_tier() -> None:
    tier = Tier(min_prompt_tokens=1_000, rates=Rates(prompt=30e-6))
    price = Price(rates=Rates(prompt=3e-6, completion=0.0), tiers=(tier,))
    plan = _plan().model_copy(update={"prompt": "word " * 5_000})
    first = estimate(plan, lambda _: Facts(price=price)).parts[0]
    assert first.cost_usd is not None
    assert first.cost_usd[0] == pytest.approx(first.reads[0] * 30e-6)


def test_one_seat_has_nobody_to_compare_and_to_merge() -> None:
    assert len(estimate(_plan(seats=(Seat(model="lab/a"),)), _priced).parts) == 1


@pytest.mark.parametrize(
    ("usd", "said"), [(0.1, "$0.10"), (10.0, "$10.00"), (1234.5, "$1,234.50"), (0.0255, "$0.025")]
)
def test_a_sum_somebody_chose_is_written_in_cents_where_they_do(usd: float, said: str) -> None:
    assert amount(usd) == said
