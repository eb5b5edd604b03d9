"""Daily jobs: apps register theirs while Django starts; the ticker wakes a worker for each that is due.

The unique row of `JobRun` decides who runs it. Hours are UTC, so that no change of clocks skips or doubles a run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from tracking.jobs import stopping
from tracking.jobs.models import JobRun

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=30)
# Celery ends a run that takes longer, well within its lease; a job that has more to do remembers how far it came.
TIME_LIMIT_S = 1500
MOST_ATTEMPTS = 5
KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """`run` gets the start of its UTC day and returns what it did in a line; it may be run again on the same day."""

    name: str
    hour: int
    run: Callable[[datetime], str]


_jobs: dict[str, Job] = {}


def add_daily(job: Job) -> None:
    """Registers a job; called from an app's `ready`."""
    _jobs[job.name] = job


def names() -> list[str]:
    """Of every job, sorted."""
    return sorted(_jobs)


def last_success(name: str) -> datetime | None:
    """When the job was last finished; None if it never was."""
    at: datetime | None = JobRun.objects.filter(name=name).aggregate(at=Max("finished_at"))["at"]
    return at


def forget_old(now: datetime) -> int:
    """Runs of more than three months ago are forgotten; how many."""
    return JobRun.objects.filter(on__lt=now.date() - KEPT).delete()[0]


def due(now: datetime) -> list[str]:
    """Names of the jobs whose hour has come today and that no one has finished or is at."""
    runs = {run.name: run for run in JobRun.objects.filter(on=now.date())}
    return [job.name for job in _jobs.values() if job.hour <= now.hour and _is_free(runs.get(job.name), now)]


def _is_free(run: JobRun | None, now: datetime) -> bool:
    if run is None:
        return True
    return run.finished_at is None and run.lease_until < now and run.attempts < MOST_ATTEMPTS


def run(name: str) -> bool:
    """Runs the job, unless another does or has; whether it ran. A job that raises is logged and tried again later."""
    job, now = _jobs[name], timezone.now()
    if stopping.is_told() or not _claim(job, now):
        return False
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    mine = JobRun.objects.filter(name=job.name, on=now.date())
    try:
        told = job.run(day)
    except Exception as error:  # whatever it is, the other jobs go on
        logger.exception("job %s failed", job.name)
        mine.update(told=f"{type(error).__name__}: {error}"[:400])
        return False
    mine.update(finished_at=timezone.now(), told=told[:400])
    logger.info("job %s: %s", job.name, told)
    return True


def _claim(job: Job, now: datetime) -> bool:
    try:
        with transaction.atomic():
            JobRun.objects.create(name=job.name, on=now.date(), lease_until=now + LEASE)
    except IntegrityError:
        died = JobRun.objects.filter(
            name=job.name, on=now.date(), finished_at=None, lease_until__lt=now, attempts__lt=MOST_ATTEMPTS
        )
        return died.update(lease_until=now + LEASE, attempts=F("attempts") + 1) == 1
    return True
