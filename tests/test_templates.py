"""The templates as they stand, and what becomes of them with the models somebody really has."""

import json
import os
import time
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from council import choices, familiar
from council.adapting import Adapted, adapt
from council.candidates import Candidates
from council.core.facts import Facts
from council.core.independence import family
from council.core.plan import Council, Judge, Seat
from council.directory import Listing
from council.wire.catalogue import Model, models_in
from council.wire.provider import Provider

FOLDER = Path(os.environ.get("WIRE_CORPUS", "")) / "models"
needs_lists = pytest.mark.skipif(
    "WIRE_CORPUS" not in os.environ, reason="WIRE_CORPUS names no folder of recorded lists"
)
RECORDED = {
    "openrouter": "openrouter-full-2026.json",
    "openai": "openai-2026.json",
    "anthropic": "anthropic-2026.json",
    "gemini": "google-native-page1.json",
    "mistral": "mistral.json",
    "mantle": "bedrock-mantle.json",
    "hf": "huggingface-router.json",
    "perplexity": "perplexity.json",
    "ollama": "ollama-0.20.5-v1-models.json",
    "vllm": "vllm-0.26-v1-models.json",
}
ODD = {
    "older": ("openai", "openai-2022-with-permission.json"),
    "last year's": ("anthropic", "anthropic-2025.json"),
    "few": ("openrouter", "openrouter-small-gpt5nano.json"),
}
NOT_CHAT = ("embed", "tts", "whisper", "rerank", "image", "moderation", "realtime", "transcribe")


@cache
def _recorded(name: str, file: str) -> Listing:
    found = models_in(json.loads((FOLDER / file).read_text(encoding="utf-8")))
    assert found
    filled = (m.model_copy(update={"facts": familiar.facts_of(name, m, {})}) for m in found)
    is_local = name in ("ollama", "vllm")
    url = "http://127.0.0.1:9/v1" if is_local else f"https://{name}.example/v1"
    return Listing(Provider(name, url, None, local=is_local), tuple(filled))


def _real(*names: str) -> list[Listing]:
    return [_recorded(name, RECORDED[name]) for name in names]


def _list(provider: str, *models: str | Model, local: bool = False) -> Listing:
    made = [Model(id=m, name=m) if isinstance(m, str) else m for m in models]
    return Listing(Provider(provider, f"https://{provider}.example/v1", local=local), tuple(made))


def _council(*models: str, judge: str = "", tools: bool = False) -> Council:
    return Council(
        name="Wanted",
        seats=tuple(Seat(model=model) for model in models),
        judge=Judge(model=judge or models[0]),
        tools=("web_search",) if tools else (),
    )


def _adapted(council: Council, *listings: Listing) -> Adapted:
    found = adapt(council, listings)
    assert found is not None
    return found


def _models(found: Adapted) -> list[str]:
    return [seat.model for seat in found.council.seats]


@needs_lists
def test_every_template_asks_for_models_that_are_offered() -> None:
    offered = Candidates(_real("openrouter"))
    for slug, council in choices.builtin():
        if slug != "local":
            assert set(council.models) <= offered.names, slug
            assert set(council.models) <= offered.known.keys(), slug
            assert len({family(seat.model) for seat in council.seats}) == len(council.seats), slug


def test_a_member_s_instructions_never_tell_it_that_others_were_asked() -> None:
    for slug, council in choices.builtin():
        assert council.description, slug
        for seat in council.seats:
            said = seat.instructions.casefold()
            told = ("other member", "other seat", "council", "judge will", "panel")
            assert not [word for word in told if word in said], (slug, seat.role)
            assert seat.role, slug


_SOME = [(name,) for name in RECORDED] + list(combinations(RECORDED, 2)) + [tuple(RECORDED)]


@needs_lists
@pytest.mark.parametrize("names", _SOME, ids="+".join)
def test_with_any_providers_every_template_can_be_asked(names: tuple[str, ...]) -> None:
    listings = _real(*names)
    there, has_local = Candidates(listings), bool({"ollama", "vllm"} & set(names))
    offered = choices.choices(listings)
    assert offered[0].is_ready
    for choice in offered:
        if choice.slug == "local" and not has_local:
            assert "model server on this machine" in choice.missing
            continue
        assert choice.is_ready, (choice.slug, choice.missing)
        council = Council.model_validate(choice.council.model_dump())
        assert set(council.models) <= there.names
        assert not [m for m in council.models for no in NOT_CHAT if no in m.casefold()]
        _says_all(choice)
        seated = [seat.model for seat in council.seats]
        if len(there.all) >= 12 and choice.slug not in ("fast", "budget", "local"):
            assert len(set(seated)) == len(seated), (choice.slug, seated)


