"""The understood rate: of what a carrier told, how much has a known code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django_scopes import scopes_disabled

from tracking import clock
from tracking.accounts.models import Merchant
from tracking.mapping.models import Understood

RECENT = timedelta(days=30)
# One pass over the events' table: about a second for a million rows on a small machine.
_MOST_S = 600

_COUNT = """
INSERT INTO mapping_understood AS kept
       (merchant_id, carrier, events, unknown, recent_events, recent_unknown, counted_at)
SELECT merchant_id, read_by, count(*), count(*) FILTER (WHERE code = 'unknown'),
       count(*) FILTER (WHERE received_at >= %(since)s),
       count(*) FILTER (WHERE received_at >= %(since)s AND code = 'unknown'), %(now)s
  FROM shipments_event
 WHERE read_by > '' AND (%(merchant)s::uuid IS NULL OR merchant_id = %(merchant)s)
 GROUP BY merchant_id, read_by ORDER BY merchant_id, read_by
    ON CONFLICT (merchant_id, carrier) DO UPDATE
   SET events = excluded.events, unknown = excluded.unknown, recent_events = excluded.recent_events,
       recent_unknown = excluded.recent_unknown, counted_at = excluded.counted_at
"""


def count(merchant_id: UUID | None = None) -> None:
    """Counts every event anew, of one merchant or of all. Reads the whole table once."""
    now = clock.now()
    with transaction.atomic(), scopes_disabled(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{_MOST_S}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mapping.understood'))")  # two at once would deadlock
        cursor.execute(_COUNT, {"since": now - RECENT, "now": now, "merchant": merchant_id})
        stale = Understood.objects.filter(counted_at__lt=now)
        (stale.filter(merchant_id=merchant_id) if merchant_id else stale).delete()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One carrier's figures. A rate is None where it told nothing."""

    carrier: str
    events: int
    unknown: int
    recent_events: int
    recent_unknown: int
    counted_at: datetime

    @property
    def recent_rate(self) -> float | None:
        """Understood share of the last 30 days, 0 to 1."""
        return _share(self.recent_events, self.recent_unknown)

    @property
    def rate(self) -> float | None:
        """Understood share of all time, 0 to 1."""
        return _share(self.events, self.unknown)


def rates(merchant: Merchant) -> list[Rate]:
    """Every carrier that told this merchant anything, the least understood first; one query."""
    rows = Understood.objects.filter(merchant=merchant)
    names = ("carrier", "events", "unknown", "recent_events", "recent_unknown", "counted_at")
    found = [Rate(**{name: getattr(row, name) for name in names}) for row in rows]
    return sorted(found, key=lambda rate: (_or_one(rate.recent_rate), _or_one(rate.rate), rate.carrier))


def percent(rate: float | None) -> str:
    """ "99.98", never rounded up to 100 while anything is unknown; "–" where nothing was told."""
    if rate is None:
        return "–"
    hundredths = int(rate * 10_000 + 1e-6)
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def _share(events: int, unknown: int) -> float | None:
    return (events - unknown) / events if events else None


def _or_one(rate: float | None) -> float:
    return 1.0 if rate is None else rate
