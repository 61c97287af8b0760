import time

import pytest
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]

from council.render import blocks
from council.render.code import LEXERS, MAX_CHARS, highlighted
from tests.render.reading import Reading

REPEATED = [
    '"',
    "(",
    "\\",
    "/*",
    "{",
    " ",
    "a",
    "\n",
    "a\n",
    " \n",
    "a.",
    "a<",
    "${",
    "<!--",
    "=\n",
]


def fenced(language: str, code: str) -> str:
    (block,) = blocks(f"```{language}\n{code}\n```", True).closed
    return block.html


def test_code_is_highlighted_by_the_name_it_was_given() -> None:
    assert fenced("python", "def f(): pass") == (
        '<div class="code" dir="ltr"><div class="code-bar"><span>python</span></div>'
        '<pre><code class="hl"><span class="k">def</span> <span class="nf">f</span>'
        '<span class="p">():</span> <span class="k">pass</span>\n'
        "</code></pre></div>"
    )


@pytest.mark.parametrize("language", ["", "nosuch", "../../x", "text"])
def test_code_without_a_known_name_is_never_guessed(language: str) -> None:
    assert "<span class" not in fenced(language, "def f(): pass")


def test_code_that_is_still_open_at_the_end_is_shown() -> None:
    for language in LEXERS:
        (block,) = blocks(f"```{language}\n$ let a = 1\nlast words", True).closed
        assert Reading(block.html).text.strip() == "$ let a = 1\nlast words"


@pytest.mark.parametrize(
    "code", ["x = 1\n" * (MAX_CHARS // 6 + 1), "x" * 600, "a\n" + "\n" * 40 + "b"]
)
def test_code_that_nobody_writes_by_hand_is_plain(code: str) -> None:
    rendered = fenced("python", code)
    assert "<span class" not in rendered
    assert Reading(rendered).text.lstrip("\n") == code + "\n"


@pytest.mark.parametrize("language", sorted(set(LEXERS)))
def test_a_lexer_loses_no_character(language: str) -> None:
    code = 'if (a < "b\\n") { /* c */ x["é🙂"] = \'d\'; } // e\n# f\n<g h="i">&amp;</g>\n\tend'
    pieces = highlighted(code + "\n", language)
    assert "".join(text for _, text in pieces) == code + "\n"
    assert {name for name, _ in pieces} <= set(STANDARD_TYPES.values())


@pytest.mark.parametrize("lexer", sorted(set(LEXERS.values())))
def test_a_lexer_takes_no_revenge_for_repetition(lexer: str) -> None:
    language = next(name for name, found in LEXERS.items() if found == lexer)
    for piece in REPEATED:
        lines = (piece * 5_000)[:5_000].replace("\n" * 20, "\n" * 20 + "a")
        code = "\n".join(lines[at : at + 400] for at in range(0, len(lines), 400))
        started = time.process_time()
        highlighted(code, language)
        assert time.process_time() - started < 6, piece


def test_curly_languages_are_coloured() -> None:
    pieces = highlighted('public int f() { return "x"; /* é */ } // end\n', "java")
    assert [(name, text) for name, text in pieces if name not in ("", "w", "p", "n")] == [
        ("k", "public"),
        ("kt", "int"),
        ("k", "return"),
        ("s", '"x"'),
        ("cm", "/* é */"),
        ("c1", "// end"),
    ]
