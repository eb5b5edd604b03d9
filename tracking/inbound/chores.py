"""What the ticker looks after: files that nobody reads, members that are owed, numbers that have appeared."""

from __future__ import annotations

import time

from tracking.inbound import files, units
from tracking.inbound.tasks import catch_up, read_files, retry, retry_all
from tracking.jobs.waking import wake

LOOK_EVERY_S = 2.0
RETRY_EVERY_S = 10.0
RETRY_ALL_EVERY_S = 3600.0


class _Last:
    """When this process last did each, by the machine's monotonic clock."""

    looked = float("-inf")
    retried = float("-inf")
    retried_all = float("-inf")


def look() -> None:
    """Wakes a worker for whatever waits."""
    now = time.monotonic()
    if now - _Last.looked < LOOK_EVERY_S:
        return
    _Last.looked = now
    if files.has_waiting():
        wake(read_files)
    if units.owed():
        wake(catch_up)
    if now - _Last.retried >= RETRY_EVERY_S and wake(retry):
        _Last.retried = now
    if now - _Last.retried_all >= RETRY_ALL_EVERY_S and wake(retry_all):
        _Last.retried_all = now
