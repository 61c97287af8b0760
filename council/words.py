"""Words and figures for people: states, failures, time and money, said in one way everywhere.

Pure functions over `council.core.state`; no HTML. What a model or a provider wrote
passes through unchanged, so whoever prints it must escape it.
"""

from council.core.estimate import dollars as dollars
from council.core.events import Stance
from council.core.failures import Failure, Kind
from council.core.state import Part, RunState

KINDS: dict[Kind, str] = {
    Kind.BAD_KEY: "key not valid",
    Kind.NO_CREDIT: "no credit left",
    Kind.FORBIDDEN: "not allowed",
    Kind.NO_SUCH_MODEL: "no such model",
    Kind.RATE_LIMITED: "rate limited",
    Kind.CONTEXT_TOO_LONG: "question too long for this model",
    Kind.BAD_REQUEST: "request not accepted",
    Kind.PROVIDER_ERROR: "provider error",
    Kind.UNREACHABLE: "not reachable",
    Kind.TIMED_OUT_FIRST_TOKEN: "no first word in time",
    Kind.STALLED: "fell silent",
    Kind.CUT_OFF: "connection cut",
    Kind.BAD_STREAM: "unreadable answer",
    Kind.TOO_LONG: "too long",
    Kind.POLICY: "against the provider's policy",
}

_ADVICE: dict[Kind, str] = {
    Kind.BAD_KEY: "Whoever runs this server needs to check the key.",
    Kind.NO_CREDIT: "Whoever runs this server needs to add credit with the provider.",
    Kind.FORBIDDEN: "The key may not use this model; choose another one.",
    Kind.NO_SUCH_MODEL: "Choose another model for this seat.",
    Kind.CONTEXT_TOO_LONG: "Shorten the question, or give this seat a model that reads more.",
    Kind.BAD_REQUEST: "Choose another model, or change this seat's settings.",
    Kind.POLICY: "Rephrase the question, or choose another model.",
}

_STATES: dict[str, str] = {
    "queued": "waiting to start",
    "connecting": "connecting",
    "waiting": "waiting for the first word",
    "streaming": "writing",
    "using_tool": "using a tool",
    "done": "done",
    "truncated": "stopped early",
    "filtered": "withheld by a content filter",
    "refused": "refused",
    "empty": "no answer",
    "failed": "failed",
    "stopped": "stopped",
    "interrupted": "interrupted",
}

UNKEPT = "The disk of this server is full, or its database does not answer."
"""What people are told when nothing can be written."""

_USING = {"web_search": "searching the web", "web_fetch": "reading a page"}

_SIGNS: dict[Stance, str] = {"supports": "✓", "contradicts": "✗", "hedges": "~", "silent": "—"}
_STANCES: dict[Stance, str] = {
    "supports": "supports",
    "contradicts": "contradicts",
    "hedges": "hedges",
    "silent": "is silent",
}

_TONES: dict[str, str] = {
    "queued": "idle",
    "connecting": "busy",
    "waiting": "busy",
    "streaming": "busy",
    "using_tool": "busy",
    "done": "good",
    "truncated": "fair",
    "stopped": "fair",
    "interrupted": "fair",
}

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def cause_words(failure: Failure) -> str:
    """The cause in a few words. A cap of ours is final, a provider's empty account is not."""
    if failure.kind is Kind.NO_CREDIT and failure.final:
        return "spending cap reached"
    return KINDS[failure.kind]


def state_words(part: Part) -> str:
    """What a seat is doing or how it ended, in a few words, with the cause where there is one."""
    words = _STATES[part.state]
    if part.state == "queued" and part.retry:
        return f"{cause_words(part.retry.failure)}, trying again"
    if part.state == "queued" and part.attempt:
        return "asked to pause" if part.wait_s else "waiting for a free place"
    if part.state == "using_tool":
        running = {use.name for use in part.tools if use.state == "running"}
        return _USING.get(running.pop(), words) if len(running) == 1 else "looking things up"
    if part.state == "waiting" and part.reasoning:
        return "thinking"
    if part.state == "failed" and part.failure:
        return f"{words}: {cause_words(part.failure)}"
    if part.state == "truncated":
        return f"{words} ({_cut_words(part)})"
    return words


def _cut_words(part: Part) -> str:
    if part.failure:
        return cause_words(part.failure)
    return "length limit" if part.finish_reason == "length" else "before the end"


