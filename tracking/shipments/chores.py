"""What the ticker looks after for the schedule: who waits for news, and accounts whose price is due."""

from __future__ import annotations

import time

from tracking.jobs.waking import wake
from tracking.shipments.scheduling import pricing, watching
from tracking.shipments.tasks import reprice

PRICES_EVERY_S = 10.0
MOST_PRICED = 50


class _Last:
    """When this process last did it, by the machine's monotonic clock."""

    priced = float("-inf")


def look() -> None:
    """Acts on readers' hints; wakes a worker for the prices that are due."""
    watching.drain()
    now = time.monotonic()
    if now - _Last.priced < PRICES_EVERY_S:
        return
    _Last.priced = now
    accounts = pricing.claim_due(MOST_PRICED)
    if accounts:
        wake(reprice, [str(account_id) for account_id in accounts])
