"""Finding a model by what one types."""

import time

import pytest

from council import catalogue
from council.directory import Listing
from council.wire.catalogue import models_in
from council.wire.provider import Provider

SEEING = {"architecture": {"input_modalities": ["text", "image"]}}


def _costs(prompt: str, completion: str) -> dict[str, dict[str, str]]:
    return {"pricing": {"prompt": prompt, "completion": completion}}


CARDS = [
    {"id": "openai/gpt-9", "name": "GPT-9", "context_length": 400_000, **SEEING}
    | {"supported_parameters": ["tools"], **_costs("0.00000125", "0.00001")},
    {"id": "maker/tiny:free", "context_length": 8_192, **_costs("0", "0")},
    {"id": "maker/long-one", "context_length": 1_048_576}
    | {"supported_parameters": ["reasoning"], **_costs("0.000002", "0.000005")},
    {"id": "maker/silent"},
    {"id": "maker/painter", "architecture": {"output_modalities": ["image"]}},
]


def _entries(*cards: object) -> list[catalogue.Entry]:
    listing = Listing(Provider("lab", "http://127.0.0.1/v1"), tuple(models_in(list(cards)) or ()))
    return catalogue.entries([listing])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["gpt-9", "tiny:free", "long-one", "silent"]),
        ("GPT", ["gpt-9"]),
        ("lab openai", ["gpt-9"]),
        ("sees tools", ["gpt-9"]),
        ("reasons", ["long-one"]),
        ("free", ["tiny:free"]),
        ("<5", ["tiny:free", "long-one"]),
        ("<$4.9", ["tiny:free"]),
        ("200k", ["gpt-9", "long-one"]),
        (">200k", ["gpt-9", "long-one"]),
        (">=1m", ["long-one"]),
        ("long maker", ["long-one"]),
        ("nothing like it", []),
        ("<", []),
        ("\x00 %s {{", []),
    ],
)
def test_every_word_narrows_it_down(query: str, found: list[str]) -> None:
    names = [e.name.rpartition("/")[2] for e in catalogue.search(_entries(*CARDS), query)]
    assert names == found


def test_what_begins_with_the_word_comes_first() -> None:
    cards = [{"id": "my-gpt"}, {"id": "x/other", "name": "like gpt"}, {"id": "gpt-9"}]
    assert catalogue.search(_entries(*cards), "gpt")[0].model.id == "gpt-9"


def test_prices_and_lengths_are_said_as_people_read_them() -> None:
    said = [(e.context_words, e.price_words) for e in _entries(*CARDS)]
    assert said == [
        ("400k", "$1.25 / $10"), ("8k", "free"), ("1.05M", "$2 / $5"), ("", ""),
    ]  # fmt: skip


def test_a_search_among_a_thousand_models_takes_a_moment() -> None:
    many = _entries(*({"id": f"maker{n % 40}/model-{n}"} for n in range(1000)))
    began = time.perf_counter()
    assert len(catalogue.search(many, "model 99")) == 19
    assert time.perf_counter() - began < 1
