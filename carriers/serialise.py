"""A carrier's result as JSON values, for the command line and whoever stores or sends it.

Instants are ISO 8601 in UTC with "Z", local times ISO 8601 without a zone, offsets "+08:00", countries ISO 3166-1
alpha-2, languages BCP 47.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from carriers.errors import CarrierError
from carriers.events import Place, TrackingEvent, TrackingResult


def result_to_json(result: TrackingResult) -> dict[str, Any]:
    """What a carrier knows of one number; `failure` is null, or says why the rest is empty."""
    leg, estimate = result.next_leg, result.estimated_delivery
    return {
        "number": result.number,
        "events": [event_to_json(event) for event in result.events],
        "next_leg": leg
        and {
            "number": leg.number,
            "carrier": leg.carrier,
            "carrier_name": leg.carrier_name,
            "evidence": leg.evidence,
        },
        "estimated_delivery": estimate
        and {"earliest": estimate.earliest.isoformat(), "latest": estimate.latest.isoformat()},
        "origin_country": result.origin_country,
        "destination_country": result.destination_country,
        "service": result.service,
        "failure": result.failure and error_to_json(result.failure),
    }


def event_to_json(event: TrackingEvent) -> dict[str, Any]:
    """One event: its meaning, when and where, and the carrier's own words."""
    time = event.time
    return {
        "code": event.code.value,
        "status": event.status and event.status.value,
        "phase": event.phase and event.phase.value,
        "reason": event.reason and event.reason.value,
        "occurred_at": time.instant and instant(time.instant),
        "local_time": time.local and time.local.isoformat(),
        "utc_offset": None if time.offset_min is None else offset(time.offset_min),
        "time_source": time.source.value,
        "time_precision": time.precision.value,
        "raw_time": time.raw,
        "place": event.place and place_to_json(event.place),
        "raw_code": event.raw_code,
        "raw_text": event.raw_text,
        "language": event.language,
        "details": dict(event.details),
        "is_correction": event.is_correction,
    }


def place_to_json(place: Place) -> dict[str, Any]:
    """A place; coordinates in degrees, WGS 84."""
    return {
        "text": place.text,
        "country": place.country,
        "city": place.city,
        "zone": place.zone,
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def error_to_json(error: CarrierError) -> dict[str, str]:
    """A named error."""
    return {"error": error.kind, "detail": error.detail}


def instant(moment: datetime) -> str:
    """An aware UTC time as "2026-05-01T08:00:00Z"."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def offset(minutes: int) -> str:
    """Minutes east of UTC as "+08:00"."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
