"""Twenty million events, made in the database from the rows of one parcel that the recorder wrote.

Every column is that parcel's but for ids, numbers, times and merchants: a new column of the models needs nothing here.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg2

from benchmarks.stage import Wrong

MERCHANTS = 20  # the first has half of all shipments, as the biggest shop of a site may


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """`months` back from the last whole one; `shipments` in each; `events` in all of them together."""

    months: tuple[date, ...]
    shipments: int
    events: int


# A version 7 UUID: 48 bits of milliseconds, then what comes of hashing the salt.
_UUID = "(lpad(to_hex({ms}), 12, '0') || '7' || substr(md5({salt}), 1, 3) || '8' || substr(md5({salt}), 4, 15))::uuid"
# The n-th shipment of a month begins in step with its number; everything of the pattern is moved by as much.
_MS = "(%(first_ms)s + n * %(step_ms)s)::bigint"
_CREATED = f"to_timestamp({_MS} / 1000.0)"
_SHIPMENT = _UUID.format(ms=_MS, salt="'s' || n")
_LEG = _UUID.format(ms=_MS, salt="'l' || n")
_MERCHANT = (
    "CASE WHEN mod(n, 2) = 0 THEN %(first_merchant)s::uuid ELSE (%(merchants)s::uuid[])[1 + mod(n, %(count)s)] END"
)
_AGO = f"({_CREATED} - %(pattern_created)s::timestamptz)"

_MERCHANTS = {"id": "md5('m' || n)::uuid", "slug": "'big-' || n", "name": "'Big ' || n"}
_SHIPMENTS = {
    "id": _SHIPMENT,
    "number": "'B' || lpad(n::text, 12, '0')",
    "order_number": "'HL-' || n",
    "merchant_id": _MERCHANT,
    "created_at": _CREATED,
    "updated_at": f"pattern.updated_at + {_AGO}",
    "last_event_at": f"pattern.last_event_at + {_AGO}",
    "delivered_at": f"pattern.delivered_at + {_AGO}",
    "holder_leg": _LEG,
    "attention_due_at": "NULL",
}
_LEGS = {
    "id": _LEG,
    "shipment_id": _SHIPMENT,
    "merchant_id": _MERCHANT,
    "number": "'YW' || n",
    "opened_at": _CREATED,
    "next_poll_at": "NULL",
    "account_id": "NULL",
}
_EVENTS = {
    "id": _UUID.format(ms=f"{_MS} + 3600000 * pattern.sequence", salt="'e' || n || pattern.sequence"),
    "shipment_id": _SHIPMENT,
    "leg_id": _LEG,
    "merchant_id": _MERCHANT,
    "identity": "md5(n || pattern.identity)",
    "occurred_at": f"pattern.occurred_at + {_AGO}",
    "local_time": f"pattern.local_time + {_AGO}",
    "received_at": f"pattern.received_at + {_AGO}",
    "raw_answer": "NULL",
}


def build(database_url: str, superuser_url: str, pattern: UUID, size: Size) -> int:
    """Makes the months' partitions and fills them; how many events lie there. Nothing is flushed meanwhile."""
    with closing(psycopg2.connect(superuser_url)) as server, closing(psycopg2.connect(database_url)) as connection:
        server.autocommit = connection.autocommit = True
        _unsafe(server, is_unsafe=True)
        with connection.cursor() as cursor:
            cursor.execute("SET maintenance_work_mem = '512MB'")
            cursor.execute("SET synchronous_commit = off")
            common = _common(cursor, pattern)
            _reach_back(cursor, size.months[0])
            for index, month in enumerate(size.months):
                _fill(cursor, common, month, index * size.shipments, size.shipments)
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SELECT count(*) FROM shipments_event")
            events = int(cursor.fetchone()[0])
        _unsafe(server, is_unsafe=False)
    if events < size.events:
        raise Wrong(f"{events} events instead of {size.events}")
    return events


