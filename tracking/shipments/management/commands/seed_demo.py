from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tracking.shipments import seeding


class Command(BaseCommand):
    """Fills an empty site with the demo; run again, it only adds what is missing."""

    help = "Three merchants and one shipment per journey of the carrier sandbox."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sandbox", default=default_sandbox(), help="address of the carrier sandbox")

    def handle(self, *_: Any, **options: Any) -> None:
        password = os.environ.get("DEMO_PASSWORD")
        if not password:
            raise CommandError("DEMO_PASSWORD is not set; `make demo` makes one and keeps it in .data/")
        seeded = seeding.seed(options["sandbox"].rstrip("/"), password, self.stdout.write)
        self.stdout.write(f"{seeded.shipments} shipments, {seeded.new} of them new")
        if seeded.api_key:
            self.stdout.write(f"API key of the first merchant, shown once: {seeded.api_key}")


def default_sandbox() -> str:
    """The sandbox stands behind CARRIER_URLS in the demo."""
    return os.environ.get("CARRIER_URLS", "http://127.0.0.1:8002/{slug}").replace("/{slug}", "")
