"""One line of the doctor's report."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Line:
    """What was looked at, how it is, and what to do.

    ``good``: it works. ``note``: worth knowing, nothing has to be done. ``bad``: something does
    not work until somebody does what ``todo`` says. No line ever holds a key or a password.
    """

    what: str
    state: Literal["good", "note", "bad"]
    said: str
    todo: str = ""
