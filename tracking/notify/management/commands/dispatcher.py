from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.core.management.base import BaseCommand

from tracking.notify.dispatch import Dispatcher


class Command(BaseCommand):
    """Runs the dispatcher until it is told to stop; then it finishes what is on its way, within 16 seconds."""

    help = "Sends what merchants' programs are to be told: webhooks."

    def handle(self, *_: Any, **__: Any) -> None:
        asyncio.run(_run())


async def _run() -> None:
    dispatcher = Dispatcher()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, dispatcher.stop)
    await dispatcher.run()
