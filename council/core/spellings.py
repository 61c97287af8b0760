"""How judges spell what the breakdown has one word for."""

import re

from pydantic import JsonValue

from council.core.events import Group, Stakes, Stance

CLAIM = ("claim", "point", "insight", "statement", "finding", "blind_spot", "summary", "title",
         "description", "issue", "question", "gap", "text", "content")  # fmt: skip
TOPIC = ("topic", "subject", "theme")
CRUX = ("crux", "settled_by", "would_settle")
RESOLUTION = ("resolution", "resolved")
STAKES = ("stakes", "severity", "importance", "impact", "priority")
KIND = ("group", "list", "category", "type", "kind")
POSITIONS = ("positions", "stances", "members", "models", "seats", "answers", "views",
             "supporters", "supported_by", "position")  # fmt: skip
SEAT = ("seat", "model", "member", "letter", "answer", "response", "name", "id", "author")
STANCE = ("stance", "position", "view", "opinion", "verdict")
QUOTE = ("quote", "quotes", "evidence", "excerpt", "verbatim", "citation", "text")

_GROUPS: dict[str, Group] = {
    "contradictions": "contradictions", "contradiction": "contradictions",
    "disagreements": "contradictions", "disagreement": "contradictions",
    "conflicts": "contradictions",
    "consensus": "consensus", "agreements": "consensus", "agreement": "consensus",
    "partial_coverage": "partial_coverage", "partial_coverages": "partial_coverage",
    "partially_covered": "partial_coverage",
    "unique_insights": "unique_insights", "unique_insight": "unique_insights",
    "insights": "unique_insights",
    "blind_spots": "blind_spots", "blind_spot": "blind_spots", "blindspots": "blind_spots",
    "gaps": "blind_spots",
}  # fmt: skip

_HIGH = frozenset({"high", "critical", "major", "severe", "very_high"})
_LOW = frozenset({"low", "minor", "trivial", "very_low", "negligible"})

_STANCES: tuple[tuple[Stance, re.Pattern[str]], ...] = (
    ("silent", re.compile(
        r"silent|silence|absent|omits?\b|omitted|unaddressed|unmentioned|none\b|null|\bn/?a\b"
        r"|no (?:position|stance|opinion|view|mention|answer)"
        r"|(?:not|never|n't) (?:mention|address|discuss|cover|state|applicable)")),
    ("hedges", re.compile(
        r"hedg|partial|partly|mixed|neutral|uncertain|unsure|not sure|unclear|qualifi|condition"
        r"|nuanced|depends|ambivalent|undecided|cautious|somewhat|\bboth\b")),
    ("contradicts", re.compile(
        r"contradict|disagree|oppos|against|reject|\bden(?:y|ies)|refut|disput|false|\bcontra\b"
        r"|\bcon$|\bno$|\bnot\b|n't\b|dissent|differ")),
    ("supports", re.compile(
        r"support|agree|affirm|endors|\bfor$|\byes\b|true|\bpro$|in favou?r|accept|assert"
        r"|confirm|mention|consensus|cover|\bsame\b")),
)  # fmt: skip
_NOT_THERE = re.compile(
    r"(?:(?:does|did|is|was) ?(?:not|n't) |not |no |never )(?:mention|address|discuss|cover)"
)
_LABEL = re.compile(
    r"((?:partially |strongly |fully |partly )?"
    r"(?:supports?|agrees?|contradicts?|disagrees?|hedges?|silent|neutral))\s*(?:[:.,;–—-]|$)"
)
_MAX_STANCE_WORDS = 4

_SEAT = re.compile(
    r"[\s\[(\"'`*]*(?:(?:answer|response|member|seat|model|column|respondent|assistant|author)s?"
    r"[\s_:#.-]*)?[\[(]?([a-h])[\])]?(?:'s)?[\s\])\"'`*:.]*",
    re.IGNORECASE,
)
_BETWEEN_SEATS = re.compile(r"\s*(?:[,;/&+]|\band\b)\s*")


def key(name: str) -> str:
    """A key as we compare it: small letters, one underscore between words."""
    return re.sub(r"[^a-z]+", "_", name[:60].lower()).strip("_")


def clean(value: JsonValue, limit: int) -> str:
    """The text of a value, at most ``limit`` characters and cut between words; "" for no text.

    Surrogate pairs are joined; lone ones and NUL become U+FFFD.
    """
    if not isinstance(value, str):
        return ""
    joined = value[: 4 * limit].encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = joined.replace("\0", "\ufffd").strip()
    if len(text) <= limit:
        return text
    return text[: limit + 1].rpartition(" ")[0] or text[:limit]


def group_named(name: str) -> Group | None:
    """The list a key or a label names."""
    return _GROUPS.get(key(name))


def stakes_named(value: JsonValue) -> Stakes:
    """How much is at stake; medium where the judge does not say."""
    word = key(value) if isinstance(value, str) else ""
    if word in _HIGH:
        return "high"
    return "low" if word in _LOW else "medium"


def stance_named(value: JsonValue) -> Stance | None:
    """The stance a word or a short phrase names; None for anything longer than a label.

    "Does not mention …" is silence however it goes on.
    """
    text = " ".join(str(value)[:200].lower().replace("_", " ").replace("’", "'").split())
    if _NOT_THERE.match(text):
        return "silent"
    label = _LABEL.match(text)
    if label is None and len(text.split()) > _MAX_STANCE_WORDS:
        return None
    words = label.group(1) if label else text.strip(" .!*")
    return next((stance for stance, spelled in _STANCES if spelled.search(words)), None)


def seats_named(value: JsonValue, letters: str) -> list[str]:
    """The letters a value names ("a", "Answer A:", "A and C", ["A"]), those on the panel only."""
    if isinstance(value, list):
        return [seat for one in value[:20] for seat in seats_named(one, letters)]
    if not isinstance(value, str) or len(value) > 200:
        return []
    whole = _SEAT.fullmatch(value)
    named = [whole] if whole else [_SEAT.fullmatch(p) for p in _BETWEEN_SEATS.split(value)]
    if not all(named):
        return []
    return [seat for m in named if m and (seat := m.group(1).upper()) in letters]
