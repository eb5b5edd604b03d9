"""Carriers reuse numbers: which of a carrier's events belong to this parcel, and which to one long gone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracking.rules.facts import EventFact

# No carrier is known to reuse a number sooner than in months, and merchants register within weeks of dispatch.
BEFORE_REGISTRATION = timedelta(days=60)


def of_this_parcel(events: Iterable[EventFact], registered_at: datetime) -> list[EventFact]:
    """The events that are not older than two months before the shipment was registered; undated ones stay."""
    earliest = registered_at - BEFORE_REGISTRATION
    return [event for event in events if event.occurred_at is None or event.occurred_at >= earliest]
