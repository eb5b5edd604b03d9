"""FedEx Track API v1 (Basic Integrated Visibility): OAuth, 30 numbers a call; one number may list several parcels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "TRACKING.TRACKINGNUMBER.NOTFOUND": NotFound, "TRACKING.TRACKINGNUMBER.EMPTY": Refused,
    "NOT.AUTHORIZED.ERROR": Refused, "FORBIDDEN.ERROR": Refused, "VALIDATION.ERRCD.WSPOD": TryLater,
    "INTERNAL.SERVER.ERROR": TryLater, "SERVICE.UNAVAILABLE.ERROR": TryLater, "RATE.LIMIT.EXCEEDED": TryLater,
}  # fmt: skip
_PARTNERS = {"OX": "usps", "AX": "usps", "AC": "canadapost"}
# FedEx gives a number to another parcel after some months; scans further apart than this are that one's.
_ONE_PARCEL_DAYS = 60


class Fedex(CarrierAdapter):
    slug = "fedex"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/oauth/token")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        asked = [{"trackingNumberInfo": {"trackingNumber": number.number}} for number in numbers]
        body = json.dumps({"includeDetailedScans": True, "trackingInfo": asked}).encode()
        headers = {"Content-Type": "application/json", "X-locale": "en_US"}
        return CarrierRequest(method="POST", path="/track/v1/trackingnumbers", headers=headers, body=body)

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        if "errors" in decoded:
            return {}
        rows = decoded["output"]["completeTrackResults"]
        return {row["trackingNumber"]: {"output": {"completeTrackResults": [row]}} for row in rows}

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "errors" in answer:
            raise _error(answer["errors"][0])
        rows = answer["output"]["completeTrackResults"]
        return [parcel for row in rows for parcel in self._parcels(row["trackResults"])]

    def _parcels(self, rows: list[dict[str, Any]]) -> list[TrackingResult]:
        number = text_of(rows[0]["trackingNumberInfo"]["trackingNumber"])
        known = sorted((row for row in rows if "error" not in row), key=_last_day, reverse=True)
        if not known:
            return [TrackingResult(number=number, failure=_error(rows[0]["error"]))]
        parcels: list[list[dict[str, Any]]] = [[]]
        for row in known:
            if parcels[-1] and (_last_day(parcels[-1][-1]) - _last_day(row)).days > _ONE_PARCEL_DAYS:
                parcels.append([])
            parcels[-1].append(row)
        return [self._parcel(number, parcel[0], parcel[::-1]) for parcel in parcels]

    def _parcel(self, number: str, newest: Mapping[str, Any], rows: list[dict[str, Any]]) -> TrackingResult:
        scans = [(row, scan) for row in rows for scan in reversed(row.get("scanEvents") or ())]  # FedEx: newest first
        scans.sort(key=lambda pair: pair[1]["date"] if len(rows) > 1 else "")
        events = tuple(self._event(row, scan, sequence) for sequence, (row, scan) in enumerate(scans))
        partner = next((_PARTNERS[event.raw_code] for event in events if event.raw_code in _PARTNERS), None)
        identifiers = newest.get("additionalTrackingInfo", {}).get("packageIdentifiers") or ()
        theirs = [row["values"][0] for row in identifiers if row["type"] == "PARTNER_CARRIER_NUMBER" and row["values"]]
        window = newest.get("estimatedDeliveryTimeWindow", {}).get("window") or {}
        return TrackingResult(
            number=number,
            events=events,
            next_leg=NextLeg(number=text_of(theirs[0]), carrier=partner, evidence="packageIdentifiers")
            if theirs
            else None,
            estimated_delivery=times.estimated_delivery(window.get("begins"), window.get("ends")),
            origin_country=_country(newest, "shipperInformation"),
            destination_country=_country(newest, "recipientInformation"),
            service=text_of(newest.get("serviceDetail", {}).get("description") or ""),
        )

    def _event(self, row: Mapping[str, Any], scan: Mapping[str, Any], sequence: int) -> TrackingEvent:
        place, why = scan.get("scanLocation") or {}, text_of(scan.get("exceptionDescription") or "").strip()
        text = text_of(scan.get("eventDescription") or "").strip()
        parcel = row["trackingNumberInfo"].get("trackingNumberUniqueId")
        details = (("parcel", parcel), ("exception", scan.get("exceptionCode")))
        return self.event(
            raw_time=text_of(scan["date"]),
            local=times.parse_iso(scan["date"]),
            place=", ".join(text_of(place[key]) for key in ("city", "stateOrProvinceCode") if place.get(key)),
            country=place.get("countryCode"),
            raw_code=text_of(scan["eventType"]),
            raw_text=f"{text}: {why}" if why and why != text else text,
            sequence=sequence,
            details={name: text_of(value) for name, value in details if value},
        )


def _last_day(row: Mapping[str, Any]) -> date:
    return max((date.fromisoformat(scan["date"][:10]) for scan in row.get("scanEvents") or ()), default=date.max)


def _country(row: Mapping[str, Any], side: str) -> str | None:
    return (row.get(side, {}).get("address") or {}).get("countryCode")


def _error(row: Mapping[str, Any]) -> CarrierError:
    return _ERRORS.get(text_of(row["code"]), BadAnswer)(f"{row['code']}: {row.get('message') or ''}")
