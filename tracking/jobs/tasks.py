from __future__ import annotations

from celery import shared_task

from tracking.jobs import daily


@shared_task(name="jobs.run_daily", time_limit=daily.TIME_LIMIT_S + 30, soft_time_limit=daily.TIME_LIMIT_S)
def run_daily(name: str) -> None:
    """Runs one daily job, unless another worker does."""
    daily.run(name)


@shared_task(name="jobs.beat")
def beat() -> None:
    """Does nothing: that it was run is what counts, and its class writes that down (`PlatformTask`)."""
