"""Bulkheads: accounts that answer slowly hold few workers, however many they are.

An account whose calls take seconds is asked by one task at a time, which needs one of POLL_SLOW_TASKS places; all
other accounts share the rest of the workers. The places are leases in PostgreSQL, so a worker that dies gives its
place back, and any number of workers counts the same ones. Machine time.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tracking.shipments.models import CarrierAccount

# A task that has heard nothing for so long is a slow one; an account whose calls take so long is a slow account.
SLOW_S = 3.0
# How long a task asks: in its place in the slow lane, and without one.
SLOW_TASK_S = 25.0
FAST_TASK_S = 10.0
SLOW_CALLS = 50  # a task, at most
# Where all places are taken, the account is looked at again after so long.
AGAIN_S = 5.0
_LEASE = timedelta(seconds=SLOW_TASK_S + 20)
_LOCK = 7_204_531  # of the advisory lock under which places are counted

_TAKE_SQL = """
UPDATE shipments_carrieraccount
   SET slow_until = %(lease)s, rests_until = GREATEST(rests_until, %(lease)s)
 WHERE id = %(account)s AND COALESCE(slow_until < %(now)s, true)
   AND (SELECT count(*) FROM shipments_carrieraccount WHERE slow_until >= %(now)s) < %(most)s
"""
_LEAVE_SQL = """
UPDATE shipments_carrieraccount
   SET slow_until = NULL, rests_until = CASE WHEN rests_until = %(lease)s THEN NULL ELSE rests_until END
 WHERE id = %(account)s AND slow_until = %(lease)s
"""
_WAIT_SQL = """
UPDATE shipments_carrieraccount SET rests_until = %(again)s
 WHERE id = %(account)s AND COALESCE(rests_until < %(again)s, true)
"""


def is_slow(account: CarrierAccount) -> bool:
    """As far as is known."""
    return account.call_s is not None and account.call_s >= SLOW_S


def take_place(account: CarrierAccount) -> datetime | None:
    """The lease of a place, during which nobody else asks the account; None where all are taken, or this account has
    one already: then it is not claimed for a few seconds."""
    now = timezone.now()
    lease = now + _LEASE
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(
            _TAKE_SQL, {"account": account.pk, "now": now, "lease": lease, "most": int(settings.POLL_SLOW_TASKS)}
        )
        if cursor.rowcount:
            return lease
        again = now + timedelta(seconds=AGAIN_S * random.uniform(0.8, 1.2))  # noqa: S311
        cursor.execute(_WAIT_SQL, {"account": account.pk, "again": again})
    return None


def leave_place(account: CarrierAccount, lease: datetime) -> None:
    """Gives the place back."""
    with connection.cursor() as cursor:
        cursor.execute(_LEAVE_SQL, {"account": account.pk, "lease": lease})
