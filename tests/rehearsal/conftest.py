"""One provider process for the whole folder, wiped before each test."""

from collections.abc import Iterator

import httpx
import pytest

from tests.fakes.provider import ScriptedProvider


@pytest.fixture(scope="session")
def process() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as provider:
        yield provider


@pytest.fixture
def provider(process: ScriptedProvider) -> ScriptedProvider:
    process.reset()
    return process


@pytest.fixture
def client(provider: ScriptedProvider) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=provider.url, trust_env=False, timeout=10) as client:
        yield client