def _unsafe(server: Any, *, is_unsafe: bool) -> None:
    """While building, nothing needs to outlive a crash; before anything is measured, all is as in production."""
    with server.cursor() as cursor:
        for name, value in (("fsync", "off"), ("full_page_writes", "off"), ("max_wal_size", "'8GB'")):
            cursor.execute(f"ALTER SYSTEM SET {name} = {value}" if is_unsafe else f"ALTER SYSTEM RESET {name}")
        if not is_unsafe:
            cursor.execute("CHECKPOINT")
            os.sync()
        cursor.execute("SELECT pg_reload_conf()")


def _common(cursor: Any, pattern: UUID) -> dict[str, Any]:
    cursor.execute("SELECT created_at FROM shipments_shipment WHERE id = %s", [str(pattern)])
    created = cursor.fetchone()[0]
    names = [f"big-{number}" for number in range(MERCHANTS)]
    copy_rows(cursor, "accounts_merchant", _MERCHANTS, {"until": MERCHANTS - 1})
    cursor.execute("SELECT id::text FROM accounts_merchant WHERE slug = ANY(%s) ORDER BY slug", [names])
    merchants = [row[0] for row in cursor.fetchall()]
    return {
        "pattern": str(pattern),
        "pattern_created": created,
        "merchants": merchants,
        "first_merchant": merchants[0],
        "count": len(merchants),
    }


def _reach_back(cursor: Any, first: date) -> None:
    """Gives the months back to `first` to the months to come: the partition of all times before is empty, and moved."""
    from tracking.shipments.partitions import bound

    for table in ("shipments_event", "shipments_rawanswer"):
        cursor.execute(f"DROP TABLE {table}_before")
        cursor.execute(
            f"CREATE TABLE {table}_before PARTITION OF {table} FOR VALUES FROM (MINVALUE) TO ('{bound(first)}')"
        )


def _fill(cursor: Any, common: dict[str, Any], month: date, begin: int, shipments: int) -> None:
    from tracking.shipments.partitions import after, bound

    low, high = _ms(month), _ms(after(month))
    told = common | {
        "first_ms": low - begin * ((high - low) // shipments),
        "step_ms": (high - low) // shipments,
        "from": begin,
        "until": begin + shipments - 1,
    }
    copy_rows(cursor, "shipments_shipment", _SHIPMENTS, told, where="pattern.id = %(pattern)s")
    copy_rows(cursor, "shipments_leg", _LEGS, told, where="pattern.shipment_id = %(pattern)s")
    for table, columns in (("shipments_event", _EVENTS), ("shipments_rawanswer", None)):
        name = f"{table}_{month:%Y_%m}"
        cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        if columns is not None:
            where = "pattern.shipment_id = %(pattern)s"
            copy_rows(cursor, "shipments_event", columns, told, where=where, into=name)
        # Keys and indexes are made now, over all rows at once.
        values = f"FOR VALUES FROM ('{bound(month)}') TO ('{bound(after(month))}')"
        cursor.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} {values}")
    print(f"  {month:%Y-%m}: {shipments:,} shipments", flush=True)


def copy_rows(
    cursor: Any,
    table: str,
    changed: dict[str, str],
    told: dict[str, Any],
    *,
    where: str = "true",
    into: str = "",
) -> None:
    """Inserts the pattern's rows once for every n, with these columns changed."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", [table]
    )
    columns = [name for (name,) in cursor.fetchall()]
    values = ", ".join(changed.get(name, f'pattern."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    limit = " LIMIT 1" if where == "true" else ""
    cursor.execute(
        f"INSERT INTO {into or table} ({names}) SELECT {values}"  # noqa: S608  names of our own tables
        f" FROM (SELECT * FROM {table} AS pattern WHERE {where}{limit}) AS pattern,"
        " generate_series(%(from)s::bigint, %(until)s) AS n",
        {"from": 0} | told,
    )


def _ms(month: date) -> int:
    return int(datetime(month.year, month.month, 1, tzinfo=UTC).timestamp()) * 1000
