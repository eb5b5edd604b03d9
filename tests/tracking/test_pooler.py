"""Behind PgBouncer in transaction mode each transaction may get another session: nothing may be kept in one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.tracking.shipments.conftest import halden, parcel, yunexpress
from tracking.mapping import understood
from tracking.shipments import partitions, ticker
from tracking.shipments.models import Shipment
from tracking.shipments.recording.reading import journey

__all__ = ["halden", "parcel", "yunexpress"]

ROOT = Path(__file__).resolve().parents[2]
# What belongs to a session. SET LOCAL and the _xact_ locks end with their transaction.
_SESSION_STATE = {
    "LISTEN": r"\b(UN)?LISTEN \w",
    "SET": r"""["'\s]SET (?!LOCAL\b|CONSTRAINTS\b|TRANSACTION\b)(SESSION )?[a-z_]+ ?(=|TO) ?['{%0-9]""",
    "advisory lock": r"pg_(try_)?advisory_lock",
    "temporary table": r"CREATE TEMP",
    "prepared statement": r"\bPREPARE \w",
    "held cursor": r"WITH HOLD",
}


@pytest.mark.parametrize("what", _SESSION_STATE)
def test_no_statement_of_ours_leaves_anything_in_its_session(what: str) -> None:
    for path in (ROOT / "tracking").rglob("*.py"):
        if path.is_relative_to(ROOT / "tracking" / "embedded"):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            is_update = "UPDATE" in line or line.lstrip().startswith(("SET ", 'f"SET '))
            assert is_update or not re.search(_SESSION_STATE[what], line), f"{path.name}: {line.strip()}"


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("LISTEN", 'cursor.execute("LISTEN shipments")'),
        ("SET", "cursor.execute(\"SET statement_timeout = '5s'\")"),
        ("advisory lock", "SELECT pg_advisory_lock(7)"),
        ("temporary table", "CREATE TEMP TABLE staged (LIKE shipments_event)"),
    ],
)
def test_each_rule_finds_what_it_is_for(what: str, statement: str) -> None:
    assert re.search(_SESSION_STATE[what], statement)


@pytest.mark.django_db(transaction=True)
def test_a_session_is_after_the_work_as_it_was_before(parcel: Shipment) -> None:
    before = _state()
    ticker.tick()
    journey(parcel)
    understood.count()
    partitions.ensure(parcel.created_at)
    assert _state() == before


def _state() -> list[object]:
    """Settings made in the session, what it listens to, its statements, cursors, temporary tables and lasting locks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE source = 'session'"
            " UNION ALL SELECT pg_listening_channels()"
            " UNION ALL SELECT name FROM pg_prepared_statements"
            " UNION ALL SELECT name FROM pg_cursors WHERE is_holdable"
            " UNION ALL SELECT relname FROM pg_class WHERE relpersistence = 't'"
        )
        return sorted(row[0] for row in cursor.fetchall())


def test_pooler_replica_and_broker_are_settings() -> None:
    """Read by a process of its own, as a site would."""
    program = (
        "import json; from django.conf import settings as s;"
        "print(json.dumps([s.DATABASES, s.CELERY_BROKER_URL, s.CELERY_BROKER_TRANSPORT_OPTIONS]))"
    )
    given = {
        "DATABASE_POOLER": "transaction",
        "DATABASE_REPLICA_URL": "postgresql://app@replica/track",
        "BROKER_URL": "amqp://track:hush@rabbit:5672/site",
        "DEMO": "true",
        "DJANGO_SETTINGS_MODULE": "tracking.settings",
    }
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=os.environ | given, capture_output=True, text=True, check=True
    )
    databases, broker, transport = json.loads(told.stdout)
    for alias in ("default", "replica"):
        assert databases[alias]["DISABLE_SERVER_SIDE_CURSORS"] is True
        assert "options" not in databases[alias]["OPTIONS"]
    assert databases["replica"]["HOST"] == "replica"
    assert broker == given["BROKER_URL"]
    assert transport["confirm_publish"] is True
    assert "visibility_timeout" not in transport
