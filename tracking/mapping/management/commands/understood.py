from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django_scopes import scopes_disabled

from tracking.accounts.models import Merchant
from tracking.mapping import understood


class Command(BaseCommand):
    """How much of what carriers tell has a known code, merchant by merchant."""

    help = "Counts every event anew and prints the understood rate of each carrier."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--merchant", default="", help="slug of one merchant; default: all")

    def handle(self, *_: Any, **options: Any) -> None:
        with scopes_disabled():
            merchants = Merchant.objects.order_by("slug")
            if options["merchant"]:
                merchants = merchants.filter(slug=options["merchant"])
                if not merchants:
                    raise CommandError(f"no merchant has the slug {options['merchant']!r}")
            understood.count()
            self.stdout.write(f"{'merchant':20} {'carrier':20} {'30 days':>9} {'of':>9} {'all':>9} {'of':>9}")
            for merchant in merchants:
                for rate in understood.rates(merchant):
                    recent, ever = understood.percent(rate.recent_rate), understood.percent(rate.rate)
                    self.stdout.write(
                        f"{merchant.slug:20} {rate.carrier:20} {recent:>7} % {rate.recent_events:>9} "
                        f"{ever:>7} % {rate.events:>9}"
                    )
