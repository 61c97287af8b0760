"""The open block grows with the words, not with every frame again."""

import pytest

from council.core import events as ev
from council.frames import Page, encode
from council.journal import Tick, fold_ticks
from tests.golden import tape

_LINE = "x = compute(1)\n"


def _page() -> Page:
    return Page(tape.RUN_ID, fold_ticks(tape.ticks()[:1]))


def _says(page: Page, text: str) -> int:
    """How many characters the frame has in which A says this."""
    event = ev.TextAdded(seat="A", text=text)
    return len(encode(page.take(Tick(tape.RUN_ID, page.seq + 1, (event,)))))


@pytest.mark.parametrize("opening", ["```python\n", "", "- "])
def test_a_frame_late_in_a_long_block_is_as_small_as_an_early_one(opening: str) -> None:
    page = _page()
    _says(page, opening + _LINE)
    early = _says(page, _LINE)
    for _ in range(300):
        late = _says(page, _LINE)
    assert late < early + 10  # its number may have more digits
    assert page.bodies["A"].tail.count("compute") == 302
