"""Landmark Global Track: XML both ways, the login in the XML; names the carrier of the last mile and its number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers import times
from carriers.answers import child_text
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_LOGIN = re.compile(r"login|username|password|client ?id", re.IGNORECASE)
_NOT_FOUND = re.compile(r"not (be )?found|no (package|shipment|record)s?|does not exist|unknown", re.IGNORECASE)
# What stands in the carrier's place as long as none is chosen.
_NOBODY_YET = re.compile(r"to be routed|landmark", re.IGNORECASE)


class LandmarkGlobal(CarrierAdapter):
    slug = "landmark_global"
    credentials = ("username", "password")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        user, password = (escape(access.credentials[name]) for name in self.credentials)
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            f"<TrackRequest><Login><Username>{user}</Username><Password>{password}</Password></Login><Test>false</Test>"
            f"<TrackingNumber>{escape(asked.number)}</TrackingNumber><RetrievalType>Historical</RetrievalType>"
            "</TrackRequest>"
        )
        headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml"}
        return CarrierRequest(method="POST", path="/v2/Track.php", headers=headers, body=body.encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        error = next(answer.iter("Error"), None)
        if error is not None:
            code, words = child_text(error, "ErrorCode"), child_text(error, "ErrorMessage")
            told = f"{code}: {words}"
            raise (AccountRefused if _LOGIN.search(told) else NotFound if _NOT_FOUND.search(words) else BadAnswer)(told)
        if answer.tag != "TrackResponse" or child_text(answer, "Result/Success") != "true":
            raise BadAnswer(f"a {answer.tag} without a successful Result: {child_text(answer, 'Result/ResultMessage')}")
        carrier = child_text(answer, "Result/ShipmentDetails/EndDeliveryCarrier")
        return [self._result(package, carrier) for package in answer.iter("Package")]

    def _result(self, package: Element, carrier: str) -> TrackingResult:
        theirs, ours = child_text(package, "TrackingNumber"), child_text(package, "LandmarkTrackingNumber")
        events = oldest_first(self._event(row) for row in package.iter("Event"))
        failure: CarrierError | None = None if events else NotFound("no events yet")
        is_told = theirs and theirs != ours and carrier and not _NOBODY_YET.search(carrier)
        return TrackingResult(
            number=ours or theirs,
            events=events,
            next_leg=NextLeg(number=theirs, carrier=None, carrier_name=carrier, evidence="TrackingNumber")
            if is_told and events
            else None,
            failure=failure,
        )

    def _event(self, row: Element) -> TrackingEvent:
        raw = child_text(row, "DateTime")
        return self.event(
            raw_time=raw,
            # Two forms were seen: "10/01/2025 08:00 AM" and "2025-10-01 08:00:00".
            local=datetime.strptime(raw, "%m/%d/%Y %I:%M %p") if "/" in raw else times.parse_iso(raw),  # noqa: DTZ007
            place=child_text(row, "Location"),
            raw_code=child_text(row, "EventCode"),
            raw_text=child_text(row, "Status"),
        )
