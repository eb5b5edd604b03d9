"""The whole platform's background work in one process: for a small site, and for the day on which Redis is gone.

It is the ticker with its wake-ups worked off on the spot. Claims and leases are the same as those of ticker and
workers, so it may run beside them.
"""

from __future__ import annotations

import logging
import threading

from django.db import DatabaseError, InterfaceError, close_old_connections
from redis.exceptions import RedisError

from tracking.jobs import counters, heartbeats, stopping, waking
from tracking.shipments import ticker

logger = logging.getLogger(__name__)

stop = stopping.stop


def once() -> int:
    """Does what is due now; how many pieces of work that was: batches of legs, a look at the pushes, a daily job."""
    heartbeats.beat("rundue")
    done = waking.work_here(ticker.tick)
    counters.flush()
    return done


def run(until: threading.Event, period_s: float = 1.0) -> None:
    """Does what is due until it is told to stop; without a pause while there is work."""
    forgot = 0
    while not until.is_set():
        done = 0
        try:
            done = once()
            if forgot == 0:
                ticker.forget_old()
                heartbeats.trim()
            forgot = (forgot + 1) % ticker.FORGET_EVERY
        except (DatabaseError, InterfaceError, RedisError, OSError):
            logger.exception("a round failed")
        close_old_connections()
        if not done:
            until.wait(period_s)
