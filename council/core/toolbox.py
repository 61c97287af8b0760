"""What a tool is to core: something with a name that takes arguments and brings a result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from pydantic import JsonValue

from council.core.delta import Source, Tool

MayFetch = Callable[[str], bool]
"""True for an address that may be read (`council.core.reach`)."""


@dataclass(frozen=True)
class Result:
    """What came of one use: ``said`` for the model, ``note`` in a few words for people.

    ``refused``: the rules forbid it, nothing was sent.
    """

    state: Literal["done", "failed", "refused"]
    said: str
    note: str
    sources: tuple[Source, ...] = ()


class Toolbox(Protocol):
    """The tools a server has. ``known`` is what may be offered to a model, by name;
    ``unable`` gathers the models of which it turned out that they cannot use any."""

    unable: set[str]

    @property
    def known(self) -> Mapping[str, Tool]:
        """What may be offered to a model, by name."""

    async def use(self, name: str, arguments: dict[str, JsonValue], may_fetch: MayFetch) -> Result:
        """Use one of them. Tells what goes wrong in the result; may be cancelled at any time."""


class _NoTools:
    def __init__(self) -> None:
        self.unable: set[str] = set()
        self.known: Mapping[str, Tool] = MappingProxyType({})

    async def use(self, name: str, arguments: dict[str, JsonValue], may_fetch: MayFetch) -> Result:
        return failed(f"There is no tool called {name}.")


def no_tools() -> Toolbox:
    """An empty toolbox."""
    return _NoTools()


def failed(why: str) -> Result:
    """A use that did not even begin, in core's own words."""
    return Result(state="failed", said=why, note=why)
