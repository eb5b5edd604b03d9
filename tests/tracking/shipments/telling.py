"""What a carrier may tell, built by hand: the recorder's tests need no wire format."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from carriers.errors import CarrierError
from carriers.events import EventTime, NextLeg, Place, TimeSource, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode
from tracking import clock
from tracking.rules.facts import Channel
from tracking.shipments.models import Leg
from tracking.shipments.recording.door import Told


def event(
    code: EventCode, hours_ago: float, *, country: str = "CN", city: str | None = None, **more: Any
) -> TrackingEvent:
    instant = (clock.now() - timedelta(hours=hours_ago)).replace(microsecond=0)
    local = (instant + timedelta(hours=8)).replace(tzinfo=None)
    time = EventTime(
        raw=local.isoformat(), local=local, offset_min=480, instant=instant, source=TimeSource.CARRIER_OFFSET
    )
    fields: dict[str, Any] = {"raw_code": code.value, "raw_text": code.label}
    return TrackingEvent(
        code=code, time=time, place=Place(text=city or country, country=country, city=city), **(fields | more)
    )


def told(
    leg: Leg,
    *events: TrackingEvent,
    next_leg: NextLeg | None = None,
    failure: CarrierError | None = None,
    channel: Channel = Channel.POLL,
    token: UUID | None = None,
    body: bytes = b'{"an": "answer"}',
    **more: Any,
) -> Told:
    result = TrackingResult(number=leg.number, events=events, next_leg=next_leg, failure=failure, **more)
    return Told(
        leg_id=leg.id, channel=channel, received_at=clock.now(), result=result, body=body, http_status=200,
        digest=b"0123456789abcdef", poll_token=token,
    )  # fmt: skip


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
