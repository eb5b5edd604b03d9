"""Migrations of a site that is up: what they must not do, and how long they wait for a lock."""

from __future__ import annotations

import threading

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models

from scripts.migration_rules import problems


def migration(*operations: object, name: str = "0002_later", is_contract: bool = False) -> migrations.Migration:
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), "is_contract": is_contract})
    return made(name, "shipments")


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RemoveField("leg", "number"),
        migrations.RenameField("leg", "number", "code"),
        migrations.AddField("leg", "more", models.CharField(max_length=5, default="")),
        migrations.AddIndex("leg", models.Index(fields=["number"], name="i")),
        migrations.AddConstraint("leg", models.CheckConstraint(condition=models.Q(position__gt=0), name="c")),
        migrations.RunPython(print),
    ],
)
def test_what_a_running_site_would_feel_is_refused(operation: object) -> None:
    [problem] = problems([migration(operation)])
    assert problem.startswith(f"shipments.0002_later: {type(operation).__name__}")
    assert list(problems([migration(operation, name="0001_initial")])) == []


def test_what_both_releases_can_live_with_passes() -> None:
    table = migrations.CreateModel("note", [("id", models.BigAutoField(primary_key=True))])
    of_it = migrations.AddField("note", "text", models.CharField(max_length=5, default=""))
    optional = migrations.AddField("leg", "more", models.CharField(max_length=5, null=True))
    served = migrations.AddField("leg", "more", models.CharField(max_length=5, db_default=""))
    assert list(problems([migration(table, of_it, optional, served)])) == []


def test_a_contracting_migration_says_so() -> None:
    gone = migrations.RemoveField("leg", "number")
    assert list(problems([migration(gone, is_contract=True)])) == []
    renamed = migrations.RenameField("leg", "number", "code")
    assert len(list(problems([migration(renamed, is_contract=True)]))) == 1


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_finds_its_table_locked_gives_up_soon_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from tracking.operations.management.commands import migrate

    monkeypatch.setitem(migrate._LIMITS, "lock_timeout", "100ms")
    given = connection.get_connection_params()
    holder = psycopg2.connect(
        **{key: given[key] for key in ("dbname", "user", "password", "host", "port") if given.get(key)}
    )
    held = threading.Event()
    with holder, holder.cursor() as cursor:
        cursor.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        held.set()
        with pytest.raises(CommandError, match="A lock was not to be had"):
            call_command("migrate", "--verbosity", "0")
    holder.close()
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] != "0"
