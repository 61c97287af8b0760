"""Code to highlighted HTML. The language is what the writer named; it is never guessed.

Which lexer runs over a text is the text's own choice, so it is a closed set: lexers that were
seen to stay linear over repetitions of every kind.
"""

import re
from functools import cache
from itertools import groupby

from pygments.lexer import Lexer  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.token import STANDARD_TYPES, _TokenType  # type: ignore[import-untyped]

from council.render.curly import CurlyLexer
from council.render.marks import Output, Place
from council.render.safe import shown

MAX_CHARS = 10_000
MAX_LINE_CHARS = 500
MAX_LABEL_CHARS = 40

_NAMES = {
    "bash": "bash sh shell zsh",
    "clojure": "clojure clj",
    "console": "console shell-session",
    "css": "css",
    "curly": "c h cpp c++ cc hpp csharp c# cs java objective-c objc groovy",
    "dart": "dart",
    "diff": "diff patch",
    "docker": "docker dockerfile",
    "elixir": "elixir ex exs",
    "erlang": "erlang",
    "fsharp": "fsharp f#",
    "go": "go golang",
    "graphql": "graphql",
    "haskell": "haskell hs",
    "html": "html",
    "ini": "ini cfg",
    "javascript": "javascript js jsx mjs",
    "json": "json jsonc json5",
    "julia": "julia jl",
    "kotlin": "kotlin kt",
    "latex": "latex tex",
    "less": "less",
    "lua": "lua",
    "nginx": "nginx",
    "ocaml": "ocaml ml",
    "perl": "perl",
    "php": "php",
    "powershell": "powershell ps1 pwsh",
    "protobuf": "protobuf proto",
    "pycon": "pycon",
    "python": "python py python3",
    "r": "r",
    "ruby": "ruby rb",
    "rust": "rust rs",
    "scala": "scala",
    "scheme": "scheme",
    "scss": "scss",
    "solidity": "solidity",
    "sql": "sql postgresql mysql sqlite",
    "swift": "swift",
    "toml": "toml",
    "typescript": "typescript ts tsx",
    "xml": "xml svg",
    "yaml": "yaml yml",
    "zig": "zig",
}
LEXERS = {name: lexer for lexer, names in _NAMES.items() for name in names.split()}
"""What a fence may be called, and the lexer for it."""

_BLANK_LINES = re.compile(r"(?:[ \t]*\n){30}")
_LONG_LINE = re.compile(rf"[^\n]{{{MAX_LINE_CHARS + 1}}}")


def write(out: Output, content: str, info: str, place: Place) -> None:
    """Write one code block with its bar; ``info`` is what stands after the opening fence."""
    language = (info.split() or [""])[0]
    out.tag(
        '<div class="code" dir="ltr">'
        f'<div class="code-bar"><span>{shown(language[:MAX_LABEL_CHARS])}</span></div>'
        '<pre><code class="hl">'
    )
    at = 0
    for name, text in highlighted(content, language):
        if name:
            out.tag(f'<span class="{name}">')
        out.text(text, place, at)
        if name:
            out.tag("</span>")
        at += len(text)
    out.tag("</code></pre></div>")


def highlighted(content: str, language: str) -> list[tuple[str, str]]:
    """Pairs of Pygments' class and text which joined are ``content``, whatever a lexer drops."""
    lexer = lexer_for(language, content)
    if lexer is None:
        return [("", content)]
    tokens = [
        (_class(kind) if text.strip() else "", text)
        for _, kind, text in lexer.get_tokens_unprocessed(content)
    ]
    if "".join(text for _, text in tokens) != content:
        return [("", content)]
    return [
        (name, "".join(text for _, text in run))
        for name, run in groupby(tokens, key=lambda token: token[0])
    ]


def lexer_for(language: str, content: str) -> Lexer | None:
    """The lexer, or None for an unknown name and for what nobody writes by hand.

    Very long texts and lines and runs of blank lines are what some lexers take too long over.
    """
    name = LEXERS.get(language.lower())
    if (
        name is None
        or len(content) > MAX_CHARS
        or _LONG_LINE.search(content)
        or _BLANK_LINES.search(content)
    ):
        return None
    return CurlyLexer() if name == "curly" else get_lexer_by_name(name)


@cache
def _class(kind: _TokenType) -> str:
    """Pygments' short class; a kind without one has its parent's."""
    while kind not in STANDARD_TYPES and kind.parent:
        kind = kind.parent
    return str(STANDARD_TYPES.get(kind, ""))
