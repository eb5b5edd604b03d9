"""Somebody waits for news: a reader has a shipment's page open, or a merchant pressed refresh.

Pages are served without SQL, so a reader leaves no more than a hint in Redis; the ticker drains the hints, a bounded
number a tick. A lost hint costs the reader nothing but the wait that the schedule has planned anyway.

Who waits makes a leg due at once, paid from the small reserve of its account's budget (`Leg.wanted_at` marks the
claim as urgent). So that nobody's reload loop spends it, a leg that has just been asked is not asked again, and one
shipment has a fixed number of such calls a day.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

import redis
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers.vocabulary import FINAL_STATUSES
from tracking import clock
from tracking.shipments.live import redis_client
from tracking.shipments.models import Leg

# A sorted set: shipment number -> the machine's second of the last hint.
HINTS = "watched"
# Domain time: an answer so young is news enough, and a page that was opened counts as watched so long.
FRESH_FOR = timedelta(minutes=10)
WATCHED_FOR = timedelta(hours=1)
# Machine time: how often the processes repeat a hint, and how many urgent rounds a shipment has a day.
HINT_EVERY_S = 60.0
STREAM_HINTS_EVERY_S = 600.0
MOST_A_DAY = 12
MOST_PER_DRAIN = 200

_FINAL = [status.value for status in FINAL_STATUSES]


def note(numbers: Collection[str]) -> None:
    """Leaves hints that these shipments are being read. Raises redis.RedisError."""
    now = time.time()
    if numbers:
        redis_client().zadd(HINTS, dict.fromkeys(numbers, now))


def drain(most: int = MOST_PER_DRAIN) -> int:
    """Acts on the oldest hints; how many legs became due. A ticker that dies in between loses them without harm."""
    try:
        hints: Any = redis_client().zpopmin(HINTS, most)
    except redis.RedisError:
        return 0  # without Redis nobody hints, and everything else goes on
    numbers = [number.decode() for number, _ in hints]
    return watch(numbers) if numbers else 0


_WATCH_SQL = """
WITH held AS (
    SELECT leg.id, leg.shipment_id,
           (leg.last_checked_at IS NULL OR leg.last_checked_at <= %(fresh_since)s)
           AND leg.next_poll_at > %(due)s AND leg.wanted_at IS NULL AND leg.fail_count = 0
           AND account.state = 'active' AND COALESCE(account.rests_until <= %(now)s, true) AS is_stale
      FROM shipments_shipment AS shipment
      JOIN shipments_leg AS leg ON leg.shipment_id = shipment.id
      JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
     WHERE shipment.number = ANY(%(numbers)s) AND shipment.archived_at IS NULL AND shipment.status <> ALL(%(final)s)
       AND (shipment.holder_leg IS NULL OR shipment.holder_leg = leg.id)
       AND leg.state = 'open' AND leg.next_poll_at IS NOT NULL)
UPDATE shipments_leg AS leg SET watched_until = %(watched_until)s
  FROM held WHERE leg.id = held.id
RETURNING leg.id, leg.shipment_id, held.is_stale
"""


def watch(numbers: Collection[str]) -> int:
    """The legs that have these parcels count as watched for an hour; those not asked for minutes become due. How many
    became due."""
    due, now = clock.now(), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            _WATCH_SQL,
            {
                "numbers": list(numbers), "final": _FINAL, "due": due, "now": now,
                "fresh_since": due - FRESH_FOR, "watched_until": due + WATCHED_FOR,
            },
        )  # fmt: skip
        stale = [(leg_id, shipment_id) for leg_id, shipment_id, is_stale in cursor.fetchall() if is_stale]
    allowed = within_allowance({shipment_id for _, shipment_id in stale})
    return want([leg_id for leg_id, shipment_id in stale if shipment_id in allowed])


def want(leg_ids: Collection[UUID]) -> int:
    """Makes these legs due now, as urgent ones, unless they are being asked at this moment; how many."""
    with scopes_disabled():
        idle = Leg.objects.filter(id__in=list(leg_ids)).exclude(lease_until__gt=timezone.now())
        return idle.update(next_poll_at=clock.now(), wanted_at=timezone.now())


def within_allowance(shipment_ids: Collection[UUID]) -> set[UUID]:
    """Those that have an urgent round left today, which they then have used. Without Redis: all; that nobody is asked
    twice in ten minutes still holds."""
    if not shipment_ids:
        return set()
    day = timezone.now().strftime("%Y%m%d")
    pipe = redis_client().pipeline(transaction=False)
    for shipment_id in shipment_ids:
        key = f"wanted:{shipment_id}:{day}"
        pipe.incr(key)
        pipe.expire(key, 86_400)
    try:
        used = pipe.execute()[::2]
    except redis.RedisError:
        return set(shipment_ids)
    return {shipment_id for shipment_id, count in zip(shipment_ids, used, strict=True) if count <= MOST_A_DAY}
