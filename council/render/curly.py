"""A lexer for the languages whose own lexers in Pygments cannot be trusted with hostile text.

Those for C, C++, C#, Java and their like look for function heads with expressions that take
seconds over a few thousand line feeds, and more over other repetitions.
"""

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer  # type: ignore[import-untyped]
from pygments.token import (  # type: ignore[import-untyped]
    Comment,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
)

_KEYWORDS = """
abstract as async await break case catch class const constexpr continue default def delete do
else enum explicit export extends extern final finally for foreach friend get goto if implements
import in inline instanceof interface internal is lock namespace native new noexcept operator out
override package params private protected public readonly record ref return sealed set sizeof
static struct super switch synchronized template this throw throws transient try typedef typename
union using var virtual volatile when where while yield
"""
_TYPES = """
auto bool boolean byte char decimal double dynamic float id int int8_t int16_t int32_t int64_t
long object short signed size_t string uint uint8_t uint16_t uint32_t uint64_t ulong unsigned void
"""
_CONSTANTS = "true false null nullptr NULL nil YES NO"


def _any_of(words: str) -> str:
    return rf"(?:{'|'.join(words.split())})\b"


class CurlyLexer(RegexLexer):  # type: ignore[misc]
    """C, C++, C#, Java, Objective-C and Groovy, near enough to read; linear in the text."""

    flags = re.ASCII
    tokens: ClassVar[dict[str, list[tuple[Any, ...]]]] = {
        "root": [
            (r"\s+", Text),
            (r"//[^\n]*", Comment.Single),
            (r"/\*", Comment.Multiline, "comment"),
            (r"#[ \t]*[a-z]+", Comment.Preproc),
            (r"@\w+", Name.Decorator),
            (r'"(?:[^"\\\n]|\\.)*"?', String),
            (r"'(?:[^'\\\n]|\\.)*'?", String.Char),
            (r"0[xX][\da-fA-F_']+\w*|\d[\w.']*", Number),
            (_any_of(_KEYWORDS), Keyword),
            (_any_of(_TYPES), Keyword.Type),
            (_any_of(_CONSTANTS), Keyword.Constant),
            (r"[A-Za-z_$][\w$]*", Name),
            (r"[-+*/%=<>!&|^~?:]", Operator),
            (r"[\[\]{}();,.]+", Punctuation),
        ],
        "comment": [
            (r"[^*]+", Comment.Multiline),
            (r"\*/", Comment.Multiline, "#pop"),
            (r"\*", Comment.Multiline),
        ],
    }
