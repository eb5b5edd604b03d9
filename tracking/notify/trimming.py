"""What is told and done is forgotten after a month: the outbox stays small, and so its indexes."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

KEPT = timedelta(days=30)
_BATCH = 5_000

_ATTEMPTS_SQL = """
DELETE FROM notify_deliveryattempt WHERE id IN (
    SELECT id FROM notify_deliveryattempt WHERE started_at < %(before)s LIMIT %(batch)s)
"""
_DELIVERIES_SQL = """
WITH old AS MATERIALIZED (
    SELECT id FROM notify_delivery WHERE finished_at < %(before)s ORDER BY finished_at LIMIT %(batch)s),
     tried AS (DELETE FROM notify_deliveryattempt AS attempt USING old WHERE attempt.delivery_id = old.id)
DELETE FROM notify_delivery AS delivery USING old WHERE delivery.id = old.id
"""
_ENDPOINTS_SQL = """
DELETE FROM notify_webhookendpoint AS endpoint
 WHERE deleted_at < %(before)s AND NOT EXISTS (SELECT FROM notify_delivery WHERE endpoint_id = endpoint.id)
"""


def trim(_day: datetime | None = None) -> str:
    """Deletes, in batches, attempts and finished deliveries older than KEPT, and deleted endpoints that have none."""
    before = timezone.now() - KEPT
    attempts = _in_batches(_ATTEMPTS_SQL, before)
    deliveries = _in_batches(_DELIVERIES_SQL, before)
    with connection.cursor() as cursor:
        cursor.execute(_ENDPOINTS_SQL, {"before": before})
    return f"{deliveries} deliveries and {attempts} attempts forgotten"


def _in_batches(statement: str, before: datetime) -> int:
    total = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(statement, {"before": before, "batch": _BATCH})
            count = int(cursor.rowcount)
            total += count
            if count < _BATCH:
                return total
