"""Yanwen: thirty numbers a call, the last-mile number in `exchange_number`, an offset on every checkpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

# The document knows one failure code; why is told in the message only.
_NOT_ALLOWED = re.compile("授权|商户|账号|权限|authori|merchant|permission", re.IGNORECASE)


class Yanwen(CarrierAdapter):
    slug = "yanwen"
    credentials = ("merchant_number",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        return CarrierRequest(
            method="GET", path="/api/tracking", query={"nums": ",".join(asked.number for asked in numbers)},
            headers={"Authorization": access.credentials["merchant_number"], "Accept": "application/json"},
        )  # fmt: skip

    def parse(self, answer: Any) -> list[TrackingResult]:
        if text_of(answer["code"]) != "0":
            message = text_of(answer.get("message") or f"code {answer['code']}")
            raise (Refused if _NOT_ALLOWED.search(message) else TryLater)(message)
        return [self._result(item) for item in answer["result"] or []]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        pieces: dict[str, Any] = {}
        for item in (decoded.get("result") if isinstance(decoded, dict) else None) or []:
            names = (item.get("tracking_number"), item.get("waybill_number"), item.get("exchange_number"))
            piece = {"code": decoded.get("code"), "message": decoded.get("message"), "result": [item]}
            pieces |= {name: piece for name in names if name in numbers and name not in pieces}
        return pieces

    def _result(self, item: Any) -> TrackingResult:
        number, waybill, last_mile = item["tracking_number"], item["waybill_number"], item.get("exchange_number")
        checkpoints = item["checkpoints"] or []
        if item.get("tracking_status") == "NOTFOUND" and not checkpoints:
            return TrackingResult(number=number, failure=NotFound("tracking_status NOTFOUND"))
        return TrackingResult(
            number=number,
            events=oldest_first(self._event(checkpoint) for checkpoint in checkpoints),
            next_leg=NextLeg(number=last_mile, carrier=None, evidence="exchange_number")
            if last_mile and last_mile not in (number, waybill)
            else None,
            origin_country=item.get("origin_country") or None,
            destination_country=item.get("destination_country") or None,
        )

    def _event(self, checkpoint: Any) -> TrackingEvent:
        zone, flight = checkpoint.get("time_zone"), (checkpoint.get("extraProperties") or {}).get("FlightNumber")
        return self.event(
            raw_time=checkpoint["time_stamp"],
            local=times.parse_iso(checkpoint["time_stamp"]),
            offset_min=times.parse_offset(zone) if zone else None,
            place=checkpoint.get("location") or "",
            raw_code=checkpoint["tracking_status"],
            raw_text=checkpoint.get("message") or "",
            details={"flight_number": flight} if flight else {},
        )
