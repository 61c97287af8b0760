"""The official client, unchanged, against the real server."""

from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from tests.api.test_answers import BROKE, BUSY, SAID, failing
from tests.whole.house import House, saying, usual

METALS = "council/metals"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Steel or aluminium?"}]


class Metal(BaseModel):
    """What the answer has to look like."""

    metal: str
    reasons: list[str]


@pytest.fixture
def official(house: House, token: str) -> Iterator[openai.OpenAI]:
    """OpenAI's client with nothing set but the address and the key."""
    with openai.OpenAI(base_url=f"{house.server.url}/v1", api_key=token) as client:
        yield client


def test_the_official_client_asks_and_reads_everything(
    house: House, official: openai.OpenAI
) -> None:
    house.script(**usual())
    assert METALS in [model.id for model in official.models.list()]
    answer = official.chat.completions.create(model=METALS, messages=ASKED)
    assert answer.choices[0].message.content == SAID
    assert answer.model_extra is not None
    assert answer.model_extra["fusion"]["status"] == "ok"
    assert answer.usage is not None
    assert answer.usage.model_extra is not None
    assert "cost" in answer.usage.model_extra


def test_the_official_client_streams_and_sums_up(house: House, official: openai.OpenAI) -> None:
    house.script(**usual())
    asking = official.chat.completions.stream(
        model=METALS,
        messages=ASKED,
        stream_options={"include_usage": True},
    )
    with asking as events:
        final = events.get_final_completion()
    assert final.choices[0].message.content == SAID
    assert final.usage is not None
    assert final.usage.total_tokens > 0


def test_the_official_client_parses_a_form(house: House, official: openai.OpenAI) -> None:
    house.script(**usual(writer=[saying('{"metal": "steel", "reasons": ["repairs"]}')]))
    answer = official.chat.completions.parse(
        model=METALS,
        messages=ASKED,
        response_format=Metal,
    )
    assert answer.choices[0].message.parsed == Metal(metal="steel", reasons=["repairs"])


def test_the_official_client_raises_its_own_errors_and_asks_nobody_twice(
    house: House, official: openai.OpenAI
) -> None:
    with pytest.raises(openai.AuthenticationError):
        official.with_options(api_key="fc-no").models.list()
    with pytest.raises(openai.NotFoundError):
        official.models.retrieve("council/none")
    for how, expected in ((BROKE, openai.InternalServerError), (BUSY, openai.RateLimitError)):
        house.script(**usual(m1=[failing(how)], m2=[failing(how)], m3=[failing(how)]))
        with pytest.raises(expected):
            official.chat.completions.create(model=METALS, messages=ASKED)
        assert house.counts() == {"m1": 1, "m2": 1, "m3": 1}
        with pytest.raises(openai.APIError) as streamed:
            list(
                official.chat.completions.create(
                    model=METALS,
                    messages=ASKED,
                    stream=True,
                )
            )
        assert streamed.value.code in ("all_panels_failed", "rate_limited")
