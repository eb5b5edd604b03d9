"""TNT ExpressConnect Tracking 3.1: XML in a form, Basic authentication; local times, and the depot decides the zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, tostring

from carriers import places, times
from carriers.answers import child_text
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {"9000": Refused}


class Tnt(CarrierAdapter):
    slug = "tnt"
    credentials = ("username", "password")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        asked = Element("TrackRequest", {"locale": "en_US", "version": "3.1"})
        criteria = SubElement(asked, "SearchCriteria", {"marketType": "INTERNATIONAL"})
        for each in numbers:
            SubElement(criteria, "ConsignmentNumber").text = each.number
        detail = SubElement(asked, "LevelOfDetail")
        SubElement(detail, "Complete", {"originAddress": "true", "destinationAddress": "true"})
        text = '<?xml version="1.0" encoding="UTF-8"?>' + tostring(asked, encoding="unicode")
        headers = {
            "Authorization": basic(access.credentials["username"], access.credentials["password"]),
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "text/xml",
        }  # fmt: skip
        body = urlencode({"xml_in": text}).encode()
        return CarrierRequest(method="POST", path="/expressconnect/track.do", headers=headers, body=body)

    def parse(self, answer: Any) -> list[TrackingResult]:
        found = list(_consignments(answer))
        if not found:
            error = next(answer.iter("Error"), None)
            if error is None:
                raise BadAnswer(f"a {answer.tag} without a Consignment")
            code = child_text(error, "Code")
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {child_text(error, 'Message')}")
        return [self._consignment(each) for each in found]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        pieces: dict[str, Element] = {}
        for each in _consignments(decoded):
            pieces.setdefault(_serial(child_text(each, "ConsignmentNumber")), Element("TrackResponse")).append(each)
        return {number: pieces[_serial(number)] for number in numbers if _serial(number) in pieces}

    def _consignment(self, row: Element) -> TrackingResult:
        number = child_text(row, "ConsignmentNumber")
        if child_text(row, "SummaryCode") == "CNF":
            return TrackingResult(number=number, failure=NotFound("CNF: consignment not found"))
        origin, destination = (
            places.country_code(child_text(row, f"{end}Country/CountryCode")) for end in ("Origin", "Destination")
        )
        lies_in = {
            child_text(row, "OriginDepotName").upper(): origin,
            child_text(row, "DeliveryTown").upper(): destination,
        }
        return TrackingResult(
            number=number,
            events=oldest_first(self._event(scan, lies_in) for scan in row.iter("StatusData")),
            origin_country=origin,
            destination_country=destination,
        )

    def _event(self, scan: Element, lies_in: Mapping[str, str | None]) -> TrackingEvent:
        day, clock, depot = (child_text(scan, name) for name in ("LocalEventDate", "LocalEventTime", "DepotName"))
        return self.event(
            raw_time=f"{day} {clock}".strip(),
            local=times.parse_iso(f"{day}T{clock}" if clock else day),
            precision=TimePrecision.MINUTE if clock else TimePrecision.DAY,
            place=depot if depot != child_text(scan, "Depot") else "",
            country=lies_in.get(depot.upper()),
            raw_code=child_text(scan, "StatusCode"),
            raw_text=child_text(scan, "StatusDescription"),
        )


def _consignments(answer: Element) -> Iterator[Element]:
    """The consignments, the last collected first: TNT uses a number again after some time."""
    found = list(answer.iter("Consignment"))
    return iter(sorted(found, key=lambda each: child_text(each, "CollectionDate"), reverse=True))


def _serial(number: str) -> str:
    """The digits of a number: "GD481516234WW" may come back without its letters."""
    return "".join(sign for sign in number if sign.isdigit()) or number
