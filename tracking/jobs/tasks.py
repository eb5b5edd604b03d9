from __future__ import annotations

from celery import shared_task

from tracking.jobs import daily


@shared_task(name="jobs.run_daily")
def run_daily(name: str) -> None:
    """Runs one daily job, unless another worker does."""
    daily.run(name)
