"""JSON as models write it, read while it streams.

Valid JSON is read as any parser reads it. Beyond that: prose, fences and thinking around
it, comments, trailing and missing commas, single or typographic quotes, unescaped quotes
and line breaks inside strings, bare words, unbalanced brackets. The text is read once,
from left to right, so that time is linear and the values do not depend on how it was cut
into pieces. Nothing in the text makes it raise.
"""

import re
from collections.abc import Callable, Generator
from contextlib import suppress

from pydantic import JsonValue

Path = tuple[str | int, ...]
"""Keys and list positions from the root to a value."""
Piece = tuple[Path, JsonValue]

_MAX_DEPTH = 12
_MAX_PATH = 4
"""Values deeper than this are only reported inside the values that hold them."""
_MAX_WORD = 40
_MAX_LOOK = 1_000
"""How much white space is looked through behind a quotation mark before it counts as the end."""

_CLOSES = {'"': '"', "'": "'", "“": "”", "‘": "’"}
_PLAIN = {end: re.compile(rf"[^{end}\\]+") for end in _CLOSES.values()}
_SPACE = re.compile(r"[\s\ufeff]+")
_NOT_A_START = re.compile(r"[^{\[<]+")
_WORD = re.compile(r"[^\s,:{}\[\]\"'“”‘’]+")
_KEY = re.compile(r"[\w$-]+")
_THINKING = ("<think>", "<thinking>", "<reasoning>", "<thought>")
_CONSTANTS: dict[str, JsonValue] = {
    "true": True, "True": True, "false": False, "False": False,
    "null": None, "None": None, "NaN": None, "undefined": None,
}  # fmt: skip
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    '"': '"',
    "/": "/",
    "\\": "\\",
    "'": "'",
}
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,17})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_AFTER_BRACE = "\"'“‘}/"
_KEY_STARTS = "\"'“‘{}]/"
_ITEM_STARTS = _KEY_STARTS + "[-0123456789tfnTFN"

Steps = Generator[None, None, None]


class _NotOursError(Exception):
    """What looked like the beginning of the JSON was not."""


class _CutError(Exception):
    """The text ended inside a value."""


