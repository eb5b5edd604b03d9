from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from carriers.vocabulary import Phase
from tracking import clock
from tracking.rules.dwell import DwellTables
from tracking.rules.dwell_counts import Level, Situation
from tracking.shipments.scheduling import dwell_learning
from tracking.shipments.scheduling.dwell_learning import Learned


class Command(BaseCommand):
    """Learns now what the nightly job learns, and shows it beside the built-in priors."""

    help = "Learns how long parcels stay as they are, from the events of the last half year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only show it; the tables in force stay")

    def handle(self, *_: Any, **options: Any) -> None:
        learned = dwell_learning.learn(clock.now())
        version = None if options["dry_run"] else dwell_learning.store(learned)
        rate = learned.dwells / learned.took_s if learned.took_s else 0.0
        self.stdout.write(
            f"{learned.dwells} dwells of {learned.shipments} shipments in {learned.took_s:.1f} s ({rate:,.0f} a second)"
        )
        for level in Level:
            self.stdout.write(f"{sum(cell[0] is level for cell in learned.cells):>8} cells of level {level.value}")
        self._show_phases(learned)
        self._show_lags(learned)
        if version is not None:
            self.stdout.write(f"in force: version {version.pk} with {version.cells.count()} cells")

    def _show_phases(self, learned: Learned) -> None:
        prior, now = DwellTables(), DwellTables(learned.counts())
        self.stdout.write(f"{'phase':<16}{'dwells':>10}{'median, hours':>15}{'prior':>8}")
        for phase in Phase:
            situation = Situation(phase=phase)
            dwells = learned.dwells_of((Level.PHASE, phase.value))
            medians = f"{now.quantile(situation, 0.5):>15.1f}{prior.quantile(situation, 0.5):>8.1f}"
            self.stdout.write(f"{phase.value:<16}{dwells:>10}{medians}")

    def _show_lags(self, learned: Learned) -> None:
        for carrier, lag_h in sorted(learned.delays.lags_h().items()):
            self.stdout.write(f"{carrier} tells events {lag_h:.2f} hours late")
