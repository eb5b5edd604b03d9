"""What is owed, claimed fairly; and what became of it, recorded under the claim's token.

A dispatcher that dies lets its leases run out, and its deliveries are due again under the same ids; one that comes
back late finds another token and changes nothing. So a receiver may get a message twice, and never misses one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.utils import timezone

from tracking.notify.event_types import TEST
from tracking.notify.secrets import standing
from tracking.shipments.sealing import SealError

# Longer than an attempt may take, so that no lease ends under a living dispatcher.
LEASE = timedelta(seconds=60)
MOST_PER_CLAIM = 32
# On their way at once: to one endpoint, and to all of a merchant's. A slow receiver waits for itself alone.
MOST_PER_ENDPOINT = 4
MOST_PER_MERCHANT = 16
# An ordered endpoint's message waits no longer for the one before it.
MOST_ORDERED_WAIT = timedelta(minutes=15)
HELD_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A delivery that this process may send until its lease ends. `number` is the attempt's, 1 for the first ever.

    `attempts` counts those since the last replay, this one among them. `secrets` is empty where none opens.
    """

    delivery_id: UUID
    endpoint_id: UUID
    token: UUID
    number: int
    attempts: int
    event_type: str
    payload: str
    url: str
    secrets: Sequence[str]


# `waiting` hops through the index from endpoint to endpoint, so that a million messages for one cost no more than one.
# Whose turn it is: every merchant's first message before anybody's second.
_CLAIM_SQL = """
WITH RECURSIVE waiting AS (
    (SELECT endpoint_id FROM notify_delivery WHERE state = 'pending' ORDER BY endpoint_id LIMIT 1)
     UNION ALL
    SELECT (SELECT delivery.endpoint_id FROM notify_delivery AS delivery
             WHERE delivery.state = 'pending' AND delivery.endpoint_id > waiting.endpoint_id
             ORDER BY delivery.endpoint_id LIMIT 1)
      FROM waiting WHERE waiting.endpoint_id IS NOT NULL),
busy AS MATERIALIZED (
    SELECT endpoint_id, merchant_id, count(*) AS count FROM notify_delivery
     WHERE state = 'pending' AND lease_until > %(now)s GROUP BY endpoint_id, merchant_id),
busy_merchant AS (SELECT merchant_id, sum(count) AS count FROM busy GROUP BY merchant_id),
found AS (
    SELECT due.id, due.next_attempt_at, endpoint.merchant_id,
           row_number() OVER (PARTITION BY endpoint.merchant_id ORDER BY due.place, due.next_attempt_at, due.id)
               + coalesce(busy_merchant.count, 0) AS turn
      FROM waiting
      JOIN notify_webhookendpoint AS endpoint ON endpoint.id = waiting.endpoint_id
      LEFT JOIN busy ON busy.endpoint_id = endpoint.id
      LEFT JOIN busy_merchant ON busy_merchant.merchant_id = endpoint.merchant_id
     CROSS JOIN LATERAL (
           SELECT delivery.id, delivery.next_attempt_at,
                  row_number() OVER (ORDER BY delivery.next_attempt_at) AS place
             FROM notify_delivery AS delivery
            WHERE delivery.endpoint_id = endpoint.id AND delivery.state = 'pending'
              AND delivery.next_attempt_at <= %(now)s
              AND (delivery.lease_until IS NULL OR delivery.lease_until <= %(now)s)
              AND (endpoint.state = 'active' OR delivery.event_type = %(test)s)
              AND (NOT endpoint.is_ordered OR delivery.created_at < %(ordered_since)s OR NOT (
                   EXISTS (SELECT FROM notify_delivery AS before
                            WHERE before.endpoint_id = endpoint.id AND before.state = 'pending'
                              AND before.shipment_id = delivery.shipment_id AND before.sequence < delivery.sequence)
                   OR EXISTS (SELECT FROM shipments_statuschange AS change
                               WHERE change.shipment_id = delivery.shipment_id AND change.told_at IS NULL
                                 AND change.number < delivery.sequence)))
            ORDER BY delivery.next_attempt_at
            LIMIT greatest(%(per_endpoint)s - coalesce(busy.count, 0), 0)) AS due
     WHERE endpoint.state IN ('active', 'probing')
       AND (endpoint.rests_until IS NULL OR endpoint.rests_until <= %(now)s)),
chosen AS MATERIALIZED (
    SELECT delivery.id FROM notify_delivery AS delivery
      JOIN (SELECT id FROM found WHERE turn <= %(per_merchant)s ORDER BY turn, next_attempt_at LIMIT %(most)s) AS first
        ON first.id = delivery.id
     WHERE delivery.state = 'pending' AND (delivery.lease_until IS NULL OR delivery.lease_until <= %(now)s)
       FOR UPDATE OF delivery SKIP LOCKED)
UPDATE notify_delivery AS delivery
   SET token = gen_random_uuid(), lease_until = %(lease_until)s, attempts = attempts + 1
  FROM chosen, notify_webhookendpoint AS endpoint
 WHERE delivery.id = chosen.id AND endpoint.id = delivery.endpoint_id
RETURNING delivery.id, delivery.endpoint_id, delivery.token, delivery.attempts,
          delivery.attempts - delivery.attempts_before, delivery.event_type, delivery.payload, endpoint.url,
          endpoint.sealed_secrets
"""

_HOLD_SQL = """
WITH held AS MATERIALIZED (
    SELECT delivery.id FROM notify_delivery AS delivery
      JOIN notify_webhookendpoint AS endpoint ON endpoint.id = delivery.endpoint_id
     WHERE delivery.state = 'pending' AND endpoint.state = 'disabled'
     LIMIT %(most)s FOR UPDATE OF delivery SKIP LOCKED)
UPDATE notify_delivery AS delivery
   SET state = 'cancelled', finished_at = %(now)s, lease_until = NULL, token = NULL
  FROM held WHERE delivery.id = held.id
"""


def claim(most: int = MOST_PER_CLAIM) -> list[Message]:
    """Up to `most` due messages. Two dispatchers never claim the same one."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, parameters(most, now))
        rows = cursor.fetchall()
    return [
        Message(
            delivery_id=delivery_id,
            endpoint_id=endpoint_id,
            token=token,
            number=number,
            attempts=attempts,
            event_type=event_type,
            payload=payload,
            url=url,
            secrets=_secrets(endpoint_id, sealed, now),
        )
        for delivery_id, endpoint_id, token, number, attempts, event_type, payload, url, sealed in rows
    ]


def parameters(most: int, now: datetime) -> dict[str, datetime | str | int]:
    """The bounds of a claim."""
    return {
        "now": now,
        "lease_until": now + LEASE,
        "ordered_since": now - MOST_ORDERED_WAIT,
        "test": TEST,
        "per_endpoint": MOST_PER_ENDPOINT,
        "per_merchant": MOST_PER_MERCHANT,
        "most": most,
    }


def hold_disabled() -> int:
    """Takes what waits for disabled endpoints out of the queue; how many, HELD_AT_ONCE at the most."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_SQL, {"now": timezone.now(), "most": HELD_AT_ONCE})
        return int(cursor.rowcount)


def _secrets(endpoint_id: UUID, sealed: bytes, now: datetime) -> list[str]:
    try:
        return standing(endpoint_id, sealed, now)
    except SealError:
        return []
