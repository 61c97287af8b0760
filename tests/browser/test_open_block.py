"""What is being written stands on the page as what it becomes, in the browser as on the server."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from council.render import Cites, Stream, blocks, html, open_html
from tests.browser.reader import Reader, wait_for_end
from tests.browser.words import PLAIN, RICH, at_once
from tests.render.attacks import ATTACKS
from tests.whole.house import House, saying

_SOURCE = (Path(__file__).parents[2] / "static/js/run/tail.js").read_text("utf-8")
_DRAW = (
    "const draw = (tail, cites) => { const e = document.createElement('div');"
    " drawOpen(e, tail, cites); e.querySelector('[data-end]')?.removeAttribute('data-end');"
    " return e; };"
)
# Colours of code, links' addresses and directions are the server's own; they take no place.
_BARE = """(html) => {
  const held = document.createElement("div");
  held.innerHTML = html;
  for (const span of held.querySelectorAll(".hl span, .own, .vh")) span.replaceWith(...span.childNodes);
  for (const element of held.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name !== "start" && (name !== "class" || !value)) element.removeAttribute(name);
    }
  }
  for (const end of held.querySelectorAll("pre code, .math")) end.textContent = end.textContent.trimEnd();
  held.normalize();
  const block = / ?(<\\/?(?:p|[uo]l|li|blockquote|h\\d|div|table|t\\w+|[bh]r|pre)\\b[^>]*>) ?/g;
  return held.innerHTML.replace(/\\s+/g, " ").replace(block, "$1").trim();
}"""  # noqa: E501

_ENDED = [
    "A paragraph with **bold**, *slanted* words and `code`.",
    "Two lines\nof one paragraph,  \nand one behind a break.",
    "## A heading with `code`",
    "##### A small one",
    "- one",
    "* **Bold:** and a [link](https://example.org/path) in it",
    "- one\n- two",
    "7. seventh\n8. eighth",
    "- a\n  - b\n    - c\n  - d\n- e",
    "1. First:\n\n   ```bash\n   pip install this\n   ```\n\n   and then\n2. Second",
    "- with\n  1. Heat it.\n  2. Weld it.\n",
    "- with\n\t- a tab",
    "```python\nx = `a` ** 2\n\n# [f1 open]\n",
    "```\nplain\n```",
    "~~~ toml\n[a]\n~~~",
    "> A quote\n> of two lines",
    "> lazy\ncontinued\n>\n> - with a list",
    "| Metal | Weight | Price |\n|:--|--:|:-:|\n| Steel | 2.4 kg | **low** |\n| short |",
    "a | b\n--|--\n1 | 2 \\| 3",
    "Before\n\n- after",
    "5 * 3 * 2 and 2**3 and snake_case_name",
    r"\*not slanted\* and a \\ and \#",
    "[told.example](https://told.example/x)",
    "``a ` b`` and `c`",
    "Rust [B] rules.",
    "> > deep",
    "- [ ] to do\n- [x] done",
]
_CITING = [
    "Rust rules it out [B].",
    "So they say [A, C][D]. But **not** [H].",
    "- one [A]\n- two [B]",
]
_HALF = {
    "A **bo": "<p>A <strong>bo</strong></p>",
    "A **": "<p>A</p>",
    "A **bold*": "<p>A <strong>bold</strong></p>",
    "A *slant": "<p>A <em>slant</em></p>",
    "A `cod": "<p>A <code>cod</code></p>",
    "A [li": "<p>A [li</p>",
    "A [link](https://exa": '<p>A <a>link</a> <span class="host">(exa)</span></p>',
    "So. [f1 op": "<p>So.</p>",
    "So [": "<p>So</p>",
    "-": "",
    "- ": "",
    "12": "",
    "12.": "",
    "#": "",
    "## Hea": "<h4>Hea</h4>",
    "`": "",
    "``": "",
    "```": '<div class="code"><div class="code-bar"><span></span></div><pre><code class="hl">'
    "</code></pre></div>",
    "```py\nx\n``": '<div class="code"><div class="code-bar"><span>py</span></div><pre>'
    '<code class="hl">x</code></pre></div>',
    "| a | b": '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead></table>'
    "</div>",
    "| a | b |\n|--": '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr></thead>'
    "</table></div>",
    "| a | b |\n|--|--|\n|": '<div class="table"><table><thead><tr><th>a</th><th>b</th></tr>'
    "</thead></table></div>",
    "": "",
}


@pytest.fixture
def page(reader: Reader) -> Page:
    """A page that can draw an open block and knows no more."""
    source = _SOURCE.replace("export ", "")
    reader.page.evaluate(f"() => {{ {source} {_DRAW} window.draw = draw; window.bare = {_BARE}; }}")
    return reader.page


def _drawn(page: Page, tail: str, *, cites: bool = False) -> str:
    found: str = page.evaluate("([t, c]) => bare(draw(t, c).innerHTML)", [tail, cites])
    return found


def _made(page: Page, made: str) -> str:
    found: str = page.evaluate("(html) => bare(html)", made)
    return found


@pytest.mark.parametrize("cites", [False, True])
def test_an_open_block_is_drawn_as_what_the_server_makes_of_it(page: Page, cites: bool) -> None:
    for tail in _ENDED + (_CITING if cites else []):
        said = Cites(letters="ABCDEFGH") if cites else None
        assert _drawn(page, tail, cites=cites) == _made(page, html(tail, 0, (), said)), tail


def test_a_mark_half_written_is_not_shown(page: Page) -> None:
    for tail, shown in _HALF.items():
        assert _drawn(page, tail, cites=True) == shown, tail


def test_what_a_page_is_loaded_with_is_what_the_browser_goes_on_drawing(page: Page) -> None:
    stream, seen = Stream(), 0
    for line in RICH.splitlines(keepends=True):
        stream.feed(line)
        is_lone_head = stream.tail.startswith("|") and "--" not in stream.tail
        if is_lone_head or not stream.tail.strip():
            continue
        assert _drawn(page, stream.tail) == _made(page, open_html(stream.tail)), stream.tail
        seen += 1
    assert seen > 10
    for half in ("A **bo", "A `cod", "So. [f1 op", "So [", "- one **bo"):
        assert _drawn(page, half) == _made(page, open_html(half)), half


def test_an_open_block_holds_nothing_but_its_own_elements_and_text(page: Page) -> None:
    """However hostile: words are text, links lead nowhere yet, and no depth breaks the page."""
    deep = [">" * 5_000, "- " * 5_000, "**" * 5_000, "[" * 5_000, "|" * 5_000]
    held = page.evaluate(
        """(texts) => { const found = new Set();
        for (const text of texts) for (const e of draw(text, true).querySelectorAll("*")) {
          found.add(e.localName);
          for (const { name } of e.attributes) found.add("@" + name);
        }
        return [...found]; }""",
        [cut for attack in ATTACKS for cut in (attack, attack[: len(attack) // 2])] + deep,
    )
    blocks = "p h4 h5 hr ul ol li blockquote div pre table thead tbody tr th td"
    words = "strong em s code a span br @class @start"
    assert set(held) <= {*blocks.split(), *words.split()}


def test_a_block_that_closes_takes_the_place_it_had_while_it_was_open(
    house: House, reader: Reader
) -> None:
    house.script(**at_once(m1=[saying(RICH + _LISTS)], m2=[saying(PLAIN)], m3=[saying(PLAIN)]))
    page = reader.open(house.ask())
    wait_for_end(page)
    page.evaluate(f"() => {{ {_SOURCE.replace('export ', '')} window.drawOpen = drawOpen; }}")
    places = page.evaluate(_PLACES, [block.source for block in blocks(RICH + _LISTS, True).closed])
    assert len(places) == 10
    assert [place for place in places if abs(place["was"] - place["is"]) > 1] == []


_LISTS = "1. One\n\n   with a paragraph\n2. Two\n   ```sh\n   ls\n   ```\n\nAnd `so` **on**.\n"
# Every block is drawn once more as an open one, before what is there of it closed.
_PLACES = """(sources) => {
  const body = document.getElementById("seat-A-body");
  const tail = body.querySelector(".tail");
  const closed = [...body.querySelectorAll(":scope > .stretch > *")].flatMap((element) =>
    /[UO]L/.test(element.tagName) ? [...element.children] : [element]);
  return sources.map((source, i) => {
    drawOpen(tail, source);
    const open = tail.querySelector(":scope > :not(ul, ol), :scope > * > li");
    const [was, is] = [open, closed[i]].map((e) => e.getBoundingClientRect().height);
    return { source, was, is };
  });
}"""
