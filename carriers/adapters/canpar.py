"""Canpar Canship add-ons: SOAP trackByBarcodeV2, one barcode a call, without a login; local times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers import times
from carriers.answers import child_text
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, NotFound
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_NOT_FOUND = re.compile(r"not (be )?found|invalid barcode|no (record|result|tracking|information)", re.IGNORECASE)


class Canpar(CarrierAdapter):
    slug = "canpar"
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002  no login
        (asked,) = numbers
        body = (
            '<?xml version="1.0" encoding="utf-8"?>'
            '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:ws="http://ws.canparaddons.canpar.com" xmlns:dto="http://ws.dto.canshipws.canpar.com/xsd">'
            "<soap:Body><ws:trackByBarcodeV2><ws:request>"
            f"<dto:barcode>{escape(asked.number)}</dto:barcode><dto:track_shipment>false</dto:track_shipment>"
            "</ws:request></ws:trackByBarcodeV2></soap:Body></soap:Envelope>"
        )
        return CarrierRequest(
            method="POST",
            path="/canshipws/services/CanparAddonsService.CanparAddonsServiceHttpSoap12Endpoint/",
            headers={"Content-Type": 'application/soap+xml; charset=utf-8; action="urn:trackByBarcodeV2"'},
            body=body.encode(),
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        results = [found for found in answer.iter("result") if child_text(found, "barcode")]
        if results:
            return [self._result(found) for found in results]
        told = " ".join(" ".join(answer.itertext()).split())
        if _NOT_FOUND.search(told):
            raise NotFound(told[:120])
        if not told and any(True for _ in answer.iter("error")):
            raise NotFound("no result")
        raise BadAnswer(told[:120] or f"a {answer.tag} without a result")

    def _result(self, found: Element) -> TrackingResult:
        number, rows = child_text(found, "barcode"), found.findall("events")
        if not rows:
            return TrackingResult(number=number, failure=NotFound("no events yet"))
        return TrackingResult(
            number=number,
            events=oldest_first(self._event(row) for row in rows),
            estimated_delivery=times.estimated_delivery(child_text(found, "estimated_delivery_date")),
            destination_country=child_text(found, "consignee_address/country") or None,
            service=child_text(found, "service_description_en"),
        )

    def _event(self, row: Element) -> TrackingEvent:
        day, _, clock = child_text(row, "local_date_time").partition(" ")
        place = (child_text(row, f"address/{name}") for name in ("city", "province", "postal_code"))
        return self.event(
            raw_time=f"{day} {clock}".strip(),
            local=times.parse_iso(f"{day}T{clock}" if clock else day),
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            place=", ".join(part for part in place if part),
            country=child_text(row, "address/country") or None,
            raw_code=child_text(row, "code"),
            raw_text=child_text(row, "code_description_en"),
        )
