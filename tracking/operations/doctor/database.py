"""PostgreSQL: that it is the right one, set right, and has room."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tracking.operations import state
from tracking.operations.doctor.finding import Check, Finding, fail, ok, warn

OLDEST = 15
_SERVER = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version'),
       (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user), current_user,
       current_setting('server_encoding'), extract(epoch FROM clock_timestamp())::float,
       current_setting('fsync') = 'on' AND current_setting('synchronous_commit') <> 'off',
       (SELECT count(*) FROM pg_stat_activity), current_setting('max_connections')::int, pg_is_in_recovery()
"""
_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def server() -> Iterator[Finding]:
    """Version, role, encoding, durability, clock and connections."""
    began = time.time()
    major, version, is_mighty, role, encoding, its_time, is_durable, used, most, is_replica = _row(_SERVER)
    skew = its_time - (began + time.time()) / 2
    yield (
        ok("PostgreSQL", version)
        if major >= OLDEST
        else fail("PostgreSQL", f"{version} is too old", f"upgrade to {OLDEST} or later")
    )
    if is_replica:
        yield fail("primary", "DATABASE_URL leads to a replica, which takes no writes", "name the primary")
    if is_mighty:
        cure = f'ALTER ROLE "{role}" NOSUPERUSER NOBYPASSRLS'
        yield warn("database role", f"{role} is a superuser or passes row-level security by", cure)
    else:
        yield ok("database role", f"{role} is an ordinary role")
    if encoding != "UTF8":
        yield fail("encoding", f"the database is in {encoding}", "make it anew with ENCODING 'UTF8'")
    if is_durable:
        yield ok("durability", "what is committed is on disk")
    else:
        cure = "set fsync and synchronous_commit on: what was acknowledged must survive a crash"
        yield warn("durability", "fsync or synchronous_commit is off", cure)
    yield _skew(skew)
    if used > most * 0.8:
        cure = "run fewer processes, raise max_connections, or put PgBouncer in front (docs/scaling.md)"
        yield warn("connections", f"{used} of {most} in use", cure)
    else:
        yield ok("connections", f"{used} of {most} in use")


def _skew(seconds: float) -> Finding:
    told, cure = f"{seconds:+.1f} s from this machine's", "run NTP on both: leases and promises are compared with it"
    if abs(seconds) < 2:
        return ok("database clock", told)
    return fail("database clock", told, cure) if abs(seconds) > 30 else warn("database clock", told, cure)


def limits() -> Iterator[Finding]:
    """No statement may hold others up for long."""
    missing = [name for name in _LIMITS if _row(f"SELECT current_setting('{name}')")[0] in ("0", "0ms")]
    if missing:
        cure = f"give the role its limits: ALTER ROLE ... SET {missing[0]} = '15s' (docs/scaling.md has them)"
        yield warn("time limits", f"{', '.join(missing)} are off", cure)
    else:
        yield ok("time limits", "of statements, locks and idle transactions are set")


def migrations() -> Iterator[Finding]:
    """Whether the tables are those of this release."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield fail("migrations", f"{len(plan)} are not applied", "run `manage.py migrate`")
    else:
        yield ok("migrations", "all applied")


def partitions() -> Iterator[Finding]:
    """Places for the months to come."""
    problems = state.partition_problems()
    for problem in problems:
        told, _, cure = problem.partition(": ")
        yield fail("partitions", told, cure or "run `manage.py partitions ensure`")
    if not problems:
        yield ok("partitions", "stand ready")


def dead_rows() -> Iterator[Finding]:
    """Whether autovacuum keeps up with the busy tables."""
    behind = [name for name, dead, live in state.hot_tables() if dead > 10_000 and dead > live * 0.2]
    if behind:
        cure = f"VACUUM {behind[0]}; see that autovacuum runs and that no transaction stays open for hours"
        yield warn("dead rows", f"many in {', '.join(behind)}", cure)
    else:
        yield ok("dead rows", "few")


def _row(sql: str) -> Sequence[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: Sequence[Any] = cursor.fetchone()
    return found


CHECKS: tuple[Check, ...] = (server, limits, migrations, partitions, dead_rows)
