"""Purolator E-Ship Tracking v1: SOAP, key and password by Basic; local times, and a parcel may get a new number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers import times
from carriers.answers import child_text
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound
from carriers.events import NextLeg, TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_NAMESPACE = "http://purolator.com/pws/datatypes/v1"
_NOT_FOUND = re.compile(r"no (scan|tracking|information)|not (be )?found|invalid pin|does not exist", re.IGNORECASE)
_NOT_ALLOWED = re.compile(r"authenticat|authoriz|access (is )?denied|credential", re.IGNORECASE)
_NEW_NUMBER = re.compile(r"new tracking number assigned\W*([A-Z]{0,3}[0-9]{9,16})?", re.IGNORECASE)
_ALONE = re.compile(r"[A-Z]{0,3}[0-9]{9,16}")


class Purolator(CarrierAdapter):
    slug = "purolator"
    credentials = ("key", "password")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        pins = "".join(f"<PIN><Value>{escape(asked.number)}</Value></PIN>" for asked in numbers)
        token = escape(access.credentials.get("user_token", ""))
        body = (
            '<?xml version="1.0" encoding="utf-8"?>'
            f'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{_NAMESPACE}">'
            "<soap:Header><RequestContext><Version>1.1</Version><Language>en</Language><GroupID></GroupID>"
            f"<RequestReference></RequestReference><UserToken>{token}</UserToken></RequestContext></soap:Header>"
            f"<soap:Body><TrackPackagesByPinRequest><PINs>{pins}</PINs></TrackPackagesByPinRequest></soap:Body>"
            "</soap:Envelope>"
        )
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": '"http://purolator.com/pws/service/v1/TrackPackagesByPin"',
            "Authorization": basic(access.credentials["key"], access.credentials["password"]),
        }
        return CarrierRequest(
            method="POST", path="/PWS/V1/Tracking/TrackingService.asmx", headers=headers, body=body.encode()
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        found = [self._result(told) for told in answer.iter("TrackingInformation")]
        fault = next(answer.iter("Fault"), None)
        error = _error(answer) if fault is None else _named("Fault", child_text(fault, "faultstring"))
        if not found and error is not None:
            raise error
        if answer.tag not in ("Envelope", "TrackingInformation"):
            raise BadAnswer(f"a {answer.tag}, not a SOAP answer")
        return found

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        return {child_text(told, "PIN/Value"): told for told in decoded.iter("TrackingInformation")}

    def _result(self, told: Element) -> TrackingResult:
        number, scans = child_text(told, "PIN/Value"), told.findall("Scans/Scan")
        if not scans:
            return TrackingResult(number=number, failure=_error(told) or NotFound("no scans yet"))
        follows = [new for new in map(_new_number, scans) if new and new != number]
        evidence = "New Tracking Number Assigned"
        return TrackingResult(
            number=number,
            events=oldest_first(self._event(scan) for scan in scans),
            next_leg=NextLeg(number=follows[0], carrier="purolator", evidence=evidence) if follows else None,
        )

    def _event(self, scan: Element) -> TrackingEvent:
        day, clock = child_text(scan, "ScanDate"), child_text(scan, "ScanTime")
        return self.event(
            raw_time=f"{day} {clock}".strip(),
            local=times.parse_iso(f"{day}T{clock:0>6}" if clock else day),
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            place=child_text(scan, "Depot/Name"),
            raw_code=child_text(scan, "ScanType"),
            raw_text=child_text(scan, "Description"),
        )


def _new_number(scan: Element) -> str | None:
    """The number under which the parcel goes on: at the end of the description, or alone in the comment."""
    match = _NEW_NUMBER.search(child_text(scan, "Description"))
    beside = child_text(scan, "Comment").upper()
    return match and (match[1] or (beside if _ALONE.fullmatch(beside) else None))


def _error(told: Element) -> CarrierError | None:
    """The first error below `told`, named by its words: Purolator publishes no list of codes."""
    error = next(told.iter("Error"), None)
    return None if error is None else _named(child_text(error, "Code"), child_text(error, "Description"))


def _named(code: str, words: str) -> CarrierError:
    kind = NotFound if _NOT_FOUND.search(words) else AccountRefused if _NOT_ALLOWED.search(words) else BadAnswer
    return kind(f"{code}: {words}")
