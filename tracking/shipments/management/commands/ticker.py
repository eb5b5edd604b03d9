from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracking.shipments import ticker


class Command(BaseCommand):
    """Runs the ticker until it is told to stop."""

    help = "Looks once a second which parcels are due, and wakes the workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", type=float, default=1.0, help="seconds between two looks (default 1)")
        parser.add_argument("--once", action="store_true", help="look once and end")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{ticker.tick()} legs claimed")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        ticker.run(stop, options["period"])
