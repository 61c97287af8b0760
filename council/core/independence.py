"""Which members are one voice: models of one family, or answers resting on one page.

Kinship is known by name only: nobody outside the makers knows more. A fine-tune counts as its
base model where its name says so. A maker's open and closed models are one family (Gemma with
Gemini, gpt-oss with GPT): their weights differ, their makers, data and taste do not. In doubt
this counts fewer voices, never more.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?<![a-z])(?:{pattern})"))
    for name, pattern in (
        ("anthropic/claude", "claude"),
        ("openai", "gpt|chatgpt|codex|davinci|o[134](?![a-z0-9])"),
        ("google/gemini", "gemini|gemma|palm"),
        ("deepseek", "deepseek"),
        ("qwen", "qwen|qwq|qvq"),
        ("mistral", "mistral|mixtral|ministral|codestral|devstral|magistral|pixtral|voxtral"),
        ("llama", "llama|codellama|tinyllama|nemotron|vicuna|alpaca|hermes"),
        ("xai/grok", "grok"),
        ("moonshot/kimi", "kimi|moonlight"),
        ("zhipu/glm", "glm|chatglm"),
        ("cohere/command", "command|aya|c4ai"),
        ("microsoft/phi", "phi(?=[-\\d:]|$)"),
        ("amazon/nova", "nova"),
        ("minimax", "minimax|abab"),
        ("ibm/granite", "granite"),
    )
)
_VARIANT = re.compile(r":(?:free|beta|nitro|floor|online|extended|exacto|thinking)$")
_VERSION_TAIL = re.compile(
    r"(?:[-_:.@]v?\d.*|[-_:](?:latest|preview|beta|instruct|chat|it|base|free))+$"
)


def family(model: str) -> str:
    """The family of a model named ``provider/model-id``.

    For a model we do not know it is the model's own name without provider and version.
    """
    name = _name(model)
    for known, pattern in _FAMILIES:
        if pattern.search(name):
            return known
    return _VERSION_TAIL.sub("", name) or name


def is_independent(judge_model: str, seats: Sequence[str]) -> bool:
    """True when the judge's model is not on the panel, whichever provider serves it."""
    return _name(judge_model) not in map(_name, seats)


def same_family(judge_model: str, seats: Sequence[str]) -> bool:
    """True when a model of the judge's family is on the panel."""
    return family(judge_model) in map(family, seats)


def _name(model: str) -> str:
    """The model's own name: without provider, maker and the mark of a variant."""
    return _VARIANT.sub("", model.casefold().rstrip("/").rpartition("/")[2])


@dataclass(frozen=True)
class Witness:
    """One member for the count: its letter, its model, the address of every page it rests on."""

    seat: str
    model: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tie:
    """Why these seats count once: one ``family``, or one ``page`` that is all each rests on."""

    seats: str
    family: str = ""
    page: str = ""


@dataclass(frozen=True)
class Voice:
    """Seats that count once, and the ties between them; a seat of its own has none."""

    seats: str
    ties: tuple[Tie, ...] = ()


def voices(members: Sequence[Witness]) -> tuple[Voice, ...]:
    """About how many independent voices these members are, in the order of their letters.

    Ties carry over: where A and B are kin and B and C rest on one page, the three are one voice.
    """
    groups: list[list[Witness]] = []
    for member in members:
        keys = set(_ties(member))
        kin = [group for group in groups if any(keys & set(_ties(one)) for one in group)]
        groups = [group for group in groups if group not in kin]
        groups.append([one for group in kin for one in group] + [member])
    found = [sorted(group, key=lambda one: one.seat) for group in groups]
    return tuple(map(_voice, sorted(found, key=lambda group: group[0].seat)))


def _voice(group: list[Witness]) -> Voice:
    holders: dict[tuple[str, str], str] = {}
    for one in group:
        for tie in _ties(one):
            holders[tie] = holders.get(tie, "") + one.seat
    ties = [Tie(seats, **{kind: name}) for (kind, name), seats in holders.items() if len(seats) > 1]
    return Voice("".join(one.seat for one in group), tuple(ties))


def _ties(member: Witness) -> tuple[tuple[str, str], ...]:
    pages = set(map(_page, member.sources))
    kin = ("family", family(member.model))
    return (kin, ("page", pages.pop())) if len(pages) == 1 else (kin,)


def _page(url: str) -> str:
    """The address without what does not tell one page from another."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    host = parts.netloc.casefold().removeprefix("www.")
    return f"{host}{parts.path.rstrip('/')}" + (f"?{parts.query}" if parts.query else "")
