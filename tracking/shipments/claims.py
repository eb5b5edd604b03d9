"""Which legs are asked next, and by whom. A claim is a lease with a token.

A worker that dies lets its lease run out, and the legs are due again; a worker that comes back late finds another token
and writes nothing. So a claim may be lost or sent twice without harm.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking import clock
from tracking.shipments.models import Leg

# Legs per task: a message costs 3 ms, so it carries many; a batch must end well within its lease.
LEGS_PER_TASK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A leg that this process may ask until the lease ends."""

    leg_id: UUID
    account_id: UUID
    token: UUID


_CLAIM_SQL = """
-- Materialized: a plan may run a plain subquery again and again, and claim more than its limit.
WITH due AS MATERIALIZED (
    SELECT leg.id
      FROM shipments_leg AS leg JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
     WHERE leg.next_poll_at <= %(due)s AND (leg.lease_until IS NULL OR leg.lease_until < %(now)s)
       AND account.state = 'active'
     ORDER BY leg.next_poll_at
     LIMIT %(most)s
       FOR UPDATE OF leg SKIP LOCKED)
UPDATE shipments_leg AS leg SET poll_token = gen_random_uuid(), lease_until = %(lease_until)s
  FROM due WHERE leg.id = due.id
RETURNING leg.id, leg.account_id, leg.poll_token
"""


def claim_due(most: int) -> dict[UUID, list[Claim]]:
    """Up to `most` due legs, the longest due first, by account. Two tickers never claim the same leg."""
    now = timezone.now()
    lease = timedelta(seconds=settings.POLL_LEASE_S)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_SQL, {"lease_until": now + lease, "due": clock.now(), "now": now, "most": most})
        rows = cursor.fetchall()
    claims: dict[UUID, list[Claim]] = defaultdict(list)
    for leg_id, account_id, token in rows:
        claims[account_id].append(Claim(leg_id=leg_id, account_id=account_id, token=token))
    return dict(claims)


def release(leg_ids: Iterable[UUID], poll_token_by_leg: dict[UUID, UUID], next_poll_at: datetime) -> None:
    """Gives claimed legs back unasked, due again at `next_poll_at`: the account's budget is used up for now."""
    with scopes_disabled():
        for leg_id in leg_ids:
            Leg.objects.filter(id=leg_id, poll_token=poll_token_by_leg[leg_id]).update(
                next_poll_at=next_poll_at, lease_until=None, poll_token=None
            )
