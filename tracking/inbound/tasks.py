"""Wake-ups. Each may be lost, repeated or run twice at once without harm: the work waits in the tables."""

from __future__ import annotations

from celery import shared_task

from tracking.inbound import files, units, waiting
from tracking.jobs.waking import wake


@shared_task(name="inbound.read_files")
def read_files() -> None:
    """Reads and tells waiting files for a while."""
    if files.read_files():
        wake(read_files)


@shared_task(name="inbound.catch_up")
def catch_up() -> None:
    """Tells who joined a unit late what happened before."""
    if units.catch_up() and units.owed():  # what fails waits for the ticker's next look
        wake(catch_up)


@shared_task(name="inbound.retry")
def retry() -> None:
    """Tells the items whose number has appeared since."""
    waiting.retry_new()


@shared_task(name="inbound.retry_all")
def retry_all() -> None:
    """Once an hour: gives up what is too old, and tries the rest."""
    waiting.forget_old()
    waiting.retry_all()