def tone(part: Part) -> str:
    """How a state looks: ``idle``, ``busy``, ``good``, ``fair`` or ``bad``; never the only sign."""
    return _TONES.get(part.state, "bad")


def advice(part: Part) -> str:
    """What a person can do about an answer that did not come; empty when nothing is wrong."""
    if part.state == "refused":
        return "Another model may answer, or the same one to another wording."
    if part.state == "empty":
        return "Asking again often helps."
    if part.state == "interrupted":
        return "The server stopped in the middle of this answer. What had arrived is kept."
    if part.failure is None:
        return ""
    if part.failure.kind is Kind.NO_CREDIT and part.failure.final:
        return (
            "Take cheaper models or a shorter question, or have the cap raised by whoever set it."
        )
    return _ADVICE.get(part.failure.kind, "Try again in a moment, or choose another model.")


def run_words(run: RunState) -> str:
    """Where a run stands, in a few words: who has answered is said wherever it is true."""
    answered = f"{len(run.usable)} of {len(run.seats)} answered"
    if run.state == "members":
        return _members_words(run)
    if run.state == "failed":
        return "Nobody answered"
    if run.is_final and run.state in ("stopped", "interrupted"):
        return f"{run.state.capitalize()}, {answered}"
    if run.is_final:
        return f"{answered}, no comparison" if run.breakdown == "failed" else answered
    return {"judging": "Judge is comparing", "writing": "Writing the synthesis"}.get(
        run.state, "Waiting to start"
    )


def _members_words(run: RunState) -> str:
    states = [part.state for part in run.seats.values()]
    writing, seated = states.count("streaming"), len(states)
    if writing:
        return f"{writing} of {seated} writing"
    if run.usable:
        return f"{len(run.usable)} of {seated} answered so far"
    return "Waiting for the first word"


def cost_words(spender: Part | RunState) -> str:
    """The cost of a seat or a run; ``at least`` when some call that may be billed is not known.

    Empty where it is not shown (`council.sharing.lens`).
    """
    parts = [spender] if isinstance(spender, Part) else spender.parts
    if any(part.cost_source == "hidden" for part in parts):
        return ""
    if spender.cost_usd is None or spender.cost_complete:
        return dollars(spender.cost_usd)
    return f"at least {dollars(spender.cost_usd)}" if spender.cost_usd else "cost partly unknown"


def seconds(ms: float | None) -> str:
    """A time in milliseconds as ``0.9 s``, ``41 s``, ``2 min 05 s`` or ``1 h 02 min``."""
    if ms is None:
        return ""
    if ms < 9_950:
        return f"{max(ms, 0) / 1000:.1f} s"
    whole = round(ms / 1000)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def short_model(model: str) -> str:
    """The last segment of ``provider/maker/model``: what tells the columns apart."""
    return model.rstrip("/").rpartition("/")[2].lstrip("~") or model


def number_words(count: int) -> str:
    """A small count as a word, a larger one as figures: ``three``, ``12``."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def letters_words(letters: str) -> str:
    """``A``, ``A and C`` or ``A, B and C``."""
    return list_words(list(letters))


def list_words(items: list[str]) -> str:
    """Items joined as in a sentence."""
    return " and ".join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


_LISTS = {
    "consensus": "Agreement",
    "contradictions": "Contradiction",
    "partial_coverage": "Partly covered",
    "unique_insights": "Said by one",
    "blind_spots": "Nobody addressed",
}


def stance_sign(stance: Stance) -> str:
    """One character for a stance: ✓ ✗ ~ —."""
    return _SIGNS[stance]


def list_name(group: str) -> str:
    """The list a finding stands in, as a heading."""
    return _LISTS[group]


def stance_words(stance: Stance) -> str:
    """The stance as a verb: ``supports``, ``is silent``."""
    return _STANCES[stance]


def kind_words(kind: str, asked: str = "") -> str:
    """What sort of question a run is, beside one to the whole council: ``to B alone``."""
    return {
        "member": f"to {asked} alone" if asked else "to one member alone",
        "synthesis": "to the synthesis",
        "crux": "about one point",
        "judging": "judged again",
    }.get(kind, "")


def headline(prompt: str, limit: int = 220) -> str:
    """The first line of a prompt, cut at a word when it is longer than ``limit`` characters."""
    line = prompt.strip().partition("\n")[0].strip()
    if len(line) <= limit:
        return line
    cut = line[:limit].rpartition(" ")[0] or line[:limit]
    return cut.rstrip(" ,;:–—-") + " …"
