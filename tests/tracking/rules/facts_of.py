"""Small builders for the rules' tests: a leg, an event at a time of day, a journey's usual events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from carriers.events import TimeSource
from carriers.vocabulary import EventCode
from tracking.rules.facts import Channel, EventFact, LegFact, LegRole

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)

LINEHAUL = LegFact(id=UUID(int=1), position=1, carrier="yunexpress", number="YT2630600000000001", role=LegRole.LINEHAUL)
LAST_MILE = LegFact(
    id=UUID(int=2), position=2, carrier="dhl_unified", number="00340434161094027331", role=LegRole.LAST_MILE
)
LEGS = [LINEHAUL, LAST_MILE]


def at(hours: float) -> datetime:
    """The instant so many hours after the start of the journey."""
    return START + timedelta(hours=hours)


def told(code: EventCode, hours: float, *, leg: LegFact = LINEHAUL, offset_min: int = 480, **more: Any) -> EventFact:
    """An event at `hours`, told by the leg's carrier with its own offset."""
    instant = at(hours)
    fields: dict[str, Any] = {
        "identity": f"{leg.id.int}-{code}-{hours}-{more.get('channel', Channel.POLL)}-{more.get('sequence', 0)}",
        "leg_id": leg.id,
        "carrier": leg.carrier,
        "channel": Channel.POLL,
        "occurred_at": instant,
        "local_time": (instant + timedelta(minutes=offset_min)).replace(tzinfo=None),
        "offset_min": offset_min,
        "time_source": TimeSource.CARRIER_OFFSET,
    }
    return EventFact(code=code, **(fields | more))


def undated(event: EventFact) -> EventFact:
    """The same event from a carrier that prints local time alone."""
    return replace(event, occurred_at=None, offset_min=None, time_source=TimeSource.UNKNOWN)


def journey() -> list[EventFact]:
    """Shenzhen to Berlin, delivered."""
    code = EventCode
    return [
        told(code.SELLER_LABEL_CREATED, 0, country="CN"),
        told(code.FIRST_MILE_PICKED_UP, 10, country="CN", city="Shenzhen"),
        told(code.EXPORT_CUSTOMS_RELEASED, 30, country="CN"),
        told(code.LINEHAUL_DEPARTED, 40, country="CN"),
        told(code.LINEHAUL_ARRIVED, 55, country="BE", city="Liège"),
        told(code.IMPORT_CUSTOMS_PRESENTED, 60, country="BE"),
        told(code.IMPORT_CUSTOMS_RELEASED, 90, country="BE"),
        told(code.LAST_MILE_HANDED_OVER, 96, country="DE"),
        told(code.LAST_MILE_ARRIVED_HUB, 100, leg=LAST_MILE, country="DE", offset_min=60),
        told(code.LAST_MILE_OUT_FOR_DELIVERY, 120, leg=LAST_MILE, country="DE", offset_min=60),
        told(code.LAST_MILE_DELIVERED, 125, leg=LAST_MILE, country="DE", offset_min=60),
    ]
