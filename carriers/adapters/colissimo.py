"""Colissimo timelineCompany: contract number and password in the body, one parcel a call, French wall clocks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "101": NotFound, "103": NotFound, "104": NotFound, "105": NotFound, "201": AccountRefused, "202": AccountRefused,
    "1000": TryLater,
}  # fmt: skip
# Overseas (97, 98) the clock and the country's code are others.
_METROPOLITAN = re.compile(r"(?!9[78])[0-9]{5}")


class Colissimo(CarrierAdapter):
    slug = "colissimo"
    credentials = ("contract_number", "password")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        body = {
            "login": access.credentials["contract_number"],
            "password": access.credentials["password"],
            "parcelNumber": asked.number,
            "lang": "fr_FR",
        }
        return CarrierRequest(
            method="POST",
            path="/tracking-timeline-ws/rest/tracking/timelineCompany",
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=json.dumps(body).encode(),
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        status = answer["status"][0]
        if (code := text_of(status["code"])) != "0":
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {status.get('message')}")
        parcel = answer["parcel"]
        number, abroad = parcel["parcelNumber"], parcel.get("infoInter") or {}
        partner = NextLeg(
            number=text_of(abroad.get("partnerReference") or ""),
            carrier=None,
            carrier_name=abroad.get("partnerName") or "",
            evidence="infoInter.partnerReference",
        )
        address = (parcel.get("consigneeInformation") or {}).get("address") or {}
        rows = sorted(parcel.get("event") or [], key=lambda row: times.parse_iso(row["date"]))
        return [
            TrackingResult(
                number=number,
                events=oldest_first(map(self._event, rows)),
                next_leg=partner if partner.number not in ("", number) else None,
                destination_country=address.get("countryCodeISO") or None,
            )
        ]

    def _event(self, row: Any) -> TrackingEvent:
        return self.event(
            raw_time=row["date"],
            local=times.parse_iso(row["date"]),
            place=row.get("siteName") or "",
            country="FR" if _METROPOLITAN.fullmatch(text_of(row.get("siteZipCode") or "")) else None,
            raw_code=row["code"],
            raw_text=row.get("labelLong") or row.get("labelShort") or "",
        )
