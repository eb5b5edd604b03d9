from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracking.operations import rundue


class Command(BaseCommand):
    """Does what is due in this process: without workers, without a broker, without Redis."""

    help = "Polls, reads pushes, subscribes, sends and does the daily jobs, all in this one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="go on until SIGTERM")
        parser.add_argument("--period", type=float, default=1.0, help="seconds between two looks (default 1)")

    def handle(self, *_: Any, **options: Any) -> None:
        if not options["loop"]:
            self.stdout.write(f"{rundue.once()} pieces of work done; webhooks are sent by --loop, or by the dispatcher")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: rundue.stop(stop))
        rundue.run(stop, options["period"])