def _says_all(choice: choices.Choice) -> None:
    """Each change of a template has its sentence, with seat, wanted and got."""
    wanted = dict(choices.builtin()).get(choice.slug)
    if wanted is None or choice.slug == "local" or len(choice.replaced) == 1:
        return
    changed = [
        letter
        for letter, before, after in zip(
            wanted.letters, wanted.seats, choice.council.seats, strict=True
        )
        if before.model != after.model
    ]
    changed += ["Judge"] if wanted.judge.model != choice.council.judge.model else []
    assert [line.partition(":")[0] for line in choice.replaced] == changed


@needs_lists
@pytest.mark.parametrize("odd", ODD)
def test_a_list_of_another_time_still_seats_every_template(odd: str) -> None:
    offered = choices.choices([_recorded(*ODD[odd])])
    assert all(choice.is_ready for choice in offered if choice.slug != "local")


@needs_lists
def test_three_makers_keys_give_quality_as_it_is_meant() -> None:
    first = choices.choices(_real("openai", "anthropic", "gemini"))[0]
    assert first.slug == "quality"
    assert [seat.model for seat in first.council.seats] == [
        "anthropic/claude-opus-5",
        "openai/gpt-5.5",
        "gemini/gemini-pro-latest",
    ]
    assert first.council.judge.model == "anthropic/claude-sonnet-5"
    assert first.replaced[0] == "A: Claude Opus comes from Anthropic here, as Claude Opus 5."


@needs_lists
def test_one_maker_s_key_begins_with_a_council_that_looks_from_different_sides() -> None:
    first, *others = choices.choices(_real("openai"))
    assert first.slug == "all-openai"
    assert [s.model for s in first.council.seats] == [
        "openai/gpt-5.5",
        "openai/gpt-5.4",
        "openai/gpt-5.2",
    ]
    assert len({seat.instructions for seat in first.council.seats}) == 3
    quality = next(choice for choice in others if choice.slug == "quality")
    assert quality.replaced[0] == "A: Claude Opus is not offered here; gpt-5.4 takes its place."
    fast = next(choice for choice in others if choice.slug == "fast")
    assert all("mini" in seat.model or "nano" in seat.model for seat in fast.council.seats), (
        "small stays small"
    )


OPUS, KIMI = "openrouter/~anthropic/claude-opus-latest", "openrouter/moonshotai/kimi-k2.6"


@pytest.mark.parametrize(
    ("wanted", "listed"),
    [
        (OPUS, "claude-opus-5"),
        (OPUS, "claude-opus-4-5-20251101"),
        ("openrouter/anthropic/claude-opus-4.5", "claude-opus-4-5-20251101"),
        ("anthropic/claude-opus-4-5", "us.anthropic.claude-opus-4-5"),
        ("openrouter/~google/gemini-pro-latest", "gemini-3.1-pro-preview"),
        (KIMI, "moonshotai/Kimi-K2.6-Instruct"),
        ("openrouter/qwen/qwen3-32b", "Qwen/Qwen3-32B-FP8"),
    ],
)
def test_a_model_is_the_same_under_another_provider_s_name(wanted: str, listed: str) -> None:
    decoys = ("claude-haiku-9", "claude-opus-3-1", "gpt-9", "gemini-9-flash", "kimi-k1", "qwen3-8b")
    found = _adapted(_council(wanted), _list("other", *decoys, listed))
    assert _models(found) == [f"other/{listed}"]
    assert "comes from other here" in found.replaced[0]
    assert found.kept == 1


@pytest.mark.parametrize(
    ("wanted", "listed", "got"),
    [
        (OPUS, ("gpt-5.5", "claude-sonnet-5", "claude-haiku-5"), "claude-sonnet-5"),
        (OPUS, ("claude-haiku-5", "gpt-5.5-mini", "grok-4.6"), "grok-4.6"),
        ("x/claude-haiku-latest", ("claude-opus-5", "gemini-3-flash"), "gemini-3-flash"),
        (KIMI, ("gpt-5.5", "glm-5", "mistral-small-latest"), "glm-5"),
    ],
    ids=["same family and class", "same class", "small stays small", "the middle"],
)
def test_the_nearest_takes_the_place_of_what_is_not_there(
    wanted: str, listed: tuple[str, ...], got: str
) -> None:
    found = _adapted(_council(wanted), _list("p", *listed))
    assert _models(found) == [f"p/{got}"]
    assert "is not offered here" in found.replaced[0]
    assert found.kept == 0


