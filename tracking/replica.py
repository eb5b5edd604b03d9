"""Reads that may lag: lists and searches ask a streaming replica, where DATABASE_REPLICA_URL names one.

    with lagging_reads():
        rows = list(Shipment.objects.live()[:50])

Only what is evaluated inside goes there. Everything that is written, locked or decided upon is read from the primary.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction

REPLICA, PRIMARY = "replica", "default"
_may_lag: ContextVar[bool] = ContextVar("may_lag", default=False)


@contextmanager
def lagging_reads() -> Iterator[None]:
    """What is read inside may be some seconds old. Within a transaction the primary is read all the same: it may hold
    rows of its own that the reader is to see."""
    token = _may_lag.set(REPLICA in connections and not transaction.get_connection(PRIMARY).in_atomic_block)
    try:
        yield
    finally:
        _may_lag.reset(token)


class Router:
    """Sends reads inside `lagging_reads` to the replica, everything else to the primary."""

    def db_for_read(self, *_: Any, **__: Any) -> str:
        return REPLICA if _may_lag.get() else PRIMARY

    def db_for_write(self, *_: Any, **__: Any) -> str:
        """The primary, also for a row that was read from the replica."""
        return PRIMARY

    def allow_relation(self, *_: Any, **__: Any) -> bool:
        return True

    def allow_migrate(self, db: str, *_: Any, **__: Any) -> bool:
        return db == PRIMARY
