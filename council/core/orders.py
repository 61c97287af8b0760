"""What readers may want of a run, and the box they leave it in."""

import asyncio
from collections import deque
from dataclasses import dataclass

from council.core.plan import Seat


@dataclass(frozen=True)
class Stop:
    """End the whole run now; what was said stays."""


@dataclass(frozen=True)
class StopSeat:
    """End one member's call; the others go on."""

    letter: str


@dataclass(frozen=True)
class RetrySeat:
    """Ask one member again whose answer is final; with ``model``, that one, at this ``host``."""

    letter: str
    model: str = ""
    host: str = ""


@dataclass(frozen=True)
class AddSeat:
    """Ask one member more, under the next free letter. ``sample_of``: the seat it asks like."""

    seat: Seat
    host: str = ""
    sample_of: str = ""


@dataclass(frozen=True)
class JudgeNow:
    """Compare what is there as soon as there are two answers; on a finished run, compare again."""


Order = Stop | StopSeat | RetrySeat | AddSeat | JudgeNow


class Inbox:
    """Orders for one run. ``put`` and the rest belong to the event loop that plays it."""

    def __init__(self) -> None:
        self._orders: deque[Order] = deque()
        self._arrived = asyncio.Event()

    def put(self, order: Order) -> None:
        """Leave an order; a run that is being played obeys it at its next turn."""
        self._orders.append(order)
        self._arrived.set()

    def take(self) -> list[Order]:
        """All orders nobody has taken yet, oldest first."""
        orders = list(self._orders)
        self._orders.clear()
        self._arrived.clear()
        return orders

    async def arrival(self) -> None:
        """Return as soon as there is an order to take."""
        await self._arrived.wait()

    @property
    def is_empty(self) -> bool:
        """False after a run has ended: an order came too late for it and still waits."""
        return not self._orders
