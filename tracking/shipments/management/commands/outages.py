"""`manage.py outages`: the carriers that fail at this moment, at the whole site."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.polling import outages


class Command(BaseCommand):
    """One line a carrier, the widest disruption first."""

    help = "Lists the carriers that fail their accounts now, across merchants."

    def handle(self, *_args: Any, **_options: Any) -> None:
        found = outages.disruptions()
        for each in found:
            self.stdout.write(
                f"{carrier_name(each.carrier)}: no answer since {each.since:%Y-%m-%d %H:%M} UTC, "
                f"accounts {each.accounts}, merchants {each.merchants}, failed calls {each.calls_failed}, "
                f"legs waiting {each.legs_waiting}"
            )
        if not found:
            self.stdout.write("No carrier fails.")