def test_families_stay_as_different_as_the_lists_allow() -> None:
    council = _council(*(f"gone/model-{n}-pro" for n in range(4)), judge="gone/judge-pro")
    listed = ("claude-opus-5", "claude-sonnet-5", "gpt-5.5", "gpt-5.4", "gemini-3-pro", "grok-4.6")
    found = _adapted(council, _list("p", *listed))
    assert len({family(model) for model in _models(found)}) == 4
    assert found.council.judge.model not in _models(found), "the judge sits off the panel"


def test_a_judge_on_the_panel_is_better_than_a_weak_one() -> None:
    found = _adapted(_council(OPUS), _list("p", "claude-opus-5", "gpt-5-nano"))
    assert found.council.judge.model == "p/claude-opus-5"


def test_a_seat_that_looks_things_up_gets_a_model_that_can() -> None:
    mute = Model(id="claude-sonnet-5", name="S", facts=Facts(can_tools=False))
    listing = _list("p", mute, "grok-4.6")
    assert _models(_adapted(_council(OPUS), listing)) == ["p/claude-sonnet-5"]
    assert _models(_adapted(_council(OPUS, tools=True), listing)) == ["p/grok-4.6"]


def test_what_was_to_stay_on_this_machine_is_never_asked_elsewhere() -> None:
    council, cloud = _council("ollama/…", "ollama/gemma3:4b"), _list("p", "gpt-5.5")
    passed_on = _list("ollama", "gpt-oss:120b-cloud", local=True)
    assert adapt(council, [cloud]) is None
    assert adapt(council, [cloud, passed_on]) is None
    here = _list("ollama", "llama3.2:3b", "gpt-oss:120b-cloud", local=True)
    assert set(_models(_adapted(council, cloud, here))) == {"ollama/llama3.2:3b"}


def test_one_model_alone_takes_every_seat_and_one_sentence_says_so() -> None:
    offered = choices.choices([_list("ollama", "gemma3:4b", local=True)])
    assert offered[0].slug == "local"
    assert all(choice.is_ready for choice in offered)
    for choice in offered[1:]:
        assert choice.replaced == ("gemma3:4b, the only model offered here, takes every seat.",)


def test_two_models_share_the_seats() -> None:
    for choice in choices.choices([_list("ollama", "gemma3:4b", "qwen3:8b", local=True)]):
        assert {s.model for s in choice.council.seats} == {"ollama/gemma3:4b", "ollama/qwen3:8b"}


def test_without_a_provider_each_template_says_what_it_wants_and_what_to_do() -> None:
    quality, *others = choices.choices([])
    assert quality.missing == (
        "connect a provider first; it is made for Claude Opus, GPT and Gemini Pro"
    )
    assert not any(choice.is_ready for choice in others)


@pytest.mark.parametrize(
    "listed",
    [
        ("a b", "\u2028", "x" * 400),
        ("-" * 290, "1" * 280, "٣" * 20, "v999.999.999.999", "2b" * 100),
        ("text-embedding-3", "tts-1", "rerank-2", "whisper-1", "bge-m3"),
        ("<script>alert(1)</script>", "../../etc", "…", "{{x}}", "~", ":", "a/"),
    ],
    ids=["unnameable", "numbers", "not for talking", "hostile"],
)
def test_no_list_is_so_odd_that_a_page_falls(listed: tuple[str, ...]) -> None:
    for choice in choices.choices([_list("p", *listed), _list("ollama", *listed, local=True)]):
        if choice.is_ready:
            Council.model_validate(choice.council.model_dump())


def test_a_thousand_models_are_looked_through_once() -> None:
    names = ("claude-opus", "gpt", "gemini-flash", "qwen-coder", "glm", "unheard-of", "kimi-k")
    listings = [_list("p", *(f"{names[i % 7]}-{i // 40}.{i % 40}" for i in range(1000)))]
    choices.choices(listings)
    began = time.perf_counter()
    for _ in range(20):
        choices.choices([*listings])
    assert time.perf_counter() - began < 2.0, "a page would feel it"
