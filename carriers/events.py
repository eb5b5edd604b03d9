"""The records that adapters give out: what a carrier said of a number, in our vocabulary, with its own words kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from carriers.errors import CarrierError
from carriers.vocabulary import EventCode, Phase, Reason, Status


class TimeSource(StrEnum):
    """How an instant was derived from what the carrier printed. `unknown` means there is none: no zone is invented."""

    CARRIER_OFFSET = "carrier_offset"
    PLACE = "place"
    COUNTRY = "country"
    CARRIER_DEFAULT = "carrier_default"
    UNKNOWN = "unknown"


class TimePrecision(StrEnum):
    """How fine the carrier's clock was; a day's event stands at 12:00 local for ordering only."""

    SECOND = "second"
    MINUTE = "minute"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where, as the carrier wrote it and as far as we could tell. Coordinates in degrees, WGS 84."""

    text: str
    country: str | None = None  # ISO 3166-1 alpha-2
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    zone: str | None = None  # IANA name


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTime:
    """When, three ways: the carrier's text, the wall clock there, and the instant where one can be derived."""

    raw: str
    local: datetime | None  # naive wall time
    offset_min: int | None  # minutes east of UTC
    instant: datetime | None  # aware, UTC
    source: TimeSource
    precision: TimePrecision = TimePrecision.SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingEvent:
    """One dated fact a carrier reported."""

    code: EventCode
    time: EventTime
    reason: Reason | None = None
    place: Place | None = None
    raw_code: str = ""
    raw_text: str = ""
    language: str | None = None  # BCP 47 of raw_text, where the carrier's answer or fact sheet tells
    native_id: str | None = None  # the carrier's own id of this scan, where it has one
    sequence: int = 0  # the carrier's own order, oldest = 0
    is_correction: bool = False  # the carrier takes an earlier report back ("delivered in error")
    details: Mapping[str, str] = field(default_factory=dict)  # flight number, signed by role, ... never personal data

    @property
    def status(self) -> Status | None:
        """The status that follows from the code; None leaves it unchanged."""
        return self.code.status

    @property
    def phase(self) -> Phase | None:
        """The phase that follows from the code."""
        return self.code.phase


@dataclass(frozen=True, slots=True, kw_only=True)
class NextLeg:
    """A hand-over that the answer tells: who carries on, under which number. `carrier` is a slug where we know it."""

    number: str
    carrier: str | None
    carrier_name: str = ""
    evidence: str = ""  # the field of the answer that told, e.g. "exchange_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatedDelivery:
    """The carrier's own estimate: a date, or a range of dates, in the recipient's zone."""

    earliest: date
    latest: date
    raw: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingResult:
    """What a carrier knows of one number. Either `failure` is set, or the rest is meaningful (events may be empty).

    `events` are in order from the oldest, by the carrier's own order.
    """

    number: str
    events: tuple[TrackingEvent, ...] = ()
    next_leg: NextLeg | None = None
    estimated_delivery: EstimatedDelivery | None = None
    origin_country: str | None = None
    destination_country: str | None = None
    service: str = ""
    failure: CarrierError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedNumber:
    """A number to ask for, with what the carrier needs beside it (`postal_code`, `phone_last4`, `ship_date`).

    `carrier` is the slug of whose number it is, which an API that speaks for several carriers wants to know.
    """

    number: str
    carrier: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    origin_country: str | None = None
    destination_country: str | None = None
