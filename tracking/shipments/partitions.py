"""The months in which events and raw answers lie, so that old ones are put away in no time and new ones stay small.

Both tables are cut by ranges of `shipment_id`. These ids begin with the time (tracking/ids.py), so a range is a month
of the *shipments'* creation: what belongs to one shipment lies in one partition, and UNIQUE(shipment, identity) holds
without naming a month. The first partition reaches back to the beginning, the last one to the end of time: an insert
finds its place even if no job ever ran. There is no DEFAULT partition, which would forbid DETACH CONCURRENTLY.

No foreign key leaves these tables (`db_constraint=False`): one would cost every inserted event two look-ups and a lock
on its merchant's row, and every detached month a lock on the tables referred to. Only the one door writes here, under
the shipment's lock.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TypeVar
from uuid import UUID

from django.db import OperationalError, connection, transaction

TABLES = ("shipments_event", "shipments_rawanswer")
AHEAD = 3  # whole months that stand ready after this one
# An exclusive lock is asked for so long and so often; whoever queues behind it waits no longer than that.
_LOCK_WAIT_MS = 500
_TRIES = 10

_PARTITIONS = """
SELECT child.relname, pg_get_expr(child.relpartbound, child.oid), link.inhdetachpending,
       greatest(child.reltuples, 0)::bigint, pg_total_relation_size(child.oid)
  FROM pg_inherits AS link JOIN pg_class AS child ON child.oid = link.inhrelid
 WHERE link.inhparent = %s::regclass
"""
Made = TypeVar("Made")
_BOUNDS = re.compile(r"FROM \((?:'([0-9a-f-]{36})'|MINVALUE)\) TO \((?:'([0-9a-f-]{36})'|MAXVALUE)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition of `table`: shipments made from the month `first` up to, without, `until`; None is open.

    `rows` is PostgreSQL's estimate, `size` in bytes, with indexes. `is_pending`: a DETACH was cut off half-way.
    """

    table: str
    name: str
    first: date | None
    until: date | None
    is_pending: bool
    rows: int
    size: int


def bound(month: date) -> UUID:
    """The smallest id of a shipment that is made in this month (UTC) or later."""
    return UUID(int=int(datetime(month.year, month.month, 1, tzinfo=UTC).timestamp()) * 1000 << 80)


def after(month: date, count: int = 1) -> date:
    """The first day of the month so many months later."""
    year, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(year, index + 1, 1)


def partitions(table: str) -> list[Partition]:
    """In order of time; empty while the table is not partitioned."""
    with connection.cursor() as cursor:
        cursor.execute(_PARTITIONS, [table])
        found = [
            Partition(table=table, name=name, first=first, until=until, is_pending=is_pending, rows=rows, size=size)
            for name, bounds, is_pending, rows, size in cursor.fetchall()
            for first, until in [_months(bounds)]
        ]
    return sorted(found, key=lambda each: each.first or date.min)


def _months(bounds: str) -> tuple[date | None, date | None]:
    match = _BOUNDS.search(bounds)
    if match is None:
        raise ValueError(f"a partition FOR VALUES {bounds} is none of ours")
    return _month(match[1]), _month(match[2])


def _month(text: str | None) -> date | None:
    if text is None:
        return None
    return datetime.fromtimestamp((UUID(text).int >> 80) / 1000, UTC).date().replace(day=1)


def ensure(now: datetime) -> list[str]:
    """Has AHEAD months stand ready, fills gaps and ends detachments that were cut off; what was done, in words.

    Costs two queries where nothing is to be done. Not within a transaction. `now` is machine time, as the ids are.
    """
    done: list[str] = []
    for table in TABLES:
        pending = [part for part in partitions(table) if part.is_pending]
        done += [f"{detach(part)} stands alone: its detachment had been cut off" for part in pending]
        done += [f"{name} fills a gap" for name in _fill_gaps(table)]
        done += [f"{name} stands ready" for name in _make_ready(table, now.date().replace(day=1))]
    return done


def problems(now: datetime) -> list[str]:
    """What an operator should know, a sentence each; empty is well."""
    told: list[str] = []
    for table in TABLES:
        parts = partitions(table)
        if not parts:
            told.append(f"{table} is not partitioned: run `manage.py migrate`")
            continue
        told += [
            f"{part.name} is half detached: run `manage.py partitions ensure`" for part in parts if part.is_pending
        ]
        told += [
            f"{table} has no place for {first:%Y-%m}: run `manage.py partitions ensure`" for first, _ in _gaps(parts)
        ]
        last = parts[-1]
        if last.first is not None and last.first <= after(now.date().replace(day=1)):
            told.append(
                f"{last.name} begins {last.first:%Y-%m}: no month stands ready; run `manage.py partitions ensure`"
            )
    return told


def detach(part: Partition) -> str:
    """Takes a partition out of its table and puts an empty place there; the name under which it stands alone now.

    Nobody waits: DETACH CONCURRENTLY lets readers and writers pass, and waits itself for those that began before. What
    is told of its shipments meanwhile finds no place, fails, and is told again when the lease ends. Not within a
    transaction; cut off (by a statement's time limit, say), it is ended by the next `ensure`.
    """
    how = "FINALIZE" if part.is_pending else "CONCURRENTLY"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {part.table} DETACH PARTITION {part.name} {how}")
        name = _free_name(f"{part.name}_detached")
        cursor.execute(f"ALTER TABLE {part.name} RENAME TO {name}")
    _fill_gaps(part.table)
    return name


