"""Learns how long after an event a carrier's answers tell it: asking sooner than that finds nothing.

What was told holds the carrier's own lag and the time for which nobody asked. So only that counts of which the latter
is known to be short: what a leg's carrier told within two hours of telling something else, and what it pushed. Of these
delays a low quantile is the lag.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from django.db import connection

WINDOW = timedelta(days=30)
ASKED_WITHIN = timedelta(hours=2)
QUANTILE = 0.2
FEWEST_EVENTS = 50
MOST_H = 48
BINS_AN_HOUR = 4

_SQL = """
WITH told AS (
    SELECT leg.carrier, event.channel, event.precision, event.occurred_at, event.received_at,
           -- Of the answer before this one: events of one answer have one moment of receipt.
           max(event.received_at) OVER (PARTITION BY event.shipment_id, event.leg_id, event.channel
               ORDER BY event.received_at RANGE BETWEEN UNBOUNDED PRECEDING AND '1 microsecond' PRECEDING
           ) AS told_before_at
      FROM shipments_event AS event JOIN shipments_leg AS leg ON leg.id = event.leg_id
     WHERE event.shipment_id > %(after)s AND event.shipment_id <= %(upto)s AND event.channel IN ('poll', 'push')
       AND event.received_at BETWEEN %(since)s AND %(now)s AND NOT event.is_correction AND leg.carrier <> ''
)
SELECT carrier,
       least(greatest(floor(extract(epoch FROM received_at - occurred_at) * %(bins_an_hour)s / 3600), 0), %(most)s)::int
           AS bin,
       count(*)
  FROM told
 WHERE occurred_at IS NOT NULL AND precision <> 'day'
   AND (channel = 'push' OR received_at - told_before_at <= %(within)s)
 GROUP BY carrier, bin
"""


@dataclass(slots=True)
class Delays:
    """Counted events by carrier and quarter hour of delay; the last bin has all of MOST_H and more."""

    bins: dict[str, array[int]] = field(default_factory=dict)

    def count(self, after: UUID, upto: UUID, now: datetime) -> None:
        """Adds what was told of these shipments in the month before `now` (domain time)."""
        values: dict[str, Any] = {
            "after": after, "upto": upto, "now": now, "since": now - WINDOW, "within": ASKED_WITHIN,
            "bins_an_hour": BINS_AN_HOUR, "most": MOST_H * BINS_AN_HOUR,
        }  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(_SQL, values)
            for carrier, place, events in cursor.fetchall():
                counted = self.bins.setdefault(carrier, array("Q", bytes(8 * (MOST_H * BINS_AN_HOUR + 1))))
                counted[place] += events

    def lags_h(self) -> dict[str, float]:
        """Hours by carrier, 0 to MOST_H; of those of which enough was seen."""
        enough = {carrier: counted for carrier, counted in self.bins.items() if sum(counted) >= FEWEST_EVENTS}
        return {carrier: _quantile_h(counted) for carrier, counted in enough.items()}


def _quantile_h(counted: array[int]) -> float:
    """The lower edge of the bin: how long nobody had to wait for news is no part of the lag."""
    return bisect_right(list(accumulate(counted)), QUANTILE * sum(counted)) / BINS_AN_HOUR
