"""What a model's name gives away: its family, its line, its version and its class.

Nobody publishes this as data, so it is read from names as makers write them; a list's price
settles what the name leaves open. A wrong guess costs a worse substitute, never an error.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from council.core.independence import family

Tier = Literal[0, 1, 2]
SMALL: Tier = 0
MIDDLE: Tier = 1
FRONTIER: Tier = 2

_MAKER = re.compile(r"^(?:[a-z]+\.)+(?=[a-z])")
_VARIANT = re.compile(r":(free|beta|nitro|floor|online|extended|exacto|batch)$")
_DATE = re.compile(
    r"[-_:@](?:20\d\d-?[01]\d-?[0-3]\d|[01]\d-20\d\d|0\d-[0-3]\d"
    r"|2\d[01]\d|0[1-9][0-3]\d|1[0-2][0-3]\d)(?!\d)",
    re.ASCII,
)
_SPLIT = re.compile(r"[-_:@\s]+")
_NUMBER = re.compile(r"[vkm]?(\d{1,3}(?:\.\d{1,3}){0,3})$", re.ASCII)
_OMNI = re.compile(r"(\d)o$", re.ASCII)
_WORD_NUMBER = re.compile(r"([a-z]+)(\d{1,3}(?:\.\d{1,3}){0,3})$", re.ASCII)
_SIZE = re.compile(r"(?:(\d{1,2})x)?(\d{1,4}(?:\.\d{1,3})?)([bt])$", re.ASCII)
_ACTIVE = re.compile(r"a\d{1,3}(?:\.\d)?b$|\d{1,4}k$", re.ASCII)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NOISE = _set(
    "latest preview exp beta it instruct maas fp8 fp16 bf16 nvfp4 awq gguf q4 q8 meta open"
)
_SMALL_WORDS = _set("nano mini tiny lite small flash haiku micro ministral air edge xs instant")
_FRONTIER_WORDS = _set("opus fable sonnet pro max ultra large premier grok")
_MIDDLE_WORDS = _set("medium plus scout maverick")
_COMMON = (
    _SMALL_WORDS
    | _MIDDLE_WORDS
    | _FRONTIER_WORDS
    | _set("claude gpt gemini gemma deepseek qwen mistral mixtral llama kimi glm command a nova")
    | _set("phi granite minimax nemotron oss o chatgpt muse")
)
_SPELLED = {
    "gpt": "GPT", "glm": "GLM", "deepseek": "DeepSeek", "minimax": "MiniMax", "oss": "OSS",
    "vl": "VL", "chatgpt": "ChatGPT", "qwq": "QwQ", "latest": "",
}  # fmt: skip
_LARGE = _set("deepseek moonshot/kimi zhipu/glm minimax")
TITLE_MAX = 60


@dataclass(frozen=True)
class Make:
    """A model's name, taken apart.

    ``line`` is the words that tell one model of a family from another ("claude opus"),
    ``version`` the numbers in their order (empty where the name has none: an alias, or a maker
    who dates), ``date`` the digits of a date, ``params_b`` the size in thousand millions.
    ``oddness`` counts words of a special purpose ("coder", "vl").
    """

    family: str
    line: frozenset[str]
    version: tuple[int, ...] = ()
    date: str = ""
    params_b: float | None = None
    is_alias: bool = False
    is_variant: bool = False

    @property
    def oddness(self) -> int:
        """How many words say that it is made for something special."""
        return len(self.line - _COMMON)

    @property
    def is_open_weight(self) -> bool:
        """True for what Google and OpenAI give away, which is not what they sell."""
        return bool(self.line & {"gemma", "oss"})

    @property
    def identity(self) -> tuple[str, frozenset[str], tuple[int, ...], float | None]:
        """What two names of one model have in common."""
        return self.family, self.line, self.version, self.params_b


@lru_cache(maxsize=20_000)
def make_of(name: str) -> Make:
    """The make of ``provider/model-id``."""
    text = name.casefold().rstrip("/").rpartition("/")[2].lstrip("~")
    text = _MAKER.sub("", text) or text
    bare = _VARIANT.sub("", text)
    undated = _DATE.sub("", bare)
    line, version, params = _words(undated)
    return Make(
        family=family(name),
        line=line,
        version=version,
        date="".join(filter(str.isdigit, "".join(_DATE.findall(bare)))),
        params_b=params,
        is_alias=undated.endswith("latest"),
        is_variant=bare != text,
    )


def _words(text: str) -> tuple[frozenset[str], tuple[int, ...], float | None]:
    line: set[str] = set()
    version: list[int] = []
    params: float | None = None
    for word in _SPLIT.split(text):
        if not word or word in _NOISE or _ACTIVE.match(word):
            continue
        if size := _SIZE.match(word):
            count = float(size[2]) * int(size[1] or 1) * (1000 if size[3] == "t" else 1)
            params = max(params or 0.0, count)
        elif number := _NUMBER.match(word):
            version += map(int, number[1].split("."))
        elif omni := _OMNI.match(word):
            line.add("o")
            version.append(int(omni[1]))
        elif both := _WORD_NUMBER.match(word):
            line.add(both[1])
            version += map(int, both[2].split("."))
        else:
            line.add(word)
    return frozenset(line), tuple(version[:4]), params


def tier_of(make: Make, usd_per_million: float | None = None) -> Tier:
    """The class of a model: by size and name where they say it, else by what a million tokens
    of its answers cost, else by its family."""
    if make.params_b is not None and make.params_b <= 20:
        return SMALL
    if make.line & _SMALL_WORDS:
        return SMALL
    if "gpt" in make.line and make.version and make.version < (4,):
        return SMALL  # once the best there was
    if make.line & _FRONTIER_WORDS:
        return FRONTIER
    if make.line & _MIDDLE_WORDS or (make.params_b is not None and make.params_b <= 150):
        return MIDDLE
    if usd_per_million:
        least = MIDDLE if _is_large(make) else SMALL
        return FRONTIER if usd_per_million >= 8 else MIDDLE if usd_per_million >= 1.2 else least
    is_maker_s_best = make.family in ("anthropic/claude", "openai", "google/gemini")
    return FRONTIER if is_maker_s_best and not make.is_open_weight else MIDDLE


def _is_large(make: Make) -> bool:
    """Open models of the first rank cost little: that makes them no small ones."""
    return make.family in _LARGE or (make.params_b or 0) > 150


def title_of(name: str) -> str:
    """A model's name as a sentence has it: ``Claude Opus``, ``Kimi K2.6``."""
    text = name.rpartition("/")[2].lstrip("~")
    words = [_spelled(word) for word in re.split(r"[-_\s]+", _DATE.sub("", text) or text)]
    return (" ".join(filter(None, words)) or text)[:TITLE_MAX]


def _spelled(word: str) -> str:
    known = _SPELLED.get(word.casefold())
    return known if known is not None else word[:1].upper() + word[1:]
