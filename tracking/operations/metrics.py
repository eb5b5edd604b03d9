"""What /metrics says, read from PostgreSQL and Redis when somebody asks.

Not counted in the web process's memory: there are many processes and one truth, so any web process gives the same
answer, and none keeps files for the others. What is counted as it happens (calls, latency, delays) lies in Redis, added
to by every process (tracking/jobs/counters.py). Labels name carriers, roles and tables, and of an account a short
digest of its id: nothing of merchants, parcels or people.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import Any

import redis
from django.db import DatabaseError, connection
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from tracking.jobs import counters
from tracking.operations import state

logger = logging.getLogger(__name__)

PREFIX = "throughline_"
Family = Iterable[Metric]


class Platform(Collector):
    """Every figure of the site. A part that cannot be read is left out, and counted."""

    def collect(self) -> Iterator[Metric]:
        """The figures; takes some tens of milliseconds."""
        failed = GaugeMetricFamily(f"{PREFIX}unreadable", "Parts of this page that could not be read.", labels=["part"])
        for name, part in PARTS.items():
            try:
                yield from list(part())
                failed.add_metric([name], 0)
            except (DatabaseError, redis.RedisError) as error:
                logger.warning("metrics of %s cannot be read: %s", name, type(error).__name__)
                failed.add_metric([name], 1)
        yield failed


def account_label(account_id: object) -> str:
    """Eight symbols that stay the same for an account and say nothing about it."""
    return hashlib.blake2b(str(account_id).encode(), digest_size=4).hexdigest()


def _gauge(name: str, told: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}{name}", told)
    if value is not None:
        family.add_metric([], value)
    return family


def _gauges(name: str, told: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}{name}", told, labels=[label])
    for value_of, value in values:
        family.add_metric([value_of], value)
    return family


def _polling() -> Family:
    due = state.due_legs()
    yield _gauge("due_legs", "Legs whose next call is due and that nobody is asking for.", due.count)
    yield _gauge("claimed_legs", "Legs that a worker is asking for, or about to.", due.claimed)
    yield _gauges(
        "due_leg_age_seconds",
        "How long the oldest due leg has been due, by the parcels' clock and by the machine's.",
        "clock",
        [("parcels", due.oldest_s), ("machine", due.oldest_machine_s)],
    )


def _accounts() -> Family:
    family = GaugeMetricFamily(f"{PREFIX}accounts", "Carrier accounts, by their state.", labels=["carrier", "state"])
    for carrier, account_state, count in state.accounts():
        family.add_metric([carrier, account_state], count)
    yield family
    yield _gauges(
        "outages", "1 while a carrier answers nobody.", "carrier", [(carrier, 1) for carrier in state.outages()]
    )


def _budgets() -> Family:
    family = GaugeMetricFamily(
        f"{PREFIX}budget_left_calls", "Calls left in an account's window.", labels=["carrier", "account", "window"]
    )
    for row in state.budgets():
        family.add_metric([row.carrier, account_label(row.account_id), row.per], row.left)
    yield family


def _pushes() -> Family:
    unread = state.unread_pushes()
    yield _gauge("unread_pushes", "Messages of carriers that wait to be read.", unread.count)
    yield _gauge("unread_push_age_seconds", "How long the oldest of them has waited.", unread.oldest_s)
    yield _gauge("unreadable_pushes", "Messages that nobody could read in five attempts.", unread.given_up)


def _outbox() -> Family:
    outbox = state.outbox()
    yield _gauge("untold_changes", "Changes of status that have not become deliveries.", outbox.untold)
    yield _gauge("untold_change_age_seconds", "How long the oldest of them has waited.", outbox.untold_s)
    yield _gauges("outbox_deliveries", "Deliveries that are not at their end, by state.", "state", outbox.by_state)
    yield _gauge("outbox_age_seconds", "How long the oldest delivery that is due has been due.", outbox.oldest_s)


def _processes() -> Family:
    yield _gauges(
        "heartbeat_age_seconds", "Since the latest heartbeat of a role.", "role", state.heartbeat_ages().items()
    )
    yield _gauges("job_success_age_seconds", "Since a daily job was last finished.", "job", state.job_ages().items())


def _broker() -> Family:
    yield _gauges("queued_messages", "Wake-ups that wait for a worker.", "queue", state.queues())


def _tables() -> Family:
    rows = list(state.hot_tables())
    yield _gauges("dead_rows", "Dead rows of the busy tables.", "table", [(name, dead) for name, dead, _ in rows])
    yield _gauges("live_rows", "Rows of the busy tables.", "table", [(name, live) for name, _, live in rows])
    yield _gauge("partition_problems", "What is wrong with the partitions.", len(state.partition_problems()))


def _database() -> Family:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        yield _gauge("database_bytes", "Size of the database on disk.", cursor.fetchone()[0])


def _counted() -> Family:
    found = counters.read()
    for name, figure in counters.COUNTED.items():
        rows = found.get(name, {})
        yield _histogram(name, figure, rows) if figure.buckets else _counter(name, figure, rows)


def _counter(name: str, figure: counters.Counted, rows: dict[tuple[str, ...], dict[str, float]]) -> Metric:
    family = CounterMetricFamily(f"{PREFIX}{name}", figure.told, labels=figure.labels)
    for labels, parts in sorted(rows.items()):
        family.add_metric(labels, parts.get("", 0.0))
    if not figure.labels and not rows:
        family.add_metric([], 0.0)
    return family


def _histogram(name: str, figure: counters.Counted, rows: dict[tuple[str, ...], dict[str, float]]) -> Metric:
    family = HistogramMetricFamily(f"{PREFIX}{name}", figure.told, labels=figure.labels)
    bounds = [*(str(float(bucket)) for bucket in figure.buckets), "+Inf"]
    for labels, parts in sorted(rows.items()):
        counts = accumulate(parts.get(bound, 0.0) for bound in bounds)
        family.add_metric(labels, list(zip(bounds, counts, strict=True)), parts.get("sum", 0.0))
    return family


PARTS: dict[str, Callable[[], Any]] = {
    "polling": _polling,
    "accounts": _accounts,
    "budgets": _budgets,
    "pushes": _pushes,
    "outbox": _outbox,
    "processes": _processes,
    "broker": _broker,
    "tables": _tables,
    "database": _database,
    "counted": _counted,
}
