"""What a carrier printed as a time, as raw text, wall clock, offset and instant, with the source of the offset.

The order of trust: the carrier's own offset; the one clock on which the carrier prints all its times, where its fact
sheet says so (SF Express prints China's time abroad too); the zone of the place; the zone of a single-zone country.
Where none is known there is no instant: a zone is never invented.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from carriers.events import EstimatedDelivery, EventTime, Place, TimePrecision, TimeSource

# Naive on purpose: they bound wall clocks.
_EARLIEST, _LATEST = datetime(1990, 1, 1), datetime(2200, 1, 1)  # noqa: DTZ001
_MAX_OFFSET_MIN = 18 * 60

_OFFSET = re.compile(r"(GMT|UTC|Z)?\s*(?:([+-]?)(\d{1,2})(?::?([0-5]\d))?)?", re.ASCII)


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def event_time(
    raw: str,
    local: datetime | None,
    *,
    offset_min: int | None = None,
    place: Place | None = None,
    carrier_zone: str | None = None,
    precision: TimePrecision = TimePrecision.SECOND,
) -> EventTime:
    """An event's time. An aware `local` brings the carrier's offset with it; `carrier_zone` is the sheet's `zone`.

    A wall clock that a zone's change of hour skips counts by the offset before the change; of one that it repeats, the
    first is taken.

    Raises ValueError for a year that no parcel travels in (before 1990, after 2199) or an offset over 18 hours.
    """
    if local is None:
        return EventTime(
            raw=raw, local=None, offset_min=None, instant=None, source=TimeSource.UNKNOWN, precision=precision
        )
    if local.tzinfo is not None:
        offset_min = round(_offset(local) / timedelta(minutes=1))
        local = local.replace(tzinfo=None)
    local = local.replace(fold=0)
    if not _EARLIEST <= local < _LATEST:
        raise ValueError(f"the time {raw!r} is out of range")
    if precision is TimePrecision.DAY:
        local = local.replace(hour=12, minute=0, second=0, microsecond=0)
    if offset_min is not None:
        if abs(offset_min) > _MAX_OFFSET_MIN:
            raise ValueError(f"the offset of {raw!r} is over 18 hours")
        source, instant = TimeSource.CARRIER_OFFSET, local.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    else:
        source, zone = _zone_of(place, carrier_zone)
        if zone is None:
            return EventTime(raw=raw, local=local, offset_min=None, instant=None, source=source, precision=precision)
        instant = local.replace(tzinfo=_zone(zone))
        offset_min = round(_offset(instant) / timedelta(minutes=1))
    return EventTime(
        raw=raw, local=local, offset_min=offset_min, instant=instant.astimezone(UTC), source=source, precision=precision
    )


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("the time has no offset")
    return offset


def _zone_of(place: Place | None, carrier_zone: str | None) -> tuple[TimeSource, str | None]:
    if carrier_zone is not None:
        return TimeSource.CARRIER_DEFAULT, carrier_zone
    if place is not None and place.zone is not None:
        return (TimeSource.PLACE if place.city is not None else TimeSource.COUNTRY), place.zone
    return TimeSource.UNKNOWN, None


def parse_iso(text: str) -> datetime:
    """ISO 8601 as carriers write it: basic or extended, with or without "T", seconds, fraction, "Z" or an offset.

    Aware where an offset is written ("+08", "+0800", "+08:00"), naive where not; digits beyond microseconds are
    dropped, a date alone is its midnight. Raises ValueError.
    """
    return datetime.fromisoformat(text.strip().upper().replace("\u2212", "-"))


def parse_offset(text: str) -> int:
    """Minutes east of UTC of "+08", "+8", "-0530", "+02:00", "GMT+8", "UTC", "Z". Raises ValueError, also for ""."""
    match = _OFFSET.fullmatch(text.strip().upper().replace("\u2212", "-"))
    if match is None or not match[0]:
        raise ValueError(f"{text[:20]!r} is no offset")
    minutes = int(match[3] or 0) * 60 + int(match[4] or 0)
    if minutes > _MAX_OFFSET_MIN:
        raise ValueError(f"{text[:20]!r} is over 18 hours")
    return -minutes if match[2] == "-" else minutes


def estimated_delivery(*texts: str | None) -> EstimatedDelivery | None:
    """The range of the days that a carrier printed (dates, or times of which the day counts).

    Empty texts are left out; None where nothing is told. Raises ValueError.
    """
    told = [text for text in texts if text]
    days = [parse_iso(text).date() for text in told]
    return EstimatedDelivery(earliest=min(days), latest=max(days), raw="/".join(told)) if days else None


def retry_after_s(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, 10.2.3: a number or an HTTP date), within 1 s and a day.

    None if it is unreadable. `now` is aware; the clock's where it is None.
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - (now or datetime.now(UTC))).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return min(max(seconds, 1.0), 86_400.0) if math.isfinite(seconds) else None