def detached() -> list[str]:
    """Tables that were partitions once and stand alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition"
            " AND relname ~ %s AND relnamespace = 'public'::regnamespace ORDER BY relname",
            [f"^({'|'.join(TABLES)})_[0-9_to]+_detached"],
        )
        return [name for (name,) in cursor.fetchall()]


def _gaps(parts: list[Partition]) -> list[tuple[date, date]]:
    return [
        (one.until, other.first)
        for one, other in pairwise(parts)
        if one.until is not None and other.first is not None and one.until < other.first
    ]


def _fill_gaps(table: str) -> list[str]:
    """The oldest gap is given to the first partition while that is empty; any other gets a partition of its own."""
    made = []
    for first, until in _gaps(partitions(table)):
        oldest = partitions(table)[0]

        def fill(first: date = first, until: date = until, oldest: Partition = oldest) -> str:
            if oldest.first is None and oldest.until == first and not has_rows(oldest.name):
                _run(f"DROP TABLE {oldest.name}")
                return _create(table, None, until)
            return _create(table, first, until)

        made.append(_exclusively(table, fill))
    return made


def _make_ready(table: str, this_month: date) -> list[str]:
    parts, until = partitions(table), after(this_month, AHEAD + 1)
    if not parts or parts[-1].first is None or parts[-1].first >= until:
        return []
    last, first, cut = parts[-1], parts[-1].first, max(after(this_month), parts[-1].first)
    # Rows in the last partition mean that no job ran in time. It becomes the place of the months gone by; a promise
    # that was checked beforehand spares the scan under the lock.
    is_filled = has_rows(last.name, f"shipment_id < '{bound(cut)}'")
    has_strays = has_rows(last.name, f"shipment_id >= '{bound(cut)}'")  # made by a clock that was wrong
    if is_filled and not has_strays:
        _run(
            f"ALTER TABLE {last.name} DROP CONSTRAINT IF EXISTS in_months, ADD CONSTRAINT in_months CHECK"
            f" (shipment_id >= '{bound(first)}' AND shipment_id < '{bound(cut)}') NOT VALID"
        )
        _run(f"ALTER TABLE {last.name} VALIDATE CONSTRAINT in_months")

    def split() -> list[str]:
        _run(f"ALTER TABLE {table} DETACH PARTITION {last.name}")
        _run(f"ALTER TABLE {last.name} RENAME TO {table}_split")
        is_kept = has_rows(f"{table}_split", f"shipment_id < '{bound(cut)}'")
        months = list(_each_month(cut if is_kept else first, until))
        made = [_create(table, month, after(month)) for month in months] + [_create(table, until, None)]
        where = f"shipment_id >= '{bound(cut)}'"
        _run(f"INSERT INTO {table} SELECT * FROM {table}_split WHERE {where}")  # noqa: S608
        if not is_kept:
            _run(f"DROP TABLE {table}_split")
            return made
        _run(f"DELETE FROM {table}_split WHERE {where}")  # noqa: S608
        name = _free_name(_name(table, first, cut))
        _run(f"ALTER TABLE {table}_split RENAME TO {name}")
        _run(f"ALTER TABLE {table} ATTACH PARTITION {name} {_range(first, cut)}")
        _run(f"ALTER TABLE {name} DROP CONSTRAINT IF EXISTS in_months")
        return [name, *made]

    return _exclusively(table, split)


def _each_month(first: date, until: date) -> Iterator[date]:
    while first < until:
        yield first
        first = after(first)


def _exclusively(table: str, work: Callable[[], Made]) -> Made:
    """Works in one transaction while nobody else is at the table: milliseconds, once a month."""
    for tries in range(_TRIES):
        try:
            with transaction.atomic():
                _run(f"SET LOCAL lock_timeout = '{_LOCK_WAIT_MS}ms'")
                _run(f"LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE")
                return work()
        except OperationalError:
            if tries == _TRIES - 1:
                raise
            time.sleep(0.2 * (tries + 1))
    raise AssertionError("the last try returned or raised")


def _create(table: str, first: date | None, until: date | None) -> str:
    name = _free_name(_name(table, first, until))
    _run(f"CREATE TABLE {name} PARTITION OF {table} {_range(first, until)}")
    return name


def _name(table: str, first: date | None, until: date | None) -> str:
    if first is None:
        return f"{table}_before"
    if until is None:
        return f"{table}_future"
    last = after(until, -1)
    return f"{table}_{first:%Y_%m}" + ("" if last == first else f"_to_{last:%Y_%m}")


def _range(first: date | None, until: date | None) -> str:
    low = "MINVALUE" if first is None else f"'{bound(first)}'"
    high = "MAXVALUE" if until is None else f"'{bound(until)}'"
    return f"FOR VALUES FROM ({low}) TO ({high})"


def _free_name(name: str) -> str:
    with connection.cursor() as cursor:
        for number in range(1, 100):
            wanted = name if number == 1 else f"{name}_{number}"
            cursor.execute("SELECT to_regclass(%s) IS NULL", [wanted])
            if cursor.fetchone()[0]:
                return wanted
    raise RuntimeError(f"a hundred tables are named {name}")


def drop(name: str) -> None:
    """Ends a table that stands alone."""
    _run(f"DROP TABLE {name}")


def has_rows(table: str, where: str = "true") -> bool:
    """Whether a table has any (such) row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE {where})")  # noqa: S608  names and bounds of ours
        return bool(cursor.fetchone()[0])


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
