"""Instructions to begin a seat with: a way of looking at a question, written by one press."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Starter:
    """A role and the words that make it one."""

    key: str
    role: str
    instructions: str


STARTERS = (
    Starter(
        "sceptic",
        "Sceptic",
        "Look for what is wrong with the obvious answer. Say what would have to be true for it to "
        "fail, and how likely that is.",
    ),
    Starter(
        "practitioner",
        "Practitioner",
        "Answer from practice: what people who do this every day would choose, what it costs, and "
        "what goes wrong first.",
    ),
    Starter(
        "fact-checker",
        "Fact-checker",
        "Separate what is established from what is only often said. Give the source or the "
        "reasoning behind every figure, and say “I do not know” where you do not.",
    ),
    Starter(
        "advocate",
        "Devil’s advocate",
        "Make the strongest honest case for the answer most people would reject. Keep to facts "
        "that hold, and end with what would make you give the case up.",
    ),
    Starter(
        "economist",
        "Economist",
        "Weigh costs, benefits and incentives. Put rough numbers on them, name who pays and who "
        "gains, and say which number the decision hangs on.",
    ),
    Starter(
        "beginner",
        "Plain speaker",
        "Explain it to a bright person from another field: no jargon that is not explained, one "
        "concrete example, and the two or three points that matter first.",
    ),
)
_BY_KEY = {starter.key: starter for starter in STARTERS}
_TEXTS = frozenset(starter.instructions for starter in STARTERS)
_ROLES = frozenset(starter.role for starter in STARTERS)


def begin(key: str, role: str, instructions: str) -> tuple[str, str] | None:
    """Role and instructions once this starter was pressed; None when there is no such starter.

    What a person wrote stays: the starter's words go under it, in the place of another starter's
    that nobody has changed.
    """
    starter = _BY_KEY.get(key)
    if starter is None:
        return None
    role = starter.role if role.strip() in {"", *_ROLES} else role
    if instructions.strip() in {"", *_TEXTS}:
        return role, starter.instructions
    if starter.instructions in instructions:
        return role, instructions
    return role, f"{instructions.rstrip()}\n\n{starter.instructions}"
