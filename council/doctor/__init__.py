"""Is everything this server needs there, and if not, what to do: on a page and in the terminal.

A new check is a function that returns lines, and an entry in `CHECKS`.
"""

from collections.abc import Callable, Iterable

from council.doctor import house, providers
from council.doctor.line import Line
from council.wire.provider import Provider

CHECKS: tuple[Callable[[], Iterable[Line]], ...] = (
    house.database,
    providers.check,
    house.redis,
    house.data_folder,
    house.search,
    house.chromium,
)
"""All checks, in the order in which they are shown. Each bounds its own time and never raises."""


def try_out(provider: Provider) -> Line:
    """What one provider says of its key now; what to do is for whoever saved that key."""
    return providers.try_out(provider)


def examine() -> list[Line]:
    """Every line of every check. Takes as long as the slowest provider, at most a few seconds."""
    return [line for check in CHECKS for line in check()]


def is_well(lines: Iterable[Line]) -> bool:
    """True when nothing needs doing."""
    return all(line.state != "bad" for line in lines)
