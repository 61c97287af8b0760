"""The card of a link: whatever its title is, it stays within its margins."""

import io

import pytest
from PIL import Image

from council.core.state import RunState
from council.sharing import preview_card


@pytest.mark.parametrize("title", ["W" * 200, "steel " * 60, "W" * 25 + " " + "i" * 300, "Short"])
def test_no_title_leaves_the_card(title: str) -> None:
    image = Image.open(io.BytesIO(preview_card.png(RunState(), title))).convert("L")
    margin = image.crop((preview_card.WIDTH - 78, 0, preview_card.WIDTH, preview_card.HEIGHT))
    lowest, highest = margin.getextrema()
    assert lowest == highest, "nothing is drawn in the margin"
    below = image.crop((0, 495, preview_card.WIDTH, 515))
    assert len(set(below.getextrema())) == 1, "at most three lines"
