"""What is known of models whose own provider lists nothing but their names."""

import json
from pathlib import Path

import pytest

from council import familiar
from council.core.facts import Facts, Price, Rates
from council.wire.catalogue import Model, models_in

PRICE = Price(rates=Rates(prompt=0.5, completion=0.75))


def _model(name: str, **facts: object) -> Model:
    return Model(id=name, name=name, facts=Facts.model_validate(facts))


@pytest.mark.parametrize(
    ("provider", "asked", "listed"),
    [
        ("openai", "gpt-9", "openai/gpt-9"),
        ("gemini", "gemini-9-pro", "google/gemini-9-pro"),
        ("anthropic", "claude-opus-9-5-20291101", "anthropic/claude-opus-9.5"),
        ("anthropic", "claude-sonnet-9-20290514", "anthropic/claude-sonnet-9"),
    ],
)
def test_openrouter_s_list_describes_the_maker_s_own_models(
    provider: str, asked: str, listed: str
) -> None:
    there = {listed: _model(listed, context=7, price=PRICE, parameters=frozenset({"tools"}))}
    found = familiar.facts_of(provider, _model(asked), there)
    assert (found.context, found.price, found.parameters) == (7, PRICE, None)
    assert familiar.facts_of("groq", _model(asked), there) == Facts()


def test_a_dated_name_of_openai_s_is_not_priced_as_its_family() -> None:
    there = {"openai/gpt-9": _model("openai/gpt-9", price=PRICE)}
    assert familiar.facts_of("openai", _model("gpt-9-2029-05-13"), there).price is None


def test_what_the_provider_says_itself_is_never_overridden() -> None:
    there = {"openai/gpt-9": _model("openai/gpt-9", context=7, sees=True, price=PRICE)}
    own = _model("gpt-9", context=3, sees=False)
    found = familiar.facts_of("openai", own, there)
    assert (found.context, found.sees, found.price) == (3, False, PRICE)


def test_the_dated_file_is_whole_and_says_where_it_is_from() -> None:
    held = json.loads(
        Path(familiar.__file__).with_name("builtin").joinpath("models.json").read_text()
    )
    for provider, said in held.items():
        assert len(said["source"]) > 20, provider
        assert said["as_of"][:2] == "20"
        names = familiar.names(provider)
        assert names
        for model in names:
            facts = familiar.builtin(provider, model.id)
            assert facts != Facts(), model.id
            rates = facts.price.rates if facts.price else Rates(prompt=1e-6, completion=1e-6)
            assert rates.prompt is not None
            assert rates.completion is not None
            assert 0 < rates.prompt <= rates.completion < 1e-3, model.id
            assert (rates.cached or 0) < rates.prompt


def test_the_file_fills_a_plain_list() -> None:
    listed = models_in({"data": [{"id": "claude-opus-4-5-20251101"}]})
    assert listed
    found = familiar.facts_of("anthropic", listed[0], {})
    assert found.price is not None
    assert found.price.rates == Rates(prompt=5e-6, completion=2.5e-5, cached=5e-7)
    assert found.context == 200_000
