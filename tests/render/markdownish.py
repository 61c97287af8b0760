"""Texts that look like what models write, for property tests."""

from hypothesis import strategies as st

PIECES = [
    *(
        "a",
        "word ",
        "b\n",
        "\n",
        "\n\n",
        "  ",
        "    ",
        "\t",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "10. ",
    ),
    *("# ", "### h\n", "> ", ">", "```", "```py\n", "~~~\n", "`", "``", "---\n", "***\n", "===\n"),
    *(
        "| a | b |\n",
        "|---|---|\n",
        "| c | d |\n",
        "|",
        "**",
        "*",
        "_",
        "~~",
        "[x](https://a.test)",
    ),
    *(
        "[",
        "](",
        ")",
        "![",
        "<b>",
        "&amp;",
        "\\",
        "\\[",
        "\\]",
        "$$",
        "$$\n",
        "é",
        "🙂",
        "שלום ",
        "\r\n",
    ),
    *(
        "- [ ] todo\n",
        "1. one\n   more\n",
        "- a\n  - b\n",
        "  ```\n",
        "\u00a0",
        "\x0c",
        "\u2028",
        "=\n",
    ),
]


def texts() -> st.SearchStrategy[str]:
    """Markdown made of pieces that mean something to a scanner."""
    return st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