class Scanner:
    """Feed it text, get values, each as soon as it is complete.

    ``is_ours`` says of a key whether it belongs to the object that is looked for. Before
    the first such key anything unreadable makes the search go on behind it; after it
    everything is salvaged, and once the root closes the rest is ignored.
    ``is_cut`` is true when the text ended inside the object that was looked for.
    """

    def __init__(self, is_ours: Callable[[str], bool]) -> None:
        self.is_cut = False
        self.has_begun = False
        self._is_ours = is_ours
        self._text = ""
        self._at = 0
        self._has_ended = False
        self._is_done = False
        self._pieces: list[Piece] = []
        self._reading = self._read()

    def feed(self, text: str) -> list[Piece]:
        """Take more text in; what became complete by it, in the order of the text."""
        if self._is_done:
            return []
        self._text = self._text[self._at :] + text
        self._at = 0
        next(self._reading, None)
        pieces, self._pieces = self._pieces, []
        return pieces

    def close(self) -> list[Piece]:
        """No more text comes; what only waited for its end."""
        self._has_ended = True
        return self.feed("")

    def _read(self) -> Steps:
        try:
            while not self.has_begun:
                yield from self._find_start()
                with suppress(_NotOursError):
                    yield from self._value((), in_list=False)
        except _CutError:
            self.is_cut = self.has_begun
        self._is_done = True

    def _find_start(self) -> Steps:
        """Go to the first bracket that may open the root, past prose and thinking."""
        while True:
            char = yield from self._peek()
            if not char:
                raise _CutError
            if plain := _NOT_A_START.match(self._text, self._at):
                self._at = plain.end()
                continue
            if char == "<":
                yield from self._pass_thinking()
                continue
            following = yield from self._peek((yield from self._look_past(1, str.isspace)))
            if following and following in ("{" if char == "[" else _AFTER_BRACE):
                return
            if char == "{" and _KEY.match(following):
                return
            self._at += 1

    def _pass_thinking(self) -> Steps:
        yield from self._peek(max(map(len, _THINKING)))
        for tag in _THINKING:
            if self._text.startswith(tag, self._at):
                yield from self._pass_to("</" + tag[1:])
                return
        self._at += 1

    def _value(self, path: Path, in_list: bool) -> Generator[None, None, JsonValue]:
        char = yield from self._skip()
        value: JsonValue = None
        if not char:
            raise _CutError
        if char in "{[" and len(path) > _MAX_DEPTH:
            raise _CutError if self.has_begun else _NotOursError
        if char == "{":
            value = yield from self._object(path)
        elif char == "[":
            value = yield from self._list(path)
        elif char in _CLOSES:
            value = yield from self._string(is_key=False, in_list=in_list)
        elif char not in ",:}]":
            value = yield from self._bare()
        if 0 < len(path) <= _MAX_PATH:
            self._pieces.append((path, value))
        return value

    def _object(self, path: Path) -> Generator[None, None, JsonValue]:
        found: dict[str, JsonValue] = {}
        self._at += 1
        while True:
            char = yield from self._skip()
            if not char:
                raise _CutError
            if char == "}":
                self._at += 1
                return found
            if char in "{]":  # a closing brace is missing
                self._doubt()
                return found
            if char in _CLOSES:
                key = yield from self._string(is_key=True, in_list=False)
            elif _KEY.match(char):
                key = yield from self._run(_KEY)
            else:
                self._at += 1
                continue
            if (yield from self._skip()) != ":":
                self._doubt()
                continue
            self._at += 1
            self.has_begun = self.has_begun or self._is_ours(key)
            found[key] = yield from self._value((*path, key), in_list=False)

    def _doubt(self) -> None:
        if not self.has_begun:
            raise _NotOursError

    def _list(self, path: Path) -> Generator[None, None, JsonValue]:
        found: list[JsonValue] = []
        self._at += 1
        while True:
            char = yield from self._skip()
            if not char:
                raise _CutError
            if char == "]":
                self._at += 1
                return found
            if char == "}":  # a closing bracket is missing
                return found
            if char in ",:":
                self._at += 1
                continue
            found.append((yield from self._value((*path, len(found)), in_list=True)))

    def _string(self, *, is_key: bool, in_list: bool) -> Generator[None, None, str]:
        end = _CLOSES[self._text[self._at]]
        parts: list[str] = []
        self._at += 1
        while True:
            if plain := _PLAIN[end].match(self._text, self._at):
                parts.append(plain.group())
                self._at = plain.end()
            char = yield from self._peek()
            if not char:
                raise _CutError
            if char == "\\":
                parts.append((yield from self._escape(end)))
                continue
            is_end = char == end and (is_key or (yield from self._ends_string(in_list)))
            self._at += 1
            if is_end:
                return "".join(parts)
            parts.append(char)

    def _escape(self, end: str) -> Generator[None, None, str]:
        """What a backslash stands for; itself, where JSON knows no meaning for it."""
        char = yield from self._peek(1)
        if char == "u":
            yield from self._peek(5)
            if code := _HEX.match(self._text, self._at + 2):
                self._at += 6
                return chr(int(code.group(), 16))
        elif char in _ESCAPES or char == end:
            self._at += 2
            return _ESCAPES.get(char, char)
        self._at += 1
        return "\\"

    def _ends_string(self, in_list: bool) -> Generator[None, None, bool]:
        """Whether the quotation mark here closes the string or belongs to its words.

        In valid JSON a comma, a colon or a bracket follows the closing one. A comma
        must in turn be followed by what can only be the next item.
        """
        look = yield from self._look_past(1, str.isspace)
        char = yield from self._peek(look)
        if not char:
            raise _CutError
        if char == ",":
            look = yield from self._look_past(look + 1, str.isspace)
            char = yield from self._peek(look)
            if in_list:
                return not char or char in _ITEM_STARTS
            if _KEY.match(char):
                look = yield from self._look_past(look, _is_key_char)
                look = yield from self._look_past(look, str.isspace)
                return (yield from self._peek(look)) in ("", ":")
            return not char or char in _KEY_STARTS
        if char in _CLOSES:  # a comma is missing, if the line ends here
            return "\n" in self._text[self._at : self._at + look]
        if char == "/":
            return (yield from self._peek(look + 1)) in ("/", "*")
        return char in "}]" or look > _MAX_LOOK

    def _bare(self) -> Generator[None, None, JsonValue]:
        """A constant, a number, or a word that should have stood in quotation marks."""
        word = yield from self._run(_WORD)
        if not (yield from self._peek()):
            raise _CutError
        if not word:
            self._at += 1
            return None
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        if _NUMBER.fullmatch(word):
            return float(word) if set(word) & set(".eE") else int(word)
        return word

    def _run(self, pattern: re.Pattern[str]) -> Generator[None, None, str]:
        """The characters of a kind from here on; of very long runs the beginning."""
        run = ""
        while part := pattern.match(self._text, self._at):
            run += part.group()[: _MAX_WORD - len(run)]
            self._at = part.end()
            yield from self._peek()
        return run

    def _skip(self) -> Generator[None, None, str]:
        """Go past white space and comments; the character that comes then, "" at the end."""
        while True:
            if space := _SPACE.match(self._text, self._at):
                self._at = space.end()
            char = yield from self._peek()
            if char == "/" and (yield from self._peek(1)) in ("/", "*"):
                yield from self._pass_to("\n" if self._text[self._at + 1] == "/" else "*/")
            elif not _SPACE.match(char):
                return char

    def _pass_to(self, end: str) -> Steps:
        """Go behind the next ``end``, or to the end of the text."""
        while (found := self._text.find(end, self._at)) < 0:
            if self._has_ended:
                self._at = len(self._text)
                return
            self._at = max(self._at, len(self._text) - len(end) + 1)
            yield
        self._at = found + len(end)

    def _look_past(self, look: int, passed: Callable[[str], bool]) -> Generator[None, None, int]:
        """How far ahead, from ``look`` on, the first character that is not passed over stands."""
        while look <= _MAX_LOOK and passed((yield from self._peek(look))):
            look += 1
        return look

    def _peek(self, ahead: int = 0) -> Generator[None, None, str]:
        """The character that far ahead, waiting for it if need be; "" behind the end."""
        while len(self._text) <= self._at + ahead:
            if self._has_ended:
                return ""
            yield
        return self._text[self._at + ahead]


def _is_key_char(char: str) -> bool:
    return bool(_KEY.match(char))
