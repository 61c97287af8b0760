"""``manage.py work``: play runs and serve no pages, beside a server on the same database."""

import asyncio
import signal
from typing import Any

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.management.base import BaseCommand

from council.bell import Carrier, bell
from council.management.commands.serve import prepare_tables
from council.providers import Providers
from council.readings import readings
from council.worker import Worker

GRACE_S = 30.0
"""How long runs may go on after the first signal; a second one ends at once."""


class Command(BaseCommand):
    """A worker for several machines."""

    help = "Play runs of the database that DATABASE_URL names, without serving pages."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare_tables()
        asyncio.run(self._work())

    async def _work(self) -> None:
        loop, signals = asyncio.get_running_loop(), asyncio.Queue[None]()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, signals.put_nowait, None)
        worker = Worker(Providers())
        worker.start()
        if settings.ENV.redis_url:
            bell.carrier = Carrier(get_channel_layer(), readings.heard, bell.wake_worker)
        self.stdout.write("Ready to play runs. Ctrl-C stops the worker.")
        self.stdout.flush()
        await signals.get()
        leaving = asyncio.create_task(worker.close(GRACE_S))
        at_once = asyncio.create_task(signals.get())
        await asyncio.wait({leaving, at_once}, return_when=asyncio.FIRST_COMPLETED)
        if not leaving.done():
            leaving.cancel()
            await worker.close()
        at_once.cancel()
        if bell.carrier is not None:
            await bell.carrier.close()
