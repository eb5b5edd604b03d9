"""DHL Unified ("Shipment Tracking - Unified"): every division of DHL, five coarse status codes, the rest in words.

Its push posts the same shipments to an address that we subscribe; it bears the token that we told when subscribing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import EstimatedDelivery, NextLeg, TrackedNumber, TrackingEvent, TrackingResult
from carriers.facts import Meaning
from carriers.vocabulary import Status

_ERRORS: dict[int, type[CarrierError]] = {400: Refused, 401: Refused, 403: Refused, 404: NotFound, 429: TryLater}
_PUSH_HEADER = "x-push-token"  # told to DHL in `hook.authentication` of the subscription
_S10 = re.compile("[A-Z]{2}[0-9]{9}[A-Z]{2}", re.ASCII)
_STOPPED = (Status.EXCEPTION, Status.ATTEMPT_FAILED)
_TAKEN_BACK = re.compile("delivered in error|irrtümlich .*zugestellt", re.IGNORECASE)


class DhlUnified(CarrierAdapter, PushAdapter):
    slug = "dhl_unified"
    credentials = ("api_key",)
    signed_by = (_PUSH_HEADER,)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        asked = numbers[0]
        query = {"trackingNumber": asked.number, "language": "en"}
        # Both narrow the answer down to one division's shipment.
        narrow = {"service": self._service(asked), "recipientPostalCode": asked.fields.get("postal_code")}
        query |= {name: value for name, value in narrow.items() if value}
        headers = {"DHL-API-Key": access.credentials["api_key"], "Accept": "application/json"}
        return CarrierRequest(method="GET", path="/track/shipments", query=query, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "shipments" not in answer:
            status = int(answer["status"])
            error = _ERRORS.get(status, TryLater if status >= 500 else BadAnswer)
            raise error(f"{status} {answer.get('detail') or answer.get('title') or ''}".strip())
        return [self._result(shipment) for shipment in answer["shipments"]]

    def verify(self, message: PushMessage) -> None:
        told = message.headers.get(_PUSH_HEADER, "")
        if not message.secret or not hmac.compare_digest(told.encode(), message.secret.encode()):
            raise BadPush(f"the header `{_PUSH_HEADER}` is not the token of our subscription")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        # The other scopes (subscription.validate, subscription.ready) are about the subscription itself.
        told = answer["shipments"] if answer["scope"] == "subscription.push" else ()
        return [self._result(shipment) for shipment in told]

    def split_push(self, decoded: Any) -> dict[str, Any]:
        return {text_of(row["id"]): {**decoded, "shipments": [row]} for row in decoded.get("shipments") or ()}

    def _service(self, asked: TrackedNumber) -> str | None:
        """The division's name at DHL; none for an S10 number, which is the same item at every division."""
        if asked.fields.get("service") or self.facts.api is None or _S10.fullmatch(asked.number):
            return asked.fields.get("service")
        return self.facts.api.carrier_keys.get(asked.carrier)

    def _result(self, shipment: Any) -> TrackingResult:
        number, rows = text_of(shipment["id"]), shipment.get("events") or [shipment["status"]]
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
        raw_code, meaning = self._meaning(row, text)
        return self.event(
            raw_time=time, local=times.parse_iso(time) if time else None, place=place,
            country=address.get("countryCode") or (None if place else country), raw_code=raw_code, raw_text=text,
            code=meaning.code, reason=meaning.reason, is_correction=bool(_TAKEN_BACK.search(text[:500])),
        )  # fmt: skip

    def _meaning(self, row: Any, text: str) -> tuple[str, Meaning]:
        """An express shipment's event bears its checkpoint in `status`; one that stops it is finer than the wording."""
        code, checkpoint = row.get("statusCode") or "", text_of(row.get("status") or "")
        stands = self.facts.codes.get(checkpoint) if len(checkpoint) == 2 else None
        if stands is None:
            return code, self.facts.meaning(code, text)
        is_stop = stands.code.status in _STOPPED
        return checkpoint, stands if is_stop else self.facts.meaning(checkpoint, text)


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
