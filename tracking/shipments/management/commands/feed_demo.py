from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tracking import clock
from tracking.shipments import seeding
from tracking.shipments.management.commands.seed_demo import default_sandbox


class Command(BaseCommand):
    """Keeps the demo alive: every few hours of its clock a new parcel sets out, and the partners tell their part."""

    help = "Sends a new parcel on its way every few hours of the demo's clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sandbox", default=default_sandbox(), help="address of the carrier sandbox")
        parser.add_argument(
            "--every", type=float, default=3.0, help="hours of the parcels' clock between two (default 3)"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        pause = clock.real_seconds(timedelta(hours=options["every"]))
        while not stop.wait(max(pause, 0.5)):
            shipment = seeding.send_one(options["sandbox"].rstrip("/"))
            news = seeding.tell_partners(options["sandbox"].rstrip("/"))
            self.stdout.write(f"{shipment.order_number} set out; {news} events of partners")
