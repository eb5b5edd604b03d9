"""The carrier said what it said before: most polls end here, so all of them together are one statement."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from tracking.shipments.models import Leg
from tracking.shipments.recording.answers import Told
from tracking.shipments.recording.refolding import TROUBLE_AFTER
from tracking.shipments.scheduling import next_poll

_UNCHANGED_SQL = """
UPDATE shipments_leg AS leg
   SET last_checked_at = told.received_at, next_poll_at = told.next_poll_at, lease_until = NULL, poll_token = NULL,
       wanted_at = NULL, fail_count = 0, last_failure_kind = '', last_failure_detail = ''
  FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[], %s::timestamptz[])
       AS told (id, poll_token, received_at, next_poll_at)
 WHERE leg.id = told.id AND leg.poll_token IS NOT DISTINCT FROM told.poll_token
"""


def note_unchanged(told: Sequence[Told]) -> tuple[int, set[UUID]]:
    """Sets the legs' freshness and next call. How many they were, and the shipments whose carrier was in trouble and
    answers again."""
    rows = {
        row["id"]: row
        for row in Leg.objects.filter(id__in=[item.leg_id for item in told]).values(*next_poll.COLUMNS, "fail_count")
    }
    ids, tokens, received, due, troubled = [], [], [], [], set()
    for item in told:
        row = rows.get(item.leg_id)
        if row is None:
            continue
        ids.append(item.leg_id)
        tokens.append(item.poll_token)
        received.append(item.received_at)
        due.append(next_poll.after_unchanged(row, item.received_at))
        if row["fail_count"] >= TROUBLE_AFTER:
            troubled.add(row["shipment_id"])
    with connection.cursor() as cursor:
        cursor.execute(_UNCHANGED_SQL, [ids, tokens, received, due])
        return int(cursor.rowcount), troubled
