"""Titles, names and errors of strangers fit on one line of ours and leave the rest of it alone."""

from council.wire.cleaning import one_line


def test_one_line_has_no_breaks_and_nothing_that_turns_text_around() -> None:
    assert one_line("a\r\n\x1b[31m\u202eb\u202c \u2067c", 100) == "a [31mb c"


def test_a_long_line_is_cut_and_says_so() -> None:
    assert one_line("tea " * 50, 10) == "tea tea t…"
