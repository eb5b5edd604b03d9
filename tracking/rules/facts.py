"""What the rules are told: one shipment's legs and every event that any carrier, merchant or operator reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from carriers.events import TimePrecision, TimeSource
from carriers.vocabulary import EventCode, Reason


class Channel(StrEnum):
    """How an event reached us."""

    POLL = "poll"
    PUSH = "push"
    MERCHANT = "merchant"
    OPS = "ops"


class LegRole(StrEnum):
    """What a leg is for; `door_to_door` where one carrier does it all or nobody has said."""

    FIRST_MILE = "first_mile"
    LINEHAUL = "linehaul"
    LAST_MILE = "last_mile"
    RETURN = "return"
    DOOR_TO_DOOR = "door_to_door"


class Evidence(StrEnum):
    """Why a leg belongs to its shipment."""

    REGISTERED = "registered"  # the merchant named it when the shipment was registered
    MERCHANT = "merchant"  # the merchant's word, later
    OPS = "ops"  # an operator's word
    PARTNER_NUMBER = "partner_number"  # the number stood in the previous carrier's answer
    SAME_S10 = "same_s10"  # the same S10 number at the post of the destination, once it left the origin


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFact:
    """One leg, as far as the rules care."""

    id: UUID
    position: int
    carrier: str
    number: str
    role: LegRole = LegRole.DOOR_TO_DOOR


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFact:
    """One reported event. `identity` is unique in the shipment; two facts of one identity are the same fact."""

    identity: str
    leg_id: UUID
    carrier: str
    channel: Channel
    code: EventCode
    reason: Reason | None = None
    occurred_at: datetime | None = None  # aware, UTC
    local_time: datetime | None = None  # naive wall time
    offset_min: int | None = None
    time_source: TimeSource = TimeSource.UNKNOWN
    precision: TimePrecision = TimePrecision.SECOND
    sequence: int = 0
    place: str = ""
    city: str | None = None
    country: str | None = None
    zone: str | None = None
    raw_code: str = ""
    raw_text: str = ""
    language: str | None = None
    is_correction: bool = False
