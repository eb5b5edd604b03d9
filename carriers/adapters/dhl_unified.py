"""DHL Unified ("Shipment Tracking - Unified"): every division of DHL, five coarse status codes, the rest in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import EstimatedDelivery, NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[int, type[CarrierError]] = {400: Refused, 401: Refused, 403: Refused, 404: NotFound, 429: TryLater}
# Our field -> DHL's parameter; both narrow the answer down to one division's shipment.
_PARAMETERS = {"service": "service", "postal_code": "recipientPostalCode"}
_TAKEN_BACK = re.compile("delivered in error|irrtümlich .*zugestellt", re.IGNORECASE)


class DhlUnified(CarrierAdapter):
    slug = "dhl_unified"
    credentials = ("api_key",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        asked = numbers[0]
        query = {"trackingNumber": asked.number, "language": "en"}
        query |= {theirs: asked.fields[ours] for ours, theirs in _PARAMETERS.items() if asked.fields.get(ours)}
        headers = {"DHL-API-Key": access.credentials["api_key"], "Accept": "application/json"}
        return CarrierRequest(method="GET", path="/track/shipments", query=query, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "shipments" not in answer:
            status = int(answer["status"])
            error = _ERRORS.get(status, TryLater if status >= 500 else BadAnswer)
            raise error(f"{status} {answer.get('detail') or answer.get('title') or ''}".strip())
        return [self._result(shipment) for shipment in answer["shipments"]]

    def _result(self, shipment: Any) -> TrackingResult:
        number, rows = str(shipment["id"]), shipment.get("events") or [shipment["status"]]
        origin, destination = _country(shipment, "origin"), _country(shipment, "destination")
        # A scan without a place happened in the country of a shipment that never leaves it.
        country = origin if origin == destination else None
        return TrackingResult(
            number=number, events=oldest_first(self._event(row, country) for row in rows),
            next_leg=_next_leg(number, shipment.get("details") or {}), estimated_delivery=_estimate(shipment),
            origin_country=origin, destination_country=destination, service=shipment.get("service") or "",
        )  # fmt: skip

    def _event(self, row: Any, country: str | None) -> TrackingEvent:
        address, time = (row.get("location") or {}).get("address") or {}, row.get("timestamp") or ""
        place, text = address.get("addressLocality") or "", row.get("description") or row.get("status") or ""
        return self.event(
            raw_time=time, local=times.parse_iso(time) if time else None, place=place,
            country=address.get("countryCode") or (None if place else country), raw_code=row.get("statusCode") or "",
            raw_text=text, is_correction=bool(_TAKEN_BACK.search(text[:500])),
        )  # fmt: skip


def _country(shipment: Any, end: str) -> str | None:
    return ((shipment.get(end) or {}).get("address") or {}).get("countryCode") or None


def _next_leg(number: str, details: Any) -> NextLeg | None:
    """The number under which a partner delivers. `references` is one object or a list."""
    references = details.get("references") or []
    for reference in references if isinstance(references, list) else [references]:
        if reference.get("type") == "local-tracking-number" and reference["number"] != number:
            name = (details.get("provider") or {}).get("destinationProvider") or ""
            return NextLeg(number=reference["number"], carrier=None, carrier_name=name, evidence="details.references")
    return None


def _estimate(shipment: Any) -> EstimatedDelivery | None:
    frame, at = shipment.get("estimatedDeliveryTimeFrame") or {}, shipment.get("estimatedTimeOfDelivery")
    return times.estimated_delivery(frame.get("estimatedFrom") or at, frame.get("estimatedThrough") or at)
