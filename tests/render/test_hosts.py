"""A link's host is shown to the reader; a host nobody can read must not end the page."""

import pytest

from council.render import html

_UNREADABLE = [
    "<http://[:::::]>",
    "[a](http://[:::::]/)",
    "<https://[1.2.3:::]/x>",
    "[a](http://[fe80::1::2]:80/)",
    "[a](http://[.]/)",
]


@pytest.mark.parametrize("text", _UNREADABLE)
def test_a_link_whose_host_cannot_be_read_is_shown_all_the_same(text: str) -> None:
    shown = html(f"before {text} after", 0)
    assert "before" in shown
    assert "after" in shown
