from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError, connections

# Whoever queues behind a migration that waits for a lock waits as long as it: the site stands still no longer than
# this. A migration itself may take hours, on its own.
_LIMITS = {"lock_timeout": "2s", "statement_timeout": "0", "idle_in_transaction_session_timeout": "0"}
_LOCK_NOT_AVAILABLE = "55P03"


class Command(Migrate):
    """Django's, with a short wait for locks: a site that is up goes on while it is migrated."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            for name, value in _LIMITS.items():
                cursor.execute(f"SET {name} = '{value}'")
        try:
            return super().handle(*args, **options)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", "") != _LOCK_NOT_AVAILABLE:
                raise
            raise CommandError(
                "A lock was not to be had within 2 s, so nothing of this migration was done. Run it again; if that goes"
                " on, see which transaction holds the table (pg_stat_activity)."
            ) from error
        finally:
            if connection.is_usable():
                with connection.cursor() as cursor:
                    for name in _LIMITS:
                        cursor.execute(f"RESET {name}")
