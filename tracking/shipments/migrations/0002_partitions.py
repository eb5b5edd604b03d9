"""Cuts events and raw answers into months of their shipments' creation, and sets what hot tables need.

`tracking.shipments.partitions` says why and keeps the months up; this file makes the first ones. Rows that lie there
already are moved within the transaction: minutes for millions, while writers wait.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import migrations

TABLES = ("shipments_event", "shipments_rawanswer")
_KEYS = """
SELECT conname, 'ADD CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'c')
"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid = %s::regclass
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u'))
"""


def partition(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        for table in TABLES:
            _rebuild(cursor, table)


def _rebuild(cursor: Any, table: str) -> None:
    cursor.execute(_KEYS, [table])
    keys = [statement for _, statement in cursor.fetchall()]
    cursor.execute(_INDEXES, [table])
    indexes = [statement for (statement,) in cursor.fetchall()]
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_plain")
    # Keys and indexes come after the rows, and under the names that Django knows them by.
    kinds = "INCLUDING DEFAULTS INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS"
    cursor.execute(f"CREATE TABLE {table} (LIKE {table}_plain {kinds}) PARTITION BY RANGE (shipment_id)")
    cursor.execute(f"SELECT min(shipment_id::text) FROM {table}_plain")
    months = _months(cursor.fetchone()[0])
    bounds = ["MINVALUE", *(f"'{_bound(month)}'" for month in months), "MAXVALUE"]
    names = ["before", *(f"{month:%Y_%m}" for month in months[:-1]), "future"]
    for name, first, until in zip(names, bounds, bounds[1:], strict=False):
        cursor.execute(f"CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({first}) TO ({until})")
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_plain")
    cursor.execute(f"DROP TABLE {table}_plain")
    for statement in keys:
        cursor.execute(f"ALTER TABLE {table} {statement}")
    for statement in indexes:
        cursor.execute(statement)


def _months(oldest: str | None) -> list[date]:
    """From the oldest shipment's month to the next one; no more than three years, whatever an id says."""
    now = datetime.now(UTC).date().replace(day=1)
    first = now
    if oldest is not None:
        milliseconds = UUID(oldest).int >> 80
        earliest = datetime(now.year - 3, now.month, 1, tzinfo=UTC).timestamp()
        first = datetime.fromtimestamp(max(min(milliseconds / 1000, _epoch(now)), earliest), UTC).date().replace(day=1)
    months = [first]
    while months[-1] <= now:
        months.append(date(months[-1].year + months[-1].month // 12, months[-1].month % 12 + 1, 1))
    return months


def _bound(month: date) -> UUID:
    return UUID(int=int(_epoch(month)) * 1000 << 80)


def _epoch(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


class Migration(migrations.Migration):
    dependencies = [("shipments", "0001_initial")]

    operations = [
        # Backwards there is nothing to do: a partitioned table is what the models say as well.
        migrations.RunPython(partition, migrations.RunPython.noop),
        # A poll writes its leg twice (claim, result). The claim touches no index: with room on the page it is a
        # heap-only update. The result moves next_poll_at, which is what claims are found by, so it cannot be one.
        # Dead rows are swept at two in a hundred: at one in five, a million legs would carry 200,000 of them.
        migrations.RunSQL(
            "ALTER TABLE shipments_leg SET (fillfactor = 75, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1)",
            "ALTER TABLE shipments_leg RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_analyze_scale_factor, autovacuum_vacuum_cost_delay)",
        ),
        migrations.RunSQL(
            "ALTER TABLE shipments_shipment SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05,"
            " autovacuum_analyze_scale_factor = 0.05)",
            "ALTER TABLE shipments_shipment RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_analyze_scale_factor)",
        ),
        # Queues: a row is dead, for its partial index, minutes after it was written.
        migrations.RunSQL(
            "ALTER TABLE shipments_inboundpush SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE shipments_inboundpush RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
        migrations.RunSQL(
            "ALTER TABLE shipments_statuschange SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE shipments_statuschange RESET (fillfactor, autovacuum_vacuum_scale_factor)",
        ),
    ]
