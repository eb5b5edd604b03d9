from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ShipmentsConfig(AppConfig):
    name = "tracking.shipments"
    label = "shipments"
    verbose_name = "Shipments"

    def ready(self) -> None:
        """Months are made ready by `migrate`, and by a job every day."""
        from tracking.jobs.daily import add_daily
        from tracking.shipments import chores, retention, ticker
        from tracking.shipments.scheduling import dwell_learning

        post_migrate.connect(_make_months_ready, sender=self)
        for job in (*retention.JOBS, dwell_learning.JOB):
            add_daily(job)
        ticker.add_chore(chores.look)


def _make_months_ready(**_: Any) -> None:
    from django.utils import timezone

    from tracking.shipments import partitions

    partitions.ensure(timezone.now())
