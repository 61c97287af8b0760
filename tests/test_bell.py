"""The bell: who listens, and what one listener's fault may cost the others."""

import logging
import uuid

import pytest

from council.bell import Bell
from council.journal import Tick


def test_a_listener_that_fails_keeps_the_word_from_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bell, tick = Bell(), Tick(uuid.uuid4(), 1, ())
    heard: list[Tick] = []

    def fails(_ticks: object) -> None:
        raise ValueError("a page that cannot be drawn")

    bell.listen(tick.run_id, fails)
    bell.listen(tick.run_id, heard.extend)
    with caplog.at_level(logging.ERROR, "council.bell"):
        bell.ring([tick])
    assert heard == [tick]
    assert "a page that cannot be drawn" in caplog.text
