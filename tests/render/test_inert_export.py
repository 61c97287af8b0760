"""What models wrote, taken along as Markdown: whoever reads it with raw HTML on sees words only."""

import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from council.export.inert import quoted
from tests.render.attacks import ATTACKS

IMG = "<img src=x onerror=alert(1)>"
ESCAPED_TWICE = [
    f"\\{IMG}",
    f"\\\\{IMG}",
    "\\![x](https://evil.test/)",
    "\\\\![x](https://evil.test/)",
]
HIDDEN_FENCES = [
    f"$$ a\n```\nb $$\n```\n\n```\n{IMG}\n```",
    f"\\[ a\n```\nb \\]\n```\n\n```\n{IMG}\n```",
    f"- a\n\n      {IMG}",
    f"> ```\n{IMG}",
    f"``\n{IMG}\n``",
]
SPLIT_SPANS = [f"| ` | {IMG} ` |\n|--|--|\n| ` | {IMG} ` |", f"`a\\`{IMG} `", f"$`{IMG}`$"]
ENDS_OF_LINKS = [f"https://a.test/{IMG}", "https://a.test/![x](https://evil.test/)"]
DEFINITIONS = ["[f1A]: https://evil.test/", "[^f1A]: forged", "[x](\njavascript:alert(1))"]
OURS = "# Ours\n\nTold by [f1A] and[^f1A].\n\n"
TAGS = {
    *("h1", "h3", "h4", "h5", "h6", "p", "blockquote", "pre", "code", "a", "ul", "ol", "li", "hr"),
    *("em", "strong", "s", "table", "thead", "tbody", "tr", "th", "td", "br"),
}
_ELSEWHERE = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_ELSEWHERE.validateLink = lambda url: True  # type: ignore[method-assign]  # others look less closely


class _Seen(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        named = dict(attrs)
        assert named.keys() <= {"href", "title", "class", "style", "start"}, (tag, attrs)
        assert set(named.get("style") or "") <= set("text-align:leftrightcenter;"), attrs
        if tag == "a":
            self.links.append(str(named["href"]))


@pytest.mark.parametrize(
    "text",
    [*ATTACKS, *ESCAPED_TWICE, *HIDDEN_FENCES, *SPLIT_SPANS, *ENDS_OF_LINKS, *DEFINITIONS],
)
def test_nothing_is_alive_wherever_it_is_read(text: str) -> None:
    said = quoted(text)
    seen = _Seen(_ELSEWHERE.render(OURS + said))
    assert seen.tags <= TAGS
    assert all(re.match("https?://|mailto:", link) for link in seen.links), seen.links
    assert "[f1A]" in _ELSEWHERE.render(OURS + said), "nobody gives our words another meaning"
    if "```" not in said and "~~~" not in said:
        assert not re.search(r"<[A-Za-z/!?]|!\[|\[\^|\]:", said), "whatever stands before it"


def test_where_formulas_may_hide_a_fence_its_tags_are_broken_as_well() -> None:
    for text in HIDDEN_FENCES[:2]:
        assert "<img" not in quoted(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# One\n\nTwo\n---\n\n- ###### Six", "### One\n\n#### Two\n\n- ###### Six"),
        ("```c\n#include <stdio.h>\n# x\n```", "```c\n#include <stdio.h>\n# x\n```"),
        ("a < b <= c, $a<b$, `Vec<T>`", "a < b <= c, $a< b$, `Vec< T>`"),
        ("[a](https://a.test) ![b](https://b.test)", "[a](https://a.test) !\\[b](https://b.test)"),
        ("Not <b>bold</b>: x[1]: y", "Not &lt;b>bold&lt;/b>: x[1]\\: y"),
    ],
)
def test_it_still_reads_well(text: str, said: str) -> None:
    lines = quoted(text).split("\n")
    assert [line[:2].strip() for line in lines] == [">"] * len(lines)
    assert "\n".join(line[2:] for line in lines) == said
