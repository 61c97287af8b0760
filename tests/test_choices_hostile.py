"""What a provider's list may hold: nothing of it takes the first page away."""

import time

import pytest

from council import choices
from council.directory import Listing
from council.wire.catalogue import models_in
from council.wire.provider import Provider


def _choices(*ids: str) -> list[choices.Choice]:
    found = models_in([{"id": model} for model in ids])
    assert found is not None
    return choices.choices([Listing(Provider("fake", "http://127.0.0.1/v1"), tuple(found))])


@pytest.mark.parametrize(
    "model", ["a\x01b", "\x01", "a\x7fb", "m" * 298, "\x00", "a\u0085b"], ids=ascii
)
def test_a_model_that_cannot_be_named_is_not_offered_and_harms_no_other(model: str) -> None:
    offered = next(c for c in _choices(model, "good-model") if c.slug == "all-fake")
    assert {seat.model for seat in offered.council.seats} <= {"fake/good-model", "fake/\ufffd"}
    _choices(model)


def test_a_list_of_thousands_of_models_is_ranked_in_a_moment() -> None:
    few, many = ([f"maker{i}/model-{i}" for i in range(n)] for n in (500, 5000))
    began = time.perf_counter()
    _choices(*few)
    middle = time.perf_counter()
    _choices(*many)
    # Ten times as many take ten times as long, not a hundred times; there is room for noise.
    assert time.perf_counter() - middle < 40 * (middle - began)
